/** Small reports in the formats that real tools write, made in memory: what a suite of the world hands to ingest. */
import type { Random } from "../../bench/detection/random.ts";

/** One test of a run. `flaky`: it failed first and passed when tried again. */
export interface TestResult {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: "passed" | "failed" | "errored" | "skipped" | "flaky";
  /** Of a failure or an error. */
  readonly message?: string;
}

/** JUnit XML in Surefire's dialect. */
export function junitXml(
  suite: string,
  tests: readonly TestResult[],
  run: { startMs: number; seconds: number },
): string {
  const at = new Date(run.startMs).toISOString();
  const seconds = run.seconds.toFixed(3);
  const cases = tests.map(({ name, seconds: took, outcome, message }) => {
    const open = `<testcase classname="${suite}" name="${name}" time="${took.toFixed(3)}"`;
    if (outcome === "passed") return `${open}/>`;
    if (outcome === "skipped") return `${open}><skipped/></testcase>`;
    const tag = { failed: "failure", errored: "error", flaky: "flakyFailure" }[outcome];
    return `${open}><${tag} message="${message ?? "expected 1 to be 2"}" type="AssertionError"/></testcase>`;
  });
  return `<testsuites name="${suite}" time="${seconds}"><testsuite name="${suite}" timestamp="${at}" time="${seconds}">${cases.join("")}</testsuite></testsuites>`;
}

/** Istanbul's coverage-summary.json. */
export function istanbulSummary(lineRatio: number): string {
  const of = (total: number, ratio: number) => {
    const covered = Math.round(total * ratio);
    return { total, covered, skipped: 0, pct: Number(((100 * covered) / total).toFixed(2)) };
  };
  const lines = of(4000, lineRatio);
  return JSON.stringify({
    total: { lines, statements: lines, functions: of(600, lineRatio), branches: of(900, lineRatio - 0.05) },
  });
}

/** Plumbline's own measures document; `measures` by name: unit and samples. */
export function measuresJson(
  name: string,
  startMs: number,
  measures: Readonly<Record<string, { unit: string; samples: readonly number[] }>>,
): string {
  return JSON.stringify({
    name,
    timestamp: new Date(startMs).toISOString(),
    measures: Object.entries(measures).map(([measure, { unit, samples }]) =>
      samples.length === 1
        ? { name: measure, unit, value: samples[0] }
        : { name: measure, unit, samples: samples.map((value) => Number(value.toFixed(4))) },
    ),
  });
}

export interface Operation {
  readonly scenario: string;
  readonly label: string;
  readonly requests: number;
  readonly seconds: number;
  readonly failRatio: number;
}

/** JMeter's JTL (CSV) of one load test of `seconds`; latencies are log-normal around `seconds`. */
export function jmeterCsv(operations: readonly Operation[], startMs: number, seconds: number, random: Random): string {
  const rows: [number, string][] = [];
  for (const { scenario, label, requests, seconds: usual, failRatio } of operations) {
    for (let i = 0; i < requests; i++) {
      const at = Math.round(startMs + random.between(0, seconds * 1000));
      const elapsed = Math.max(1, Math.round(usual * 1000 * Math.exp(0.25 * random.normal())));
      const failed = random.chance(failRatio);
      const code = failed ? "500,Internal Server Error" : "200,OK";
      const thread = `${scenario} 1-${1 + (i % 4)}`;
      rows.push([
        at,
        `${at},${elapsed},${label},${code},${thread},text,${!failed},,355,208,4,8,http://shop.example/${i % 5},${elapsed},0,1`,
      ]);
    }
  }
  rows.sort(([a], [b]) => a - b);
  const head =
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect";
  return `${head}\n${rows.map(([, row]) => row).join("\n")}\n`;
}

/** `go test -bench`: nanoseconds and bytes per operation by benchmark. */
export function goBench(results: Readonly<Record<string, { ns: number; bytes?: number }>>): string {
  const lines = Object.entries(results).map(
    ([name, { ns, bytes }]) =>
      `Benchmark${name}-4  \t  100000\t  ${ns.toFixed(1)} ns/op${bytes === undefined ? "" : `\t  ${bytes} B/op`}`,
  );
  return [
    "goos: linux",
    "goarch: amd64",
    "pkg: example.com/shop/basket",
    "cpu: Test CPU",
    ...lines,
    "PASS",
    "ok  \texample.com/shop/basket\t1.0s",
    "",
  ].join("\n");
}
