/** The replay machine (exporter/test/history) against a real Prometheus, and the alerts against a history in which nothing is wrong. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomOf } from "../../bench/detection/random.ts";
import { firedWhenHealthy } from "../history/healthy.ts";
import { startPrometheusOn, storeHistory } from "../history/prometheus.ts";
import { type History, replay } from "../history/replay.ts";
import { EVENTS } from "../history/suites.ts";
import { findStack, type Prometheus } from "../stack/index.ts";

const stack = await findStack(["prometheus", "promtool"]);
const END = Date.parse("2026-11-20T00:00:00Z");

describe.skipIf(!stack.has("prometheus", "promtool"))("a history", () => {
  let history: History;
  let prometheus: Prometheus;
  beforeAll(async () => {
    history = await replay({ days: 4, endMs: END });
    prometheus = await startPrometheusOn(await storeHistory(history, { rules: true }));
  });
  afterAll(() => prometheus?.stop());

  /** A part of the history (0 to 1) as a moment, in seconds. */
  const at = (part: number): number => (history.startMs + part * (history.endMs - history.startMs)) / 1000;

  test("is the same for the same seed, and another for another", async () => {
    const short = { days: 1, endMs: END };
    const [first, again, other] = [await replay(short), await replay(short), await replay({ ...short, seed: 2 })];
    expect(again.columns.entries()).toEqual(first.columns.entries());
    expect(other.columns.entries()).not.toEqual(first.columns.entries());
  });

  test("is what Prometheus answers with, sample by sample", async () => {
    const random = randomOf(7);
    const entries = history.columns.entries();
    expect(entries.length).toBeGreaterThan(1000);
    for (let i = 0; i < 60; i++) {
      const [key, values] = random.pick(entries);
      const step = random.whole(0, history.steps - 1);
      const found = await prometheus.query(key, history.startMs / 1000 + step * history.stepSeconds);
      const value = values[step]!;
      expect(
        found.map((one) => one.value),
        `${key} at ${step}`,
      ).toEqual(Number.isNaN(value) ? [] : [value]);
    }
  });

  test("shows its events, and the recording rules have followed them", async () => {
    const api = 'suite="api",environment="ci",branch="main"';
    const [from, to] = EVENTS.badDay;
    const failures = await prometheus.query(`suite:test_last_run_failures:ratio{${api}}`, at((from + to) / 2));
    expect(failures[0]!.value).toBeGreaterThan(0.15);
    const before = await prometheus.query(`max_over_time(suite:test_last_run_failures:ratio{${api}}[1d])`, at(0.55));
    expect(before[0]!.value).toBeLessThan(0.1);

    const down = await prometheus.query('count_over_time((up{job="plumbline"} == 0)[4d:5m])', at(1));
    expect(down[0]!.value).toBeGreaterThanOrEqual(1);
    const encode = (part: number) =>
      prometheus.query('benchmark_last_run_seconds{benchmark=~".*Encode.*",stat="avg"}', at(part));
    const [slower, usual] = [(await encode(0.9))[0]!.value, (await encode(0.3))[0]!.value];
    expect(slower / usual).toBeGreaterThan(1.15);
    const state = await prometheus.query(
      'deviation_state{measure="time",benchmark=~".*Encode.*",state=~"warning|critical"} == 1',
      at(1),
    );
    expect(state).toHaveLength(1);
    const states = await prometheus.query('measure_state{measure="memory_usage",state="red"} == 1', at(1));
    expect(states).toHaveLength(1);
    const never = await prometheus.query(
      "test_expected_interval_seconds unless on (project, suite) test_last_run_end_timestamp_seconds",
      at(1),
    );
    expect(never.map(({ labels }) => labels.suite)).toContain("migration");
  });
});

/** `npm run bench -- --only alerts` does it with 30 days. */
test.skipIf(!stack.has("promtool"))("a healthy history of three days pages nobody", async () => {
  const { fired, runs } = await firedWhenHealthy({ days: 3, endMs: END });
  expect(runs).toBeGreaterThan(1000);
  expect(Object.keys(fired).filter((name) => name.startsWith("critical"))).toEqual([]);
  // Single tests fail now and then, so alerts were evaluated.
  expect(fired["warning TestRunFailed"]).toBeGreaterThan(5);
});
