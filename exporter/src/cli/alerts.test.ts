/** The whole way: a message of Alertmanager to a real server, its worker and store, then commands against both. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { silentLogger } from "../log.ts";
import { type Serving, startServing } from "./serve.ts";
import { plumbline as runIt, testIo } from "./test-support.ts";

const cwd = temporaryFolder("alerts");
const plumbline = (...argv: string[]) => runIt(argv, { cwd, env: { USER: "ann" } });
const SCOPE = { project: "shop", suite: "api", environment: "ci", branch: "main" };
/** A level at once, so that a test sees it. */
const CONFIG = "escalation: {levels: [{level: 2, afterSeconds: 0.001}]}\n";
const START = "2026-05-20T09:58:26.739Z";

let serving: Serving;
async function start(config = CONFIG): Promise<void> {
  writeFileSync(join(cwd, "plumbline.yml"), config);
  const { io } = testIo({ cwd });
  const listen = { "web.listenAddress": ["127.0.0.1:0"] };
  serving = await startServing({ io, version: "0", exit: () => undefined }, listen, silentLogger, () => undefined);
}

interface Sent {
  readonly status?: "firing" | "resolved";
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly startsAt?: string;
}
async function post(...alerts: Sent[]): Promise<Record<string, number>> {
  const body = JSON.stringify({
    ...{ version: "4", receiver: "pager" },
    alerts: alerts.map(({ status = "firing", labels, annotations = {}, startsAt = START }) => ({
      ...{ status, annotations, startsAt, endsAt: "0001-01-01T00:00:00Z" },
      labels: { alertname: "TestRunFailed", severity: "critical", team: "web", ...SCOPE, ...labels },
    })),
  });
  const answer = await fetch(`${serving.url}/api/v1/alerts`, { method: "POST", body });
  return ((await answer.json()) as { data: { steps: Record<string, number> } }).data.steps;
}
const metrics = async (pattern: RegExp): Promise<string[]> => {
  const text = await (await fetch(`${serving.url}/metrics`)).text();
  return text.split("\n").filter((line) => !line.startsWith("#") && pattern.test(line));
};
const idsOf = ({ out }: { out: string }): string[] =>
  (JSON.parse(out) as { alerts: { id: string }[] }).alerts.map(({ id }) => id);
async function until<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await read();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not come");
}

describe("alerts", () => {
  beforeAll(async () => {
    await start();
    await post(
      { annotations: { summary: "3 failed\u001b[31m", runbook_url: "http://x/runbooks/TestRunFailed" } },
      { labels: { alertname: "FlakyTests", severity: "warning", team: "core" } },
      { labels: { suite: "old" }, status: "resolved" },
    );
  });
  afterAll(() => serving.close());

  const targets = [
    ["the store", (): string[] => []],
    ["the server", (): string[] => ["--server", serving.url]],
  ] as const;

  test.each(targets)("of %s are listed, the newest first, and filtered", async (_, target) => {
    const list = async (...flags: string[]) =>
      idsOf(await plumbline("alerts", "list", "--json", ...flags, ...target()));
    expect(await list()).toEqual(["2", "1"]);
    expect(await list("--open")).toEqual(["2", "1"]);
    expect(await list("--all")).toEqual(["3", "2", "1"]);
    expect(await list("--status", "resolved")).toEqual(["3"]);
    expect(await list("--team", "core")).toEqual(["2"]);
    expect(await list("--severity", "critical")).toEqual(["1"]);
    expect(await list("--alertname", "FlakyTests")).toEqual(["2"]);
    expect(await list("--all", "--suite", "old")).toEqual(["3"]);
    expect(await list("--project", "x")).toEqual([]);
    expect(await list("--limit", "1")).toEqual(["2"]);
    const { out, err } = await plumbline("alerts", "list", ...target());
    expect(out).toMatch(/^ID +STATUS +SEVERITY +LEVEL +ALERT +PROJECT +SUITE +TEAM +SINCE +WHAT\n/);
    expect(out).toMatch(/1 +firing +critical +2 +TestRunFailed +shop +api +web +2026-05-20 09:58:26Z +3 failed/);
    expect(out).not.toContain("\u001b");
    expect(err).toBe("");
    expect((await plumbline("alerts", "list", "--project", "x", ...target())).err).toBe("no open alert\n");
  });

  test.each(targets)("of %s are shown, acknowledged and taken back, and metrics say so", async (_, target) => {
    const { out } = await plumbline("alerts", "show", "1", ...target());
    expect(out).toContain("firing 3 failed");
    expect(out).toMatch(/^runbook: +http:\/\/x\/runbooks\/TestRunFailed$/m);
    expect(out).toMatch(/^ {2}2026-05-20 09:58:26Z {2}fired$/m);
    expect(out).toMatch(/ {2}notified: pager/);
    expect(out).toMatch(/ {2}escalated: level 2/);
    const level = /plumbline_alert_escalation_level\{.*source_alert="TestRunFailed".*\} (\d)/;
    expect((await metrics(level)).map((line) => level.exec(line)![1])).toEqual(["2"]);

    const acked = await plumbline("alerts", "ack", "1", "--for", "4h", "--reason", "mine", ...target());
    expect(acked.out).toMatch(/1 +acknowledged +critical/);
    expect((await plumbline("alerts", "show", "1", ...target())).out).toMatch(/acknowledged: +until .* by ann\n/);
    expect((await metrics(level)).map((line) => level.exec(line)![1])).toEqual(["0"]);
    expect(await metrics(/^test_alert_acknowledged/)).toEqual([
      'test_alert_acknowledged{project="shop",suite="api",environment="ci",branch="main",source_alert="TestRunFailed"} 1',
    ]);
    const document = JSON.parse((await plumbline("alerts", "unack", "1", "--by", "bob", "--json", ...target())).out);
    expect(document).toMatchObject({ id: "1", status: "firing" });
    expect(document.steps.at(-1)).toMatchObject({ step: "unacknowledged", by: "bob" });
    expect(await metrics(/^test_alert_acknowledged/)).toEqual([]);
  });

  test.each([
    [["alerts", "show", "77"], "NOT_FOUND"],
    [["alerts", "ack", "3"], "CONTEXT_INVALID: alert 3 is over"],
    [["alerts", "ack", "1", "--for", "4"], "expected a duration such as 30m, 4h or 2d"],
    [["alerts", "ack", "1", "--for", "999d"], "expected at most 366d"],
    [["alerts", "list", "--all", "--open"], "cannot be used with option"],
    [["alerts", "list", "--status", "open"], "Allowed choices are firing, acknowledged, resolved"],
  ])("%j is one line and status 2", async (argv, message) => {
    const { status, out, err } = await plumbline(...argv);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(message);
  });

  test("messages and steps are counted", async () => {
    expect(await metrics(/^plumbline_alert_notifications_total/)).toEqual(["plumbline_alert_notifications_total 1"]);
    expect(await metrics(/^plumbline_alert_steps_total\{step="(fired|resolved|escalated)"/)).toEqual([
      'plumbline_alert_steps_total{step="fired"} 2',
      'plumbline_alert_steps_total{step="escalated"} 1',
      'plumbline_alert_steps_total{step="resolved"} 1',
    ]);
  });
});

describe("a server that is started again", () => {
  beforeEach(() => start());

  test("knows what fires, and goes on where the time is", async () => {
    const later = { labels: { suite: "later" }, startsAt: new Date(Date.now() + 3600_000).toISOString() };
    await post(later);
    const level = (n: number) => async () =>
      (await metrics(new RegExp(`level\\{.*suite="later".*\\} ${n}$`))).length === 1 || undefined;
    await serving.close();
    await start();
    // By the clock of the worker, a second later.
    await until(level(2));
    expect((await post(later)).fired).toBeUndefined();
    await serving.close();
    await start("escalation: {engine: prometheus}\n");
    await until(async () => ((await metrics(/^plumbline_alert_escalation_level/)).length === 0 ? true : undefined));
    await post({ ...later, status: "resolved" });
    await serving.close();
  });

  test("takes the snapshot of an alert once, with the figures of this host or what Prometheus says", async () => {
    const labels = { alertname: "PerformanceDegradation", actions: "page,performance_snapshot" };
    const snapshotOf = (suite: string) =>
      until(async () => {
        const list = await plumbline("alerts", "list", "--suite", suite, "--json");
        const { out } = await plumbline("alerts", "show", idsOf(list)[0]!, "--json");
        return (JSON.parse(out) as { snapshot?: { environment: { source: string; readings: object[] } } }).snapshot;
      });
    await post({ labels: { ...labels, suite: "host" } });
    expect((await snapshotOf("host")).environment).toMatchObject({
      source: expect.stringContaining("Plumbline's own"),
      readings: [{ name: "cpu_utilization" }, { name: "memory_utilization" }, { name: "network" }, { name: "disk_io" }],
    });
    expect((await plumbline("alerts", "list", "--all")).status).toBe(0);
    await serving.close();

    const prometheus = createServer((request, response) => {
      const known = request.headers.authorization === `Basic ${Buffer.from("user:secret").toString("base64")}`;
      const isCpu = known && request.url?.includes("cpu") === true;
      response.end(
        isCpu
          ? '{"status":"success","data":{"result":[{"values":[[1,"0.25"],[2,"0.75"]]}]}}'
          : '{"status":"error","error":"no such metric"}',
      );
    });
    await new Promise<void>((resolve) => prometheus.listen(0, "127.0.0.1", resolve));
    const { port } = prometheus.address() as AddressInfo;
    await start(`${CONFIG}performance: {prometheus: "http://user:secret@127.0.0.1:${port}/prom/"}\n`);
    await post({ labels: { ...labels, suite: "asked" } });
    const { environment } = await snapshotOf("asked");
    expect(environment.source).toBe(`Prometheus at http://127.0.0.1:${port}/prom, the last 5 minutes`);
    expect(environment.readings).toMatchObject([
      { name: "cpu_utilization", value: 0.5, peak: 0.75 },
      { name: "memory_utilization", problem: "no such metric" },
      { problem: "no such metric" },
      { problem: "no such metric" },
    ]);
    await serving.close();
    prometheus.close();
  });
});
