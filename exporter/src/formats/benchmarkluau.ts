import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { headLines, NUMBER, numberOf, portion, readBenchmarkLines } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";

/**
 * Luau's bench.py: a line `SUCCESS: base64 : 15.041ms +/- 0.636% on luau` per benchmark, and at the end a table with the minimum as well. "±" is the
 * standard deviation in percent. The table's row "Total" is a sum, not a benchmark. Benchmarks are named with
 * their driver where there are several.
 */
export const benchmarkluau: Format = {
  id: "benchmarkluau",
  title: "Luau benchmark text",
  yields: "measures",
  tools: ["Luau bench.py"],
  extensions: ["txt", "log"],
  reads: "stream",
  notes: "bench.py > FILE.",
  sniff: (head) => (headLines(head).some((line) => SUCCESS.test(line)) ? "certain" : "no"),
  parse: parseBenchmarkluau,
};

const SUCCESS = new RegExp(String.raw`^SUCCESS: (.*\S)\s*:\s+(${NUMBER})(ns|us|ms|s) \+\/-\s+(${NUMBER})% on (.*)$`);
const ROW = new RegExp(
  String.raw`^(.*\S)\s*\|\s+(${NUMBER})(ns|us|ms|s)\s*\|\s+(${NUMBER})(?:ns|us|ms|s)\s*\|\s+(?:(${NUMBER})%|-+)\s*\|\s*([^|]*?)\s*(?:\|.*)?$`,
);
const FAILED = /^(?:FAILED|ERROR): (.*?)\s*(?::\s*(.*))?$/;

interface Result {
  readonly name: string;
  readonly driver: string;
  readonly unit: string;
  readonly avg: number;
  readonly spread: number;
  readonly line: number;
  min?: number | undefined;
}

async function parseBenchmarkluau(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const meta = { framework: "Luau bench.py" };
  sink.begin(meta);
  const troubles = new BenchmarkTroubles(sink);
  const results = new Map<string, Result>();
  let table = false;
  await readBenchmarkLines(source, limits, sink, troubles, /^SUCC|\|/, (text, { number: line }) => {
    const trimmed = text.trim();
    const success = SUCCESS.exec(trimmed);
    if (success !== null) {
      const [, name, avg, unit, spread, driver] = success;
      results.set(`${name}\0${driver}`, {
        name: name!,
        driver: driver!,
        unit: unit!,
        avg: numberOf(avg!),
        spread: numberOf(spread!),
        line,
      });
      return true;
    }
    const row = ROW.exec(trimmed);
    if (row !== null && table) {
      const [, name, min, unit, avg, spread, driver] = row;
      if (name === "Total" && spread === undefined) return true;
      const known = results.get(`${name}\0${driver}`);
      if (known !== undefined) known.min = numberOf(min!);
      else
        results.set(`${name}\0${driver}`, {
          name: name!,
          driver: driver!,
          unit: unit!,
          avg: numberOf(avg!),
          spread: numberOf(spread ?? ""),
          min: numberOf(min!),
          line,
        });
      return true;
    }
    const failed = FAILED.exec(trimmed);
    if (failed !== null) troubles.failed(failed[1]!, failed[2], line);
    if (/^=+RESULTS=+$/.test(trimmed)) table = true;
    return failed !== null || table;
  });
  if (!table) troubles.incomplete("the table of results is missing");
  const several = new Set([...results.values()].map((result) => result.driver)).size > 1;
  const book = new BenchmarkBook(sink);
  for (const { name, driver, unit, avg, spread, min, line } of results.values()) {
    const stated = { name: several ? `${name} [${driver}]` : name, measure: "time", unit, tags: { driver }, line };
    book.add({ ...stated, stat: "avg", value: avg });
    if (Number.isFinite(spread)) book.add({ ...stated, stat: "stddev", value: portion(avg, spread) });
    if (min !== undefined) book.add({ ...stated, stat: "min", value: min });
  }
  sink.end(troubles.meta(meta));
}
