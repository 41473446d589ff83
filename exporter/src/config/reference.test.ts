import { expect, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { parseConfig } from "./load.ts";
import { configJsonSchema, configReference } from "./reference.ts";
import { defaultConfig } from "./schema.ts";

const rows = configReference()
  .split("\n")
  .slice(2)
  .filter((line) => line !== "");

test("every key of the configuration has a row with a description", () => {
  const keys = (value: unknown, prefix: string): string[] =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, child]) => [prefix + key, ...keys(child, `${prefix}${key}.`)])
      : [];
  const described = new Map(rows.map((row) => [/`([^`]+)`/.exec(row)?.[1], row]));
  for (const key of keys(defaultConfig(), "")) expect(described.has(key), key).toBe(true);
  for (const row of rows) expect(row.replace(/ \|$/, ""), row).not.toMatch(/\|\s*$/);
});

test("defaults are those the loader fills in, also inside sections", () => {
  expect(rows.find((row) => row.startsWith("| `thresholds.failureRatio`"))).toContain("| `0.1` |");
  expect(rows.find((row) => row.startsWith("| `notifications.pager.webhookUrl`"))).toContain(
    defaultConfig().notifications.pager.webhookUrl,
  );
  expect(rows.find((row) => row.startsWith("| `suites[].suite`"))).toContain("| required |");
});

test("the JSON Schema is draft 2020-12, accepts the defaults and refuses unknown keys", () => {
  const schema = configJsonSchema();
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:plumbline:config.schema",
    additionalProperties: false,
  });
  const { $id: _, ...rest } = schema as { $id: string };
  const reader = z.fromJSONSchema(rest as never);
  expect(reader.safeParse(defaultConfig()).success).toBe(true);
  expect(reader.safeParse({}).success).toBe(true);
  expect(reader.safeParse({ tresholds: {} }).success).toBe(false);
});

test("defaults written out are a valid file", () => {
  expect(parseConfig(stringify(defaultConfig()), "f")).toEqual(defaultConfig());
});
