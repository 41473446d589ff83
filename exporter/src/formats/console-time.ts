import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { readBenchmarkLines } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { plain } from "./text.ts";

/**
 * What `console.timeEnd` prints: `label: 12.3ms`, in Firefox with ` - timer ended`, in Node from a second on `1.105s`, from a minute on
 * `1:02.345 (m:ss.mmm)`. A line of `console.timeLog`, which goes on with its data, is no result. One timer that ends more than once is
 * kept apart.
 */
export const consoleTime: Format = {
  id: "console-time",
  title: "console.time text",
  yields: "measures",
  tools: ["Node.js", "Deno", "Bun", "Chrome", "Firefox"],
  extensions: ["txt", "log"],
  reads: "stream",
  notes: "Claimed only where every line is a timer's; else name the format.",
  sniff: sniffConsoleTime,
  parse: parseConsoleTime,
};

const TIME = String.raw`(\d+(?:\.\d+)?(?:e-\d+)?) ?(ms|s)|((?:\d+:)?\d{1,2}:\d{2}\.\d{3}) \((?:h:m)?m:ss\.mmm\)`;
const RESULT = new RegExp(String.raw`^(.*\S): (?:${TIME})( - timer ended)?$`);
const LOG = /^(.*\S): \d[\d.:]* ?(?:ms|s|\((?:h:m)?m:ss\.mmm\)) \S/;

/**
 * The form is so plain ("timeout: 30s") that all of the text must have it, and one line at least what a timer has and a
 * setting has not: a fraction, or Firefox's words.
 */
function sniffConsoleTime(head: string): "certain" | "no" {
  const lines = head.split("\n");
  // The head may end within a line.
  if (head.length > 60_000) lines.pop();
  const labels = new Set<string>();
  const logged: string[] = [];
  let marked = false;
  for (const line of lines) {
    const text = plain(line).trim();
    if (text === "") continue;
    const match = RESULT.exec(text);
    const log = match === null ? LOG.exec(text) : null;
    if (match !== null) {
      labels.add(match[1]!);
      const fraction = match[3] === "s" ? /\.\d{3}$/.test(match[2]!) : match[2]?.includes(".");
      if (fraction === true || match[4] !== undefined || match[5] !== undefined) marked = true;
    } else if (log !== null) logged.push(log[1]!);
    else return "no";
  }
  return marked && logged.every((label) => labels.has(label)) ? "certain" : "no";
}

async function parseConsoleTime(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  sink.begin({});
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  await readBenchmarkLines(source, limits, sink, troubles, /: ?[\d.:]*m?$/, (text, { number: line }) => {
    const match = RESULT.exec(text.trim());
    if (match === null) return LOG.test(text.trim());
    const [, name, value, unit, clock] = match;
    const stated = { name: name!, measure: "time", stat: "value" as const, line };
    if (clock === undefined) book.add({ ...stated, value: Number(value), unit });
    else book.add({ ...stated, value: secondsOf(clock), unit: "s" });
    return true;
  });
  sink.end(troubles.meta({}));
}

/** Of [hours:]minutes:seconds. */
function secondsOf(clock: string): number {
  return Number(
    clock
      .split(":")
      .reduce((sum, part) => sum * 60 + Number(part), 0)
      .toFixed(3),
  );
}
