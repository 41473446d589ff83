/**
 * The four R1 alerts through real servers: report -> plumbline -> Prometheus -> Alertmanager -> webhook. Rules and routing are the
 * generated ones with the `for` times shortened in the configuration; nothing else is changed.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Alerting,
  findStack,
  junitReport,
  type Plumbline,
  type SentAlert,
  startAlerting,
  until,
} from "../stack/index.ts";

const stack = await findStack(["prometheus", "alertmanager"]);

const config = (url: string) => ({
  metrics: { scrapeIntervalSeconds: 1 },
  thresholds: { failureForSeconds: 3, performanceForSeconds: 3, keepFiringSeconds: 3 },
  suites: [
    { suite: "broken", team: "checkout", component: "basket" },
    { suite: "sluggish", expectedDurationSeconds: 10 },
  ],
  notifications: {
    pager: { webhookUrl: `${url}/pager` },
    team: { webhookUrl: `${url}/team` },
    groupWaitSeconds: 1,
    groupIntervalSeconds: 2,
  },
});

describe.skipIf(!stack.has("prometheus", "alertmanager"))("alerts of R1", () => {
  let alerting: Alerting;
  let plumbline: Plumbline;

  /** Alerts that arrived at a receiver, newest message last. */
  const arrived = (path: string, name: string, status?: SentAlert["status"]) => alerting.sent(path, name, status);

  beforeAll(async () => {
    alerting = await startAlerting({ config });
    plumbline = alerting.plumbline;
  });
  afterAll(() => alerting?.stop());

  test("a suite that fails on its very first run pages the critical receiver, and a healthy one does not", async () => {
    expect(
      (
        await plumbline.report(junitReport({ passed: 60, failed: 15, errored: 5 }), {
          project: "shop",
          suite: "broken",
        })
      ).status,
    ).toBe(201);
    expect((await plumbline.report(junitReport({ passed: 80 }), { project: "shop", suite: "healthy" })).status).toBe(
      201,
    );
    // One failure of two executed: above the ratio, below the minimum volume.
    expect(
      (await plumbline.report(junitReport({ passed: 1, failed: 1 }), { project: "shop", suite: "tiny" })).status,
    ).toBe(201);
    // A pull request's failures move counters, but nobody is paged for them.
    expect(
      (
        await plumbline.report(junitReport({ passed: 1, failed: 99 }), {
          project: "shop",
          suite: "broken",
          branch: "feature/x",
        })
      ).status,
    ).toBe(201);
    await until(() => arrived("/pager", "TestFailureSpike"), { what: "the page", timeoutMs: 60_000 });
    const [page] = arrived("/pager", "TestFailureSpike");
    expect(page!.labels).toMatchObject({
      severity: "critical",
      project: "shop",
      suite: "broken",
      branch: "main",
      team: "checkout",
      component: "basket",
    });
    expect(page!.annotations.summary).toContain("25%");
    expect(page!.annotations.summary).toContain("10%");
    expect(page!.annotations.runbook_url).toContain("/runbooks/TestFailureSpike");
    const suites = new Set(arrived("/pager", "TestFailureSpike").map((alert) => alert.labels.suite));
    expect([...suites]).toEqual(["broken"]);
  });

  test("the page resolves when a better run comes", async () => {
    expect(
      (await plumbline.report(junitReport({ passed: 80 }, "fixed"), { project: "shop", suite: "broken" })).status,
    ).toBe(201);
    // keep_firing_for and the group interval have to pass.
    await until(() => arrived("/pager", "TestFailureSpike", "resolved"), {
      what: "the resolved notice",
      timeoutMs: 60_000,
    });
    const firing = arrived("/pager", "TestFailureSpike");
    expect(firing.every((alert) => alert.labels.suite === "broken")).toBe(true);
  });

  test("slow answers page, and quick ones do not", async () => {
    const measures = (name: string, ms: number) =>
      JSON.stringify({
        name,
        measures: [{ name: "api_response_time", unit: "ms", samples: [ms, ms + 20, ms - 20, ms, ms, ms] }],
      });
    await plumbline.report(measures("slow", 1300), { project: "shop", suite: "slow-api" });
    await plumbline.report(measures("quick", 120), { project: "shop", suite: "quick-api" });
    await until(() => arrived("/pager", "PerformanceDegradation"), { what: "the page", timeoutMs: 60_000 });
    expect(new Set(arrived("/pager", "PerformanceDegradation").map((alert) => alert.labels.suite))).toEqual(
      new Set(["slow-api"]),
    );
  });

  test("a run of twice its expected duration warns the team", async () => {
    const report = (seconds: number) =>
      `<testsuites name="s" time="${seconds}"><testsuite name="s" time="${seconds}"><testcase name="one" time="${seconds}"/></testsuite></testsuites>`;
    await plumbline.report(report(20), { project: "shop", suite: "sluggish" });
    await until(() => arrived("/team", "TestExecutionSlow"), { what: "the warning", timeoutMs: 60_000 });
    expect(arrived("/team", "TestExecutionSlow")[0]!.labels).toMatchObject({ suite: "sluggish", severity: "warning" });
  });

  test("coverage under 95 % warns the team", async () => {
    const report = {
      report_version: "1.0",
      task_id: "t",
      agent_id: "a",
      timestamp: "2026-01-02T03:04:05Z",
      summary: { total: 1, passed: 1, failed: 0, skipped: 0, duration_seconds: 1 },
      failures: [],
      coverage: { line_percent: 85, branch_percent: 72, uncovered_files: ["src/pay.ts"] },
    };
    await plumbline.report(JSON.stringify(report), { project: "shop", suite: "covered" });
    await until(() => arrived("/team", "CoverageDrop"), { what: "the warning", timeoutMs: 60_000 });
    expect(arrived("/team", "CoverageDrop")[0]!.annotations.summary).toContain("85%");
  });

  test("nothing else was sent", () => {
    const names = alerting.messages().flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname));
    expect([...new Set(names)].sort()).toEqual([
      "CoverageDrop",
      "PerformanceDegradation",
      "TestExecutionSlow",
      "TestFailureSpike",
      "TestRunFailed",
    ]);
  });
});
