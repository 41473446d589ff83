/** vegeta's text report: a name, the names of its columns in brackets, their values. */
import type { Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { LoadBook, percentileOf } from "./load-book.ts";
import { endLoad } from "./load-end.ts";
import { durationOf, readTextLines } from "./load-text.ts";

export const VEGETA_TEXT = /^[ \t]*Requests\s+\[total, rate(?:, throughput)?\]\s/m;

const ROW = /^\s*([A-Z][A-Za-z ]*?)\s+\[([a-z0-9, :]+)\]\s*(.*)$/;

/** `begin` was called already. */
export async function readVegetaText(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const rows = new Map<string, ReadonlyMap<string, string>>();
  for (const line of await readTextLines(source, limits)) {
    const match = ROW.exec(line);
    if (match === null) continue;
    const values = match[3]!.split(/,\s+/);
    rows.set(match[1]!, new Map(match[2]!.split(", ").map((name, i) => [name, values[i] ?? ""])));
  }
  const cell = (row: string, name: string): string | undefined => rows.get(row)?.get(name) || undefined;
  const number = (row: string, name: string): number | undefined => {
    const text = cell(row, name);
    const value = text === undefined ? Number.NaN : Number(text.replace(/%$/, ""));
    return Number.isFinite(value) ? value : undefined;
  };
  const requests = number("Requests", "total");
  const success = number("Success", "ratio");
  const seconds = durationOf(cell("Duration", "total"));
  const bytes = number("Bytes In", "total");
  const latency: Record<string, number | undefined> = {};
  for (const [name, text] of rows.get("Latencies") ?? []) {
    const stat = name === "mean" ? "avg" : name === "min" || name === "max" ? name : percentileOf(name);
    if (stat !== undefined) latency[stat] = durationOf(text);
  }
  const book = new LoadBook(sink);
  book.add({
    requests,
    // The ratio is rounded to two decimals of a percent; the codes are exact.
    failures: failuresOf(rows.get("Status Codes"), requests, success),
    requestsPerSecond: number("Requests", "rate"),
    receivedBytesPerSecond: bytes === undefined || !seconds ? undefined : bytes / seconds,
    latency: requests === 0 ? {} : latency,
  });
  book.emit();
  const throughput = number("Requests", "throughput");
  if (throughput !== undefined)
    new BenchmarkBook(sink, "measure").add({
      name: "throughput",
      measure: "throughput",
      stat: "value",
      value: throughput,
      unit: "req/s",
    });
  const incomplete = rows.has("Status Codes") ? undefined : "the report ends before its status codes";
  endLoad(sink, { framework: "vegeta", durationSeconds: seconds }, incomplete);
}

/** `Status Codes [code:count] 0:1  200:90  500:9`; 0 is a request without an answer. */
function failuresOf(
  codes: ReadonlyMap<string, string> | undefined,
  requests: number | undefined,
  success: number | undefined,
): number | undefined {
  const pairs = [...(codes?.get("code:count") ?? "").matchAll(/(\d+):(\d+)/g)];
  const counted = pairs.reduce((sum, [, , count]) => sum + Number(count), 0);
  if (requests === undefined) return undefined;
  if (counted === requests)
    return pairs.reduce(
      (sum, [, code, count]) => (Number(code) >= 200 && Number(code) < 400 ? sum : sum + Number(count)),
      0,
    );
  return success === undefined ? undefined : Math.round(requests * (1 - success / 100));
}
