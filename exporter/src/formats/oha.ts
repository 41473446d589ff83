import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { readHeyText } from "./hey-text.ts";
import { isObject, type JsonObject, numberField, objectField, readJson } from "./json.ts";
import { LoadBook, percentileOf } from "./load-book.ts";
import { endLoad } from "./load-end.ts";
import { readTextLines } from "./load-text.ts";
import { jsonShape } from "./sniff.ts";
import { peek } from "./source.ts";
import { plain } from "./text.ts";

/** oha's JSON and text reports. oha calls any answer a success; failed are those of 400 and more here, and requests without an answer. */
export const oha: Format = {
  id: "oha",
  title: "oha",
  yields: "measures",
  tools: ["oha"],
  extensions: ["json", "txt", "log"],
  reads: "document",
  notes: "oha --no-tui --output-format json URL > FILE; the text report is read as well.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape !== undefined)
      return shape.paths.has("summary.successRate") && shape.paths.has("summary.requestsPerSec") ? "certain" : "no";
    return /^Summary:\s*\r?\n\s+Success rate:\s/m.test(plain(head)) ? "certain" : "no";
  },
  parse: parseOha,
};

async function parseOha(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const { head, source: whole } = await peek(source);
  if (jsonShape(head) !== undefined) {
    const json = await readJson(whole, limits);
    const summary = isObject(json.value) ? objectField(json.value, "summary") : undefined;
    if (!isObject(json.value) || summary === undefined)
      throw new AppError("FORMAT_SCHEMA", 'expected the "summary" of oha', json.place([]));
    sink.begin({ framework: "oha" });
    readDocument(json.value, summary, sink);
    return;
  }
  const lines = await readTextLines(whole, limits);
  if (!lines.some((line) => line.trim() === "Summary:"))
    throw new AppError("FORMAT_SCHEMA", 'expected the "Summary:" of oha', { file: source.name, line: 1 });
  const book = new LoadBook(sink);
  sink.begin({ framework: "oha" });
  const { seconds, incomplete } = readHeyText(lines, book);
  book.emit();
  endLoad(sink, { framework: "oha", durationSeconds: seconds }, incomplete);
}

function readDocument(document: JsonObject, summary: JsonObject, sink: ReportSink): void {
  const counts = (name: string): [string, number][] => {
    const table = objectField(document, name) ?? {};
    return Object.keys(table).map((key) => [key, numberField(table, key) ?? 0]);
  };
  const codes = counts("statusCodeDistribution");
  const sum = (pairs: readonly (readonly [string, number])[]): number =>
    pairs.reduce((all, [, count]) => all + count, 0);
  const answered = sum(codes);
  const unanswered = sum(counts("errorDistribution"));
  const refused = sum(codes.filter(([code]) => !/^[123]\d\d$/.test(code)));
  const percentiles = objectField(document, "latencyPercentiles") ?? {};
  const latency = Object.fromEntries(
    Object.keys(percentiles).flatMap((key) => {
      const stat = percentileOf(key);
      return stat === undefined ? [] : [[stat, numberField(percentiles, key)]];
    }),
  );
  const of = (name: string): number | undefined => numberField(summary, name);
  const book = new LoadBook(sink);
  book.add({
    requests: answered + unanswered,
    failures: refused + unanswered,
    requestsPerSecond: of("requestsPerSec"),
    receivedBytesPerSecond: of("sizePerSec"),
    latency: answered === 0 ? {} : { avg: of("average"), min: of("fastest"), max: of("slowest"), ...latency },
  });
  book.emit();
  sink.end({ framework: "oha", durationSeconds: of("total") });
}
