/** The generated files in front of the tools that will read them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dashboards } from "../../../grafana/src/dashboards.ts";
import { annotationQueries, dashboardQueries } from "../../../grafana/src/queries.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { type Alertmanager, amtool, findStack, promtool, startAlertmanager, until } from "../stack/index.ts";

const root = resolve(import.meta.dirname, "../../..");
const stack = await findStack(["promtool", "amtool", "alertmanager"]);
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

  test.each(readdirSync(join(root, "prometheus/tests")))("test rules %s", async (name) => {
    const ran = await promtool(["test", "rules", `prometheus/tests/${name}`], inRoot);
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

describe.skipIf(!stack.has("amtool"))("amtool", () => {
  const file = "alertmanager/alertmanager.yml";

  test("check-config", async () => {
    const ran = await amtool(["check-config", file], inRoot);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain("2 receivers");
  });

  test.each([
    ["a failing suite", { alertname: "TestFailureSpike", severity: "critical", kind: "tests", suite: "unit" }, "pager"],
    ["a slow product", { alertname: "PerformanceDegradation", severity: "critical", kind: "performance" }, "pager"],
    ["Plumbline itself", { alertname: "PlumblineDown", severity: "critical" }, "pager"],
    ["a slow run", { alertname: "TestExecutionSlow", severity: "warning", suite: "unit" }, "team"],
    ["lost coverage", { alertname: "CoverageDrop", severity: "warning", team: "payments" }, "team"],
    ["an alert of somebody else's", { alertname: "DiskFull" }, "team"],
    ["a severity that nobody knows", { alertname: "X", severity: "page" }, "team"],
  ])("%s goes to its receiver", async (_name, labels, receiver) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const ran = await amtool(
      ["config", "routes", "test", `--config.file=${file}`, `--verify.receivers=${receiver}`, ...pairs],
      inRoot,
    );
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });
});

describe.skipIf(!stack.has("alertmanager"))("inhibition in the real Alertmanager", () => {
  let alertmanager: Alertmanager;
  beforeAll(async () => {
    alertmanager = await startAlertmanager({ configFile: join(root, "alertmanager/alertmanager.yml") });
  });
  afterAll(() => alertmanager?.stop());

  const scope = (suite: string) => ({ project: "shop", suite, environment: "ci", branch: "main" });
  const spike = { alertname: "TestFailureSpike", severity: "critical", ...scope("api") };
  const slowToo = { alertname: "TestExecutionSlow", severity: "warning", ...scope("api") };
  const slowElsewhere = { alertname: "TestExecutionSlow", severity: "warning", ...scope("web") };
  const slowOnBranch = { ...slowToo, branch: "release/*" };
  const noSuite = { alertname: "DiskFull", severity: "warning" };
  const down = { alertname: "PlumblineDown", severity: "critical", job: "plumbline" };

  /** Posts alerts and waits until exactly the second list is held back. */
  async function expectInhibited(active: Record<string, string>[], inhibited: Record<string, string>[]): Promise<void> {
    const all = [...active, ...inhibited];
    await alertmanager.post(all.map((labels) => ({ labels })));
    const wanted = all.map((labels) => (inhibited.includes(labels) ? "suppressed" : "active"));
    await until(
      async () => {
        const held = await alertmanager.alerts();
        const same = (labels: Record<string, string>) => (one: (typeof held)[number]) =>
          JSON.stringify(Object.entries(one.labels).sort()) === JSON.stringify(Object.entries(labels).sort());
        return all.map((labels) => held.find(same(labels))?.status.state ?? "absent");
      },
      { what: `states ${wanted.join(", ")}`, accept: (states) => states.join() === wanted.join() },
    );
  }

  test("a paging suite needs no warning; another suite, branch or somebody else's alert does", () =>
    expectInhibited([spike, slowElsewhere, slowOnBranch, noSuite], [slowToo]));

  test("while Plumbline is down nothing else is sent, though it pages itself", () =>
    expectInhibited([down], [spike, slowToo, slowElsewhere, slowOnBranch, noSuite]));
});
