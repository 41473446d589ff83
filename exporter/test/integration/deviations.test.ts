/**
 * Deviations in a real Prometheus: a step is exported with its size and time, an acknowledgement and an accepted level show, a
 * restart changes nothing, and a spike or a steady series shows no deviation.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findStack, type Plumbline, type Prometheus, startPlumbline, startPrometheus, until } from "../stack/index.ts";

const CONFIG = "metrics: { scrapeIntervalSeconds: 1 }\n";
const stack = await findStack(["prometheus"]);
const HOUR = 3_600_000;
const RUNS = 40;
const STEP = 30;

/** About one percent of noise, the same in every run of the test. */
function noise(seed: number): number {
  return 1 + 0.02 * ((Math.imul(seed + 1, 2_654_435_761) >>> 0) / 2 ** 32 - 0.5);
}
const SERIES = {
  slower: (i: number) => (i < STEP ? 0.184 : 0.207) * noise(i),
  steady: (i: number) => 0.3 * noise(i + 100),
  spiky: (i: number) => 0.25 * (i === 35 ? 3 : 1) * noise(i + 200),
};

describe.skipIf(!stack.has("prometheus"))("deviations in a real Prometheus", () => {
  let plumbline: Plumbline;
  let prometheus: Prometheus;
  const start = Date.now() - RUNS * HOUR;

  const value = async (query: string): Promise<number | undefined> => (await prometheus.query(query))[0]?.value;
  const becomes = (query: string, want: number): Promise<number | undefined> =>
    until(() => value(query), { what: `${query} = ${want}`, accept: (found) => found === want, timeoutMs: 20_000 });
  const state = (measure: string, one: string): string => `deviation_state{measure="${measure}",state="${one}"}`;
  async function api(path: string, body?: object): Promise<Record<string, unknown>> {
    const request =
      body === undefined
        ? {}
        : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${plumbline.url}/api/v1/${path}`, request);
    expect(answer.status, await answer.clone().text()).toBe(200);
    return ((await answer.json()) as { data: Record<string, unknown> }).data;
  }

  beforeAll(async () => {
    plumbline = await startPlumbline({ config: CONFIG });
    prometheus = await startPrometheus({
      scrapeConfigs: [{ job_name: "plumbline", static_configs: [{ targets: [plumbline.url.replace("http://", "")] }] }],
    });
    for (let i = 0; i < RUNS; i++) {
      const report = {
        name: "checkout",
        timestamp: new Date(start + i * HOUR).toISOString(),
        measures: Object.entries(SERIES).map(([name, of]) => ({ name, value: of(i), unit: "s", stat: "p95" })),
      };
      const { status } = await plumbline.report(JSON.stringify(report), {
        project: "shop",
        run_id: `run-${i}`,
        parts: "1",
        commit: `c${i}`,
        dependencies: i < STEP ? "lock-a" : "lock-b",
      });
      expect(status).toBeLessThan(300);
    }
  });
  afterAll(async () => {
    await prometheus?.stop();
    await plumbline?.stop();
  });

  test("the step is a warning with its size, z-score and time; steady and spiky series are ok", async () => {
    await becomes(state("slower", "warning"), 1);
    expect(await value(state("slower", "ok"))).toBe(0);
    expect(await value('deviation_change_ratio{measure="slower"}')).toBeCloseTo(0.125, 1);
    expect(await value('deviation_ratio{measure="slower"}')).toBeCloseTo(0.125, 1);
    expect(await value('deviation_zscore{measure="slower"}')).toBeGreaterThan(3);
    expect(await value('deviation_baseline{measure="slower"}')).toBeCloseTo(0.184, 2);
    const at = (await value('deviation_change_point_timestamp_seconds{measure="slower"}'))!;
    expect(Math.abs(at * 1000 - (start + STEP * HOUR))).toBeLessThan(2 * HOUR);
    for (const measure of ["steady", "spiky"]) {
      expect(await value(state(measure, "ok")), measure).toBe(1);
      expect(await value(`deviation_change_ratio{measure="${measure}"}`), measure).toBeUndefined();
    }
  });

  test("the API explains it in one sentence, with the dependencies as first candidate cause", async () => {
    const { items } = (await api("deviations?status=open")) as { items: { id: string; summary: string }[] };
    expect(items).toHaveLength(1);
    expect(items[0]!.summary).toMatch(
      /^p95 slower rose 1\d(\.\d)? % \(.* ms\) between c\d+ and c\d+, \d+ runs since, p = /,
    );
    const { record } = (await api(`deviations/${items[0]!.id}`)) as { record: { candidateCauses: { kind: string }[] } };
    expect(record.candidateCauses[0]!.kind).toBe("dependencies");
  });

  test("an acknowledgement shows, survives kill -9, and an accepted level is ok", async () => {
    const { items } = (await api("deviations?status=open")) as { items: { id: string }[] };
    await api(`deviations/${items[0]!.id}/acknowledge`, { until: "+1h", by: "ada" });
    await becomes(state("slower", "acknowledged"), 1);
    const { data, port } = plumbline;
    await plumbline.kill();
    plumbline = await startPlumbline({ data, port });
    await becomes(state("slower", "acknowledged"), 1);
    await api(`deviations/${items[0]!.id}/accept`, { reason: "TLS everywhere" });
    await becomes('sum(deviation_state{measure="slower",state=~"ok|insufficient_data"})', 1);
    expect(await api("deviations?status=open")).toMatchObject({ items: [] });
  });
});
