import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { fromMs, LoadBook, percentileOf } from "./load-book.ts";
import { endLoad } from "./load-end.ts";
import { found, foundNumber, partsFrom, readTextLines } from "./load-text.ts";
import { operationOf } from "./operation.ts";
import { plain } from "./text.ts";

/**
 * What ApacheBench prints, one run or several, or its `-e` file of percentiles. Failed are connections that broke and responses that are not
 * 2xx; ab also calls a response failed whose length differs from the first one's, which any dynamic page does: those are the measure
 * `length_differences`.
 */
export const ab: Format = {
  id: "ab",
  title: "ApacheBench (ab)",
  yields: "measures",
  tools: ["ab"],
  extensions: ["txt", "log", "out", "csv"],
  reads: "stream",
  notes: "ab -n 1000 -c 10 URL | tee FILE.",
  sniff: (head) => {
    const text = plain(head);
    if (/^\s*Percentage served,Time in ms\r?$/m.test(text.slice(0, 200))) return "certain";
    return START.test(text) || (/^Document Path:/m.test(text) && /^Complete requests:/m.test(text)) ? "certain" : "no";
  },
  parse: parseAb,
};

const START = /^\s*This is ApacheBench, Version /m;

async function parseAb(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const lines = await readTextLines(source, limits);
  sink.begin({ framework: "ab" });
  const book = new LoadBook(sink);
  if (lines.some((line) => line.trim() === "Percentage served,Time in ms")) {
    const incomplete = readPercentiles(lines, book) ? undefined : "the file ends before the last percentiles";
    book.emit();
    endLoad(sink, { framework: "ab" }, incomplete);
    return;
  }
  const named = partsFrom(lines, START);
  const runs = named.length > 0 ? named : [lines];
  const measures = new BenchmarkBook(sink, "measure");
  let seconds: number | undefined;
  let incomplete: string | undefined;
  for (const run of runs) {
    const { spent, problem, unanswered } = readRun(run, runs.length > 1, book, measures);
    if (unanswered)
      sink.warn({
        code: "SUMMARY_MISMATCH",
        message: "not a byte was received: the requests that ab calls complete are counted as failed",
      });
    if (spent !== undefined) seconds = (seconds ?? 0) + spent;
    incomplete ??= problem;
  }
  if (book.size === 0 && incomplete === undefined)
    throw new AppError("FORMAT_SCHEMA", "no result of ab in the whole file", { file: source.name, line: 1 });
  book.emit();
  const durationSeconds = seconds === undefined ? undefined : Number(seconds.toFixed(6));
  endLoad(sink, { framework: "ab", durationSeconds }, incomplete);
}

function readRun(
  run: readonly string[],
  isOneOfSeveral: boolean,
  book: LoadBook,
  measures: BenchmarkBook,
): { spent?: number | undefined; problem?: string; unanswered?: boolean } {
  const number = (name: string): number | undefined => foundNumber(run, new RegExp(`^${name}:\\s+([\\d.]+)(?:\\s|$)`));
  const complete = number("Complete requests");
  const total = run.findLast((line) => /^Total:\s+\d/.test(line));
  // A single request has no percentages.
  const isWhole =
    run.some((line) => /^\s*100%\s+\d+/.test(line)) || complete === 0 || (complete === 1 && total !== undefined);
  if (complete === undefined) {
    const said = found(run, /(apr_\S+: .*|Total of \d+ requests completed.*|ab: .*)$/);
    return { problem: said === undefined ? "the output ends before ab's results" : `ab gave up: ${said}` };
  }
  const breakdown = run.find((line) => /^\s*\(Connect: \d+/.test(line));
  const of = (kind: string): number => Number(new RegExp(`${kind}: (\\d+)`).exec(breakdown ?? "")?.[1] ?? 0);
  const lengths = of("Length");
  const failed = (number("Failed requests") ?? 0) - lengths;
  const times = total?.trim().split(/\s+/).slice(1).map(Number) ?? [];
  const [min, avg, stddev, p50, max] = times.length >= 5 ? times : [];
  const path = found(run, /^Document Path:\s+(\S+)/);
  const rate = foundNumber(run, /^Requests per second:\s+([\d.]+) /);
  const kilobytes = foundNumber(run, /^Transfer rate:\s+([\d.]+) \[Kbytes\/sec\] received/);
  const latency: Record<string, number | undefined> = {
    avg: fromMs(avg),
    min: fromMs(min),
    max: fromMs(max),
    stddev: fromMs(stddev),
    p50: fromMs(p50),
  };
  for (const line of run) {
    const match = /^\s*(\d{1,3})%\s+(\d+)(?:\s|$)/.exec(line);
    const stat = match === null ? undefined : percentileOf(match[1]!);
    if (stat !== undefined) latency[stat] = fromMs(Number(match![2]));
  }
  // ab calls a connection that is closed without a byte complete. Any answer has bytes, so without one there was none, and
  // the times are those of failing. Where only some are closed, its output does not tell.
  const unanswered = complete > 0 && number("Total transferred") === 0;
  book.addOnly(
    {
      operation: path,
      requests: complete,
      failures: unanswered ? complete : failed + (number("Non-2xx responses") ?? 0),
      requestsPerSecond: unanswered ? 0 : rate,
      receivedBytesPerSecond: kilobytes === undefined ? undefined : kilobytes * 1024,
      users: number("Concurrency Level"),
      latency: complete === 0 || unanswered ? {} : latency,
    },
    isOneOfSeveral,
  );
  if (lengths > 0)
    measures.add({
      name: "length_differences",
      measure: "length_differences",
      stat: "value",
      value: lengths,
      unit: undefined,
      component: path === undefined ? undefined : operationOf(path),
    });
  return {
    unanswered,
    spent: number("Time taken for tests"),
    ...(isWhole ? {} : { problem: "the output ends within ab's results" }),
  };
}

/** True when the last percentile is there. */
function readPercentiles(lines: readonly string[], book: LoadBook): boolean {
  const latency: Record<string, number | undefined> = {};
  let last = -1;
  for (const line of lines) {
    const match = /^(\d{1,3}),([\d.]+)\s*$/.exec(line);
    if (match === null) continue;
    last = Number(match[1]);
    const stat = last === 0 ? "min" : last === 100 ? "max" : percentileOf(match[1]!);
    if (stat !== undefined) latency[stat] = fromMs(Number(match[2]));
  }
  if (last >= 0) book.add({ latency });
  return last >= 99;
}
