import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import type { Stat } from "../model/measure.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { numbersOf } from "./benchmark-stats.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { halfWidth } from "./criterion-lines.ts";
import {
  arrayField,
  isObject,
  type JsonObject,
  numberField,
  objectField,
  readJson,
  show,
  stringField,
} from "./json.ts";
import { readJsonLines } from "./json-lines.ts";
import { jsonShape } from "./sniff.ts";
import { peek } from "./source.ts";

/**
 * `cargo criterion --message-format=json`, and criterion's own `estimates.json`. The central value is the estimate that criterion
 * prints: the slope where there is one, else the mean. Messages hold the measured times, which become samples per iteration.
 * An `estimates.json` does not name its benchmark: the name is that of its folders below `criterion/`, if the path is given.
 */
export const criterionJson: Format = {
  id: "criterion-json",
  title: "criterion JSON",
  yields: "measures",
  tools: ["cargo-criterion", "criterion.rs"],
  extensions: ["json", "jsonl"],
  reads: "stream",
  notes: "cargo criterion --message-format=json >FILE, or target/criterion/NAME/new/estimates.json.",
  sniff: (head) => (MESSAGE.test(head) || isEstimates(head) ? "certain" : "no"),
  parse: parseCriterionJson,
};

/** For recognising messages; criterion's text may stand among them. */
export const MESSAGE = /^\s*\{"reason":"(?:benchmark-complete|group-complete)",/m;

function isEstimates(head: string): boolean {
  const shape = jsonShape(head);
  return (
    shape?.kind === "object" &&
    shape.paths.has("median_abs_dev.point_estimate") &&
    shape.paths.has("mean.point_estimate")
  );
}

async function parseCriterionJson(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const meta = { framework: "criterion" };
  const { head, source: whole } = await peek(source);
  const book = new BenchmarkBook(sink);
  if (!MESSAGE.test(head) && isEstimates(head)) {
    const json = await readJson(whole, limits);
    if (!isObject(json.value))
      throw new AppError("FORMAT_SCHEMA", `expected an object of estimates, found ${show(json.value)}`, json.place([]));
    sink.begin(meta);
    const name = nameOfPath(source.name);
    if (name === undefined)
      sink.warn({
        code: "NAME_MISSING",
        message: "estimates.json does not name its benchmark, and neither does its path",
      });
    addEstimates(book, name ?? "(unnamed)", "ns", json.value);
    sink.end(meta);
    return;
  }
  sink.begin(meta);
  const troubles = new BenchmarkTroubles(sink);
  const read = await readJsonLines(whole, limits, sink, (object, line) => {
    const reason = stringField(object, "reason");
    if (reason === "benchmark-complete") addMessage(book, object, line.number);
    return reason === "benchmark-complete" || reason === "group-complete";
  });
  if (read.taken === 0)
    throw new AppError("FORMAT_SCHEMA", "no message of cargo-criterion in the whole file", {
      file: source.name,
      line: 1,
    });
  if (read.cutShort) troubles.incomplete("the last line is cut");
  sink.end(troubles.meta(meta));
}

function addMessage(book: BenchmarkBook, message: JsonObject, line: number): void {
  const name = stringField(message, "id") ?? "";
  const unit = stringField(objectField(message, "typical") ?? {}, "unit") ?? stringField(message, "unit");
  const counts = numbersOf(arrayField(message, "iteration_count"));
  const times = numbersOf(arrayField(message, "measured_values"));
  const samples =
    counts.length === times.length ? times.map((time, i) => Number((time / counts[i]!).toPrecision(12))) : [];
  const stated = { name, measure: "time", unit, line };
  const typical = objectField(message, "typical") ?? objectField(message, "mean") ?? {};
  const value = numberField(typical, "estimate");
  if (value === undefined) {
    book.addSamples(stated, samples);
    return;
  }
  book.add({ ...stated, stat: "avg", value, samples });
  const [low, high] = [numberField(typical, "lower_bound"), numberField(typical, "upper_bound")];
  if (low !== undefined && high !== undefined) book.add({ ...stated, stat: "margin", value: halfWidth(low, high) });
  const median = numberField(objectField(message, "median") ?? {}, "estimate");
  if (median !== undefined) book.add({ ...stated, stat: "p50", value: median });
  for (const entry of arrayField(message, "throughput") ?? []) {
    const per = isObject(entry) ? numberField(entry, "per_iteration") : undefined;
    const what = isObject(entry) ? stringField(entry, "unit") : undefined;
    if (per === undefined || unit !== "ns" || !(value > 0)) continue;
    const perSecond = Number(((per / value) * 1e9).toPrecision(12));
    book.add({
      ...stated,
      measure: "throughput",
      stat: "avg",
      value: perSecond,
      unit: what === "bytes" ? "B/s" : "elem/s",
    });
  }
}

const ESTIMATES: readonly (readonly [string, Stat])[] = [
  ["median", "p50"],
  ["std_dev", "stddev"],
];

function addEstimates(book: BenchmarkBook, name: string, unit: string, estimates: JsonObject): void {
  const stated = { name, measure: "time", unit };
  const central = objectField(estimates, "slope") ?? objectField(estimates, "mean") ?? {};
  book.add({ ...stated, stat: "avg", value: numberField(central, "point_estimate") ?? Number.NaN });
  const interval = objectField(central, "confidence_interval") ?? {};
  const [low, high] = [numberField(interval, "lower_bound"), numberField(interval, "upper_bound")];
  if (low !== undefined && high !== undefined) book.add({ ...stated, stat: "margin", value: halfWidth(low, high) });
  for (const [key, stat] of ESTIMATES) {
    const value = numberField(objectField(estimates, key) ?? {}, "point_estimate");
    if (value !== undefined) book.add({ ...stated, stat, value });
  }
}

/** `target/criterion/copy/clone/1024/new/estimates.json` is of copy/clone/1024. */
function nameOfPath(path: string): string | undefined {
  return /(?:^|[/\\])criterion[/\\](.+)[/\\](?:new|base)[/\\][^/\\]+$/.exec(path)?.[1]?.replaceAll("\\", "/");
}
