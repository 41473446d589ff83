/** The generated files in front of the tools that will read them. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { dashboards } from "../../../grafana/src/dashboards.ts";
import { annotationQueries, dashboardQueries } from "../../../grafana/src/queries.ts";
import { rulesOfAlert } from "../../../prometheus/src/rule-tests/rules-of-alert.ts";
import { rulesYaml } from "../../../prometheus/src/rules.ts";
import { configSchema, defaultConfig } from "../../src/config/schema.ts";
import { findStack, promtool } from "../stack/index.ts";

const root = resolve(import.meta.dirname, "../../..");
const stack = await findStack(["promtool"]);
const inRoot = { cwd: root };

describe.skipIf(!stack.has("promtool"))("promtool", () => {
  test("check config", async () => {
    const ran = await promtool(["check", "config", "--lint=all", "--lint-fatal", "prometheus/prometheus.yml"], inRoot);
    expect(ran.stdout + ran.stderr).toContain("1 rule files found");
    expect(ran.code, ran.stderr).toBe(0);
  });

  test("check rules", async () => {
    const ran = await promtool(
      ["check", "rules", "--lint=all", "--lint-fatal", "prometheus/rules/plumbline.yml"],
      inRoot,
    );
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  const scratch = mkdtempSync(join(tmpdir(), "plumbline-rules-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test("check rules of suites with a severity and a kind of their own", async () => {
    const file = join(scratch, "own.yml");
    const suites = [
      { suite: "pay", failureSeverity: "critical" },
      { project: "a.b", suite: 'say "hi"', kind: "security" },
    ];
    writeFileSync(file, rulesYaml(configSchema.parse({ suites })));
    const ran = await promtool(["check", "rules", "--lint=all", "--lint-fatal", file], inRoot);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  // Each beside the rules it needs: with all of them they take a quarter of an hour.
  test.each(readdirSync(join(root, "prometheus/tests")))("test rules %s", async (name) => {
    const folder = join(scratch, name);
    for (const part of ["rules", "tests"]) mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, "rules/plumbline.yml"), rulesOfAlert(basename(name, ".yml")));
    copyFileSync(join(root, "prometheus/tests", name), join(folder, "tests", name));
    const ran = await promtool(["test", "rules", join(folder, "tests", name)], inRoot);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  test("escalation by Prometheus itself passes the cases of escalation by Plumbline", async () => {
    const folder = join(scratch, "by-prometheus");
    for (const part of ["rules", "tests"]) mkdirSync(join(folder, part), { recursive: true });
    const byPrometheus = configSchema.parse({ escalation: { engine: "prometheus" } });
    writeFileSync(join(folder, "rules/plumbline.yml"), rulesOfAlert("AlertEscalated", byPrometheus));
    copyFileSync(join(root, "prometheus/tests/AlertEscalated.yml"), join(folder, "tests/AlertEscalated.yml"));
    const ran = await promtool(["test", "rules", join(folder, "tests/AlertEscalated.yml")], inRoot);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  test("no rule of the whole file fails on what one alert's cases hold: replicas, odd labels, suites that come and go", async () => {
    const ran = await promtool(["test", "rules", "prometheus/tests/TestRunFailed.yml"], inRoot);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  const runbookQueries = readdirSync(join(root, "prometheus/runbooks")).flatMap((name) =>
    [...readFileSync(join(root, "prometheus/runbooks", name), "utf8").matchAll(/```promql\n([\s\S]*?)```/g)].map(
      ([, query = ""], index) => [`${name} #${index + 1}`, query.trim()] as const,
    ),
  );
  const panelQueries = [...dashboards(defaultConfig()).values()].flatMap((dashboard) =>
    [...dashboardQueries(dashboard, { variables: { suite: ["a.b", "c+d"] } }), ...annotationQueries(dashboard)].map(
      ({ panel, refId, expr }) => [`${dashboard.title}: ${panel} ${refId}`, expr] as const,
    ),
  );
  test.each([...runbookQueries, ...panelQueries])("parses %s", async (_name, expr) => {
    const ran = await promtool(["promql", "format", "--experimental", expr]);
    expect(ran.code, `${expr}\n${ran.stderr}`).toBe(0);
  });
});
