import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { columnsOf, readCsv } from "./csv.ts";
import { readHeyText } from "./hey-text.ts";
import { LatencyBook } from "./latency-book.ts";
import { LoadBook } from "./load-book.ts";
import { endLoad } from "./load-end.ts";
import { readTextLines } from "./load-text.ts";
import { peek } from "./source.ts";
import { plain } from "./text.ts";

/** hey's text report, and its `-o csv`, which has a line for each answered request and leaves out those without an answer. */
export const hey: Format = {
  id: "hey",
  title: "hey",
  yields: "measures",
  tools: ["hey"],
  extensions: ["txt", "log", "out", "csv"],
  reads: "stream",
  notes: "hey URL | tee FILE, or hey -o csv URL, which gives a histogram.",
  sniff: (head) => {
    if (CSV.test(head)) return "certain";
    return /^Summary:\s*\r?\n\s+Total:\s+[\d.]+ secs/m.test(plain(head)) ? "certain" : "no";
  },
  parse: parseHey,
};

const CSV = /^\s*response-time,DNS\+dialup,/;

async function parseHey(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const { head, source: whole } = await peek(source);
  if (CSV.test(head)) return parseCsv(whole, sink, limits);
  const lines = await readTextLines(whole, limits);
  if (!lines.some((line) => line.trim() === "Summary:"))
    throw new AppError("FORMAT_SCHEMA", 'expected the "Summary:" of hey', { file: source.name, line: 1 });
  const book = new LoadBook(sink);
  sink.begin({ framework: "hey" });
  const { seconds, incomplete } = readHeyText(lines, book);
  book.emit();
  endLoad(sink, { framework: "hey", durationSeconds: seconds }, incomplete);
}

/** Offsets count from the begin of the test, whose time of day is not told: there is no course of the run. */
async function parseCsv(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const book = new LatencyBook(sink, limits);
  const series = book.series(undefined, undefined);
  let columns: ReadonlyMap<string, number> | undefined;
  let width = 0;
  let bad = 0;
  let firstBad: number | undefined;
  let end = 0;
  let incomplete: string | undefined;
  await readCsv(
    source,
    limits,
    () => ",",
    ({ fields, line, last }) => {
      if (columns === undefined) {
        columns = columnsOf(fields);
        width = fields.length;
        sink.begin({ framework: "hey" });
        return;
      }
      const cell = (name: string): number => Number(fields[columns!.get(name) ?? -1] || Number.NaN);
      const seconds = cell("response-time");
      const status = cell("status-code");
      if (fields.length < width && last) {
        incomplete = "the last line is cut";
        return;
      }
      if (!(seconds >= 0) || !Number.isFinite(seconds)) {
        bad++;
        firstBad ??= line;
        return;
      }
      const offset = cell("offset");
      if (offset >= 0) end = Math.max(end, offset + seconds);
      series.add(undefined, seconds, !(status >= 100 && status < 400));
    },
  );
  if (columns === undefined) throw new AppError("FORMAT_SCHEMA", "no header", { file: source.name, line: 1 });
  if (bad > 0)
    sink.warn({
      code: "VALUE_SKIPPED",
      message:
        bad === 1 ? "a line has no response time of 0 or more" : `${bad} lines have no response time of 0 or more`,
      line: firstBad,
    });
  if (series.count > 0) book.emit({ knowsFailures: true, seconds: end });
  const durationSeconds = end > 0 ? Number(end.toFixed(6)) : undefined;
  endLoad(sink, { framework: "hey", durationSeconds }, incomplete);
}
