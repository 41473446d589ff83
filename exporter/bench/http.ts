/**
 * Reports of 500 cases through HTTP into a durable store: `plumbline serve` as users run it, the client in another process. Rounds
 * take turns with the yardsticks. Afterwards the counters of /metrics must say exactly what was acknowledged.
 */
import { join } from "node:path";
import { findInstalledStack, startPlumbline, startPushgateway } from "../test/stack/index.ts";
import { nextMessage, startChild } from "./child.ts";
import { countsOf } from "./corpus.ts";
import { CASES, CONNECTIONS, type Load, type LoadResult, SUITES } from "./http-load.ts";
import { median, peakMegabytes, round2 } from "./numbers.ts";
import type { BenchResult } from "./result.ts";

const ROUNDS = 3;
const SECONDS = 5;
const YARDSTICK_SECONDS = 2;
const WARM_UP_SECONDS = 2;
const GOAL_PER_SECOND = 500;
const GOAL_P99_MS = 250;
const GOAL_MB = 400;

/** A new counter is held at 0 for two scrapes; here it is compared at once. */
const CONFIG = "metrics: { zeroHoldIntervals: 0 }\n";

export async function benchHttp(): Promise<BenchResult[]> {
  const client = startChild(join(import.meta.dirname, "http-load.ts"));
  const bare = startChild(join(import.meta.dirname, "bare-server.ts"));
  const bareUrl = `http://127.0.0.1:${await nextMessage<number>(bare)}`;
  const ask = (load: Load): Promise<LoadResult> => {
    const result = nextMessage<LoadResult>(client);
    client.send(load);
    return result;
  };
  const plumbline = await startPlumbline({ config: CONFIG });
  const stack = await findInstalledStack({ tools: ["pushgateway"] });
  const pushgateway = stack.has("pushgateway") ? await startPushgateway() : undefined;
  try {
    const acknowledged = new Array<number>(SUITES).fill(0);
    const report = async (seconds: number): Promise<LoadResult> => {
      const result = await ask({ url: plumbline.url, seconds, kind: "report" });
      result.acknowledged.forEach((count, suite) => {
        acknowledged[suite]! += count;
      });
      return result;
    };
    await report(WARM_UP_SECONDS);
    const ours: LoadResult[] = [];
    const plain: LoadResult[] = [];
    const pushed: LoadResult[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(await ask({ url: bareUrl, seconds: YARDSTICK_SECONDS, kind: "report" }));
      if (pushgateway !== undefined)
        pushed.push(await ask({ url: pushgateway.url, seconds: YARDSTICK_SECONDS, kind: "push" }));
      ours.push(await report(SECONDS));
    }
    const peakMb = peakMegabytes(plumbline.pid);
    const wrong = wrongCounters(await plumbline.metrics(), acknowledged);
    return [...rates(ours, plain, pushed), truth(acknowledged, wrong, ours), memory(peakMb)];
  } finally {
    client.disconnect();
    bare.disconnect();
    await plumbline.stop();
    await pushgateway?.stop();
  }
}

function rates(ours: LoadResult[], plain: LoadResult[], pushed: LoadResult[]): BenchResult[] {
  const rate = median(ours.map((one) => one.perSecond));
  const goal = `at least ${GOAL_PER_SECOND} reports/s`;
  const against = (yardstick: string, of: LoadResult[]): BenchResult => ({
    name: `http: durable reports of ${CASES} cases, ${CONNECTIONS} connections (rounds: ${ours.map((one) => Math.round(one.perSecond)).join(", ")})`,
    value: Math.round(rate),
    unit: "reports/s",
    yardstick: `${yardstick}: ${Math.round(median(of.map((one) => one.perSecond)))}/s`,
    ratio: round2(rate / median(of.map((one) => one.perSecond))),
    goal,
    ok: rate >= GOAL_PER_SECOND,
  });
  const results = [against("bare node:http that hashes the same bodies and keeps nothing", plain)];
  if (pushed.length > 0)
    results.push(against(`Pushgateway, ${CASES} ready-made samples a PUT, in memory only, no cases`, pushed));
  const p99 = median(ours.map((one) => one.p99Ms));
  results.push({
    name: "http: time to the 201, p99 of a saturated server",
    value: round2(p99),
    unit: "ms",
    yardstick: `p50 ${round2(median(ours.map((one) => one.p50Ms)))} ms; bare node:http p99 ${round2(median(plain.map((one) => one.p99Ms)))} ms`,
    ratio: round2(p99 / median(plain.map((one) => one.p99Ms))),
    goal: `under ${GOAL_P99_MS} ms`,
    ok: p99 < GOAL_P99_MS,
  });
  return results;
}

/** Series whose value differs from what was acknowledged. */
function wrongCounters(metrics: string, acknowledged: readonly number[]): string[] {
  const wrong: string[] = [];
  acknowledged.forEach((reports, suite) => {
    for (const [outcome, each] of Object.entries({ ...countsOf(CASES), errored: 0 })) {
      const line = metrics
        .split("\n")
        .find(
          (one) =>
            one.startsWith("test_case_executions_total{") &&
            one.includes(`suite="service-${suite}"`) &&
            one.includes(`result="${outcome}"`),
        );
      const value = Number(line?.slice(line.lastIndexOf(" ") + 1));
      if (value !== reports * each) wrong.push(`service-${suite} ${outcome}: ${value}, not ${reports * each}`);
    }
  });
  return wrong;
}

function truth(acknowledged: readonly number[], wrong: readonly string[], ours: readonly LoadResult[]): BenchResult {
  const reports = acknowledged.reduce((sum, count) => sum + count, 0);
  const refused = ours.flatMap((one) => Object.entries(one.failures).map(([status, count]) => `${count} x ${status}`));
  for (const one of wrong.slice(0, 5)) console.error(`http: ${one}`);
  return {
    name: "http: counters of /metrics that differ from what was acknowledged",
    value: wrong.length,
    unit: "series",
    yardstick: `${reports} reports, ${reports * CASES} cases; other answers: ${refused.join(", ") || "none"}`,
    ratio: wrong.length / (SUITES * 4),
    goal: "none, and every answer a 201",
    ok: wrong.length === 0 && refused.length === 0,
  };
}

function memory(peakMb: number | undefined): BenchResult {
  const value = peakMb ?? Number.NaN;
  return {
    name: "http: peak memory of the server under this load",
    value,
    unit: "MB",
    yardstick: "the goal",
    ratio: round2(value / GOAL_MB),
    goal: `under ${GOAL_MB} MB`,
    ok: value < GOAL_MB,
  };
}
