/** Reports of Artillery 1: one `latency`, `codes` and `errors` for all requests. */
import type { ReportSink } from "../model/format.ts";
import { MAX_SLICES } from "../model/load.ts";
import { summaryOf } from "./artillery-summary.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { type JsonObject, numberField, objectField, stringField } from "./json.ts";
import { LoadBook } from "./load-book.ts";
import { parseTimestamp } from "./numbers.ts";

/** `begin` was called already. */
export function readArtilleryV1(aggregate: JsonObject, periods: readonly JsonObject[], sink: ReportSink): void {
  const book = new LoadBook(sink);
  book.add({
    requests: requestsOf(aggregate),
    failures: failuresOf(aggregate),
    requestsPerSecond: numberField(objectField(aggregate, "rps") ?? {}, "mean"),
    latency: summaryOf(objectField(aggregate, "latency")),
    slices: periods
      .flatMap((period) => {
        const startedAtMs = timeOf(period);
        const requests = requestsOf(period);
        if (startedAtMs === undefined || requests === undefined) return [];
        const latency = summaryOf(objectField(period, "latency"));
        const users = numberField(period, "concurrency");
        return [
          {
            startedAtMs,
            seconds: 10,
            requests,
            failures: failuresOf(period),
            avgSeconds: latency.avg,
            p95Seconds: latency.p95,
            ...(users === undefined ? {} : { users }),
          },
        ];
      })
      .slice(0, MAX_SLICES),
  });
  book.emit();
  const measures = new BenchmarkBook(sink, "measure");
  for (const [key, name] of [
    ["scenariosCreated", "vusers.created"],
    ["scenariosCompleted", "vusers.completed"],
  ] as const) {
    const value = numberField(aggregate, key);
    if (value !== undefined) measures.add({ name, measure: name, stat: "value", value, unit: undefined });
  }
  const errors = objectField(aggregate, "errors") ?? {};
  for (const kind of Object.keys(errors)) {
    const value = numberField(errors, kind);
    const name = `errors.${kind}`;
    if (value !== undefined)
      measures.add({ name, measure: name, stat: "value", value, unit: undefined, better: "lower" });
  }
  // The aggregate is written when the run ends.
  const [startedAtMs, endedAtMs] = [periods[0] === undefined ? undefined : timeOf(periods[0]), timeOf(aggregate)];
  sink.end({ framework: "Artillery", startedAtMs, endedAtMs });
}

const timeOf = (object: JsonObject): number | undefined => parseTimestamp(stringField(object, "timestamp") ?? "");

/** Requests without an answer are not among the completed ones. */
function requestsOf(object: JsonObject): number | undefined {
  const completed = numberField(object, "requestsCompleted");
  return completed === undefined ? undefined : completed + sum(objectField(object, "errors"));
}

function failuresOf(object: JsonObject): number {
  const codes = objectField(object, "codes") ?? {};
  const refused = Object.keys(codes).filter((code) => !/^[123]\d\d$/.test(code));
  return refused.reduce((all, code) => all + (numberField(codes, code) ?? 0), 0) + sum(objectField(object, "errors"));
}

function sum(table: JsonObject | undefined): number {
  return Object.keys(table ?? {}).reduce((all, key) => all + (numberField(table!, key) ?? 0), 0);
}
