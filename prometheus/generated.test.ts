import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { provisionFiles, repositoryFiles } from "../exporter/src/cli/provision-files.ts";
import { configSchema, defaultConfig } from "../exporter/src/config/schema.ts";

const root = resolve(import.meta.dirname, "..");
const files = repositoryFiles();

test.each([...files.keys()])("%s is what `npm run generate` writes", (path) => {
  const committed = existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "(missing)";
  expect(committed, "run `npm run generate`").toBe(files.get(path));
});

test("nothing else lies in the generated folders", () => {
  for (const folder of ["grafana/dashboards", "grafana/provisioning", "prometheus/rules", "prometheus/tests"]) {
    const found = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .filter((path) => statSync(join(root, path)).isFile());
    expect(found.filter((path) => !files.has(path))).toEqual([]);
  }
});

test("generating twice gives the same text", () => {
  expect([...repositoryFiles()]).toEqual([...files]);
});

test("every file is valid JSON or YAML", () => {
  for (const [path, text] of files) {
    // amtool reads the template (exporter/test/integration/messages.test.ts).
    if (path.endsWith(".tmpl")) continue;
    if (path.endsWith(".json")) JSON.parse(text);
    else expect(parse(text), path).toBeTypeOf("object");
  }
});

test("a user's addresses, intervals and receivers reach every file they belong to", () => {
  const own = provisionFiles(
    configSchema.parse({
      metrics: { scrapeIntervalSeconds: 15 },
      addresses: { plumbline: "https://tests.example.org/", grafana: "https://grafana.example.org/" },
      stack: { plumbline: ["a:1", "b:1"], prometheus: "prom:9", alertmanager: ["am:8"] },
      notifications: { pager: { webhookUrl: "https://pager.example.org/hook" } },
    }),
  );
  expect(parse(own.get("prometheus/prometheus.yml") ?? "")).toMatchObject({
    global: { scrape_interval: "15s" },
    scrape_configs: [{ static_configs: [{ targets: ["a:1", "b:1"] }] }, {}, {}],
  });
  expect(parse(own.get("grafana/provisioning/datasources/plumbline.yml") ?? "")).toMatchObject({
    datasources: [
      {
        url: "http://prom:9",
        jsonData: {
          timeInterval: "15s",
          exemplarTraceIdDestinations: [{ url: "https://tests.example.org/runs/$${__value.raw}" }],
        },
      },
      { url: "http://am:8" },
    ],
  });
  expect(own.get("alertmanager/alertmanager.yml")).toContain("https://pager.example.org/hook");
  expect(own.get("prometheus/rules/plumbline.yml")).toContain("https://tests.example.org/runbooks/TestFailureSpike\n");
  expect(own.get("prometheus/rules/plumbline.yml")).toContain("https://grafana.example.org/d/plumbline-live?");
  expect(own.get("grafana/dashboards/tests/live-execution.json")).toContain('"query": "https://tests.example.org"');
  expect([...own.keys()].filter((path) => path.startsWith("prometheus/tests/"))).toEqual([]);
});

test("without a configuration the files are those of the repository", () => {
  for (const [path, text] of provisionFiles(defaultConfig())) expect(files.get(path)).toBe(text);
});
