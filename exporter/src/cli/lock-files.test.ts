import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { dependenciesId } from "./lock-files.ts";

test("the id follows the lock files and nothing else; one that cannot be read makes it unknown", async () => {
  const folder = temporaryFolder("locks");
  expect(await dependenciesId(folder)).toBeUndefined();
  writeFileSync(join(folder, "go.sum"), "a");
  const first = await dependenciesId(folder);
  expect(first).toMatch(/^lock-[0-9a-f]{12}$/);
  writeFileSync(join(folder, "main.go"), "b");
  expect(await dependenciesId(folder)).toBe(first);
  writeFileSync(join(folder, "go.sum"), "b");
  expect(await dependenciesId(folder)).not.toBe(first);
  mkdirSync(join(folder, "yarn.lock"));
  expect(await dependenciesId(folder)).toBeUndefined();
});
