import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { LoadBook, percentileOf, type StatedLoad } from "./load-book.ts";
import { endLoad } from "./load-end.ts";
import { binaryBytesOf, durationOf, found, foundNumber, partsFrom, readTextLines } from "./load-text.ts";
import { operationOf } from "./operation.ts";
import { plain } from "./text.ts";

/**
 * What wrk and wrk2 print, one run or several. Failed are responses that are neither 2xx nor 3xx, and socket errors, which wrk does not count
 * among its requests and which are added to them here. wrk2's latencies are the corrected ones; those it calls uncorrected are the
 * measure `latency_uncorrected`.
 */
export const wrk: Format = {
  id: "wrk",
  title: "wrk",
  yields: "measures",
  tools: ["wrk", "wrk2"],
  extensions: ["txt", "log", "out"],
  reads: "stream",
  notes: "wrk --latency URL | tee FILE. Percentiles need --latency.",
  sniff: (head) =>
    /^[ \t]*Running \S+ test @ \S+\s*\r?\n\s*\d+ threads and \d+ connections/m.test(plain(head)) ? "certain" : "no",
  parse: parseWrk,
};

const START = /^\s*Running \S+ test @ (\S+)/;

async function parseWrk(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const runs = partsFrom(await readTextLines(source, limits), START);
  if (runs.length === 0)
    throw new AppError("FORMAT_SCHEMA", 'expected "Running … test @ URL" of wrk', { file: source.name, line: 1 });
  const book = new LoadBook(sink);
  const measures = new BenchmarkBook(sink, "measure");
  const isWrk2 = runs.some((run) => run.some((line) => /HdrHistogram|Thread calibration/.test(line)));
  const framework = isWrk2 ? "wrk2" : "wrk";
  sink.begin({ framework });
  let seconds: number | undefined;
  let cut = 0;
  for (const run of runs) {
    const spent = readRun(run, runs.length > 1, book, measures);
    if (spent === undefined) cut++;
    else seconds = (seconds ?? 0) + spent;
  }
  book.emit();
  const incomplete = cut === 0 ? undefined : "the output ends before wrk's Requests/sec";
  const durationSeconds = seconds === undefined ? undefined : Number(seconds.toFixed(6));
  endLoad(sink, { framework, durationSeconds }, incomplete);
}

/** Its duration; undefined when the run was cut off. */
function readRun(
  run: readonly string[],
  isOneOfSeveral: boolean,
  book: LoadBook,
  measures: BenchmarkBook,
): number | undefined {
  const operation = found(run, START)!;
  const summary = /^\s*(\d+) requests in (\S+),\s+(\S+) read/;
  const line = run.find((one) => summary.test(one));
  const rate = foundNumber(run, /^Requests\/sec:\s+([\d.]+)\s*$/);
  if (line === undefined || rate === undefined) return undefined;
  const [, completedText, duration] = summary.exec(line)!;
  const completed = Number(completedText);
  const socket = (kind: string): number => foundNumber(run, new RegExp(`^\\s*Socket errors:.*\\b${kind} (\\d+)`)) ?? 0;
  const lost = socket("connect") + socket("read") + socket("write");
  const timeouts = socket("timeout");
  const failures = (foundNumber(run, /^\s*Non-2xx or 3xx responses: (\d+)/) ?? 0) + lost + timeouts;
  const thread =
    run
      .find((one) => /^\s*Latency\s+[\d.]+\S*\s/.test(one))
      ?.trim()
      .split(/\s+/) ?? [];
  const [avg, stddev, max] = thread.slice(1, 4).map((text) => durationOf(text));
  const corrected = percentilesAfter(run, /^\s*Latency Distribution(?!.*Uncorrected)/);
  book.addOnly(
    {
      operation,
      // A request that timed out may have been answered, and counted, later.
      requests: Math.max(completed + lost, failures),
      failures,
      requestsPerSecond: rate,
      receivedBytesPerSecond: binaryBytesOf(found(run, /^Transfer\/sec:\s+(\S+)\s*$/)),
      users: foundNumber(run, /^\s*\d+ threads and (\d+) connections/),
      latency: completed === 0 ? {} : { avg, stddev, max, ...corrected },
    },
    isOneOfSeveral,
  );
  const component = operationOf(operation);
  const common = { component, unit: "s", name: "latency_uncorrected", measure: "latency_uncorrected" };
  for (const [stat, value] of Object.entries(percentilesAfter(run, /^\s*Latency Distribution.*Uncorrected/)))
    if (value !== undefined) measures.add({ ...common, stat: stat as "p50", value });
  if (lost + timeouts > 0)
    for (const [name, value] of Object.entries({ socket_errors: lost, timeouts }))
      measures.add({ name, measure: name, stat: "value", value, unit: undefined, component, better: "lower" });
  return durationOf(duration) ?? 0;
}

function percentilesAfter(run: readonly string[], heading: RegExp): NonNullable<StatedLoad["latency"]> {
  const from = run.findIndex((line) => heading.test(line));
  const latency: Record<string, number | undefined> = {};
  for (let i = from + 1; from !== -1 && i < run.length; i++) {
    const match = /^\s*([\d.]+)%\s+(\S+)\s*$/.exec(run[i]!);
    if (match === null) break;
    const stat = percentileOf(String(Number(match[1])));
    if (stat !== undefined) latency[stat] = durationOf(match[2]);
  }
  return latency;
}
