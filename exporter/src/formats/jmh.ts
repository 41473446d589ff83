import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import type { Stat } from "../model/measure.ts";
import { BenchmarkBook, type StatedValue } from "./benchmark-book.ts";
import { snakeCase } from "./benchmark-names.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { arrayField, field, isObject, type JsonObject, objectField, readJson, show, stringField } from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { cut, plain } from "./text.ts";

/**
 * JMH's `-rf json`. Names bear the parameters, `com.example.Basket.sum(kind=array, size=10)`, and the methods of a group their own,
 * `com.example.Basket.pair:reads`. Each mode is a measure of its own: throughput, time (average), sample_time, single_shot_time. Raw data
 * of all forks are the samples; those of sampling mode come as percentiles only. JMH writes numbers that it does not have as "NaN".
 */
export const jmh: Format = {
  id: "jmh",
  title: "JMH JSON",
  yields: "measures",
  tools: ["JMH"],
  extensions: ["json"],
  reads: "document",
  notes:
    "java -jar benchmarks.jar -rf json -rff FILE. A benchmark that failed is not in the file: see JMH's exit status (-foe true).",
  sniff: (head) => {
    const shape = jsonShape(head);
    return shape?.kind === "array" && shape.paths.has("[].primaryMetric") && shape.paths.has("[].benchmark")
      ? "certain"
      : "no";
  },
  parse: parseJmh,
};

const MODES: Readonly<Record<string, string>> = {
  thrpt: "throughput",
  avgt: "time",
  sample: "sample_time",
  ss: "single_shot_time",
};
const PERCENTILES: Readonly<Record<string, Stat>> = {
  "0.0": "min",
  "50.0": "p50",
  "90.0": "p90",
  "95.0": "p95",
  "99.0": "p99",
  "99.9": "p999",
  "100.0": "max",
};
/** Of fewer samples the high percentiles are the largest one. */
const FEW = 20;
/** The profiler's allocations per operation are what other tools call memory. */
const SECONDARY: Readonly<Record<string, string>> = { "gc.alloc.rate.norm": "memory" };

async function parseJmh(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  if (!Array.isArray(json.value))
    throw new AppError("FORMAT_SCHEMA", `expected an array of results, found ${show(json.value)}`, json.place([]));
  const version = json.value
    .map((entry) => (isObject(entry) ? stringField(entry, "jmhVersion") : undefined))
    .find((v) => v !== undefined);
  const meta = { framework: version === undefined ? "JMH" : `JMH ${cut(plain(version), 40)}` };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  json.value.forEach((entry, index) => {
    const metric = isObject(entry) ? objectField(entry, "primaryMetric") : undefined;
    const { line } = json.place([index]);
    if (!isObject(entry) || metric === undefined)
      throw new AppError(
        "FORMAT_SCHEMA",
        `result ${index + 1}: expected an object with "primaryMetric", found ${show(entry)}`,
        json.place([index]),
      );
    const mode = stringField(entry, "mode") ?? "";
    const measure = Object.hasOwn(MODES, mode) ? MODES[mode]! : snakeCase(mode) || "value";
    const stated = { measure, line, ...tagsOf(entry) };
    const params = paramsOf(entry);
    const bare = stringField(entry, "benchmark") ?? "";
    if (!addMetric(book, { ...stated, name: `${bare}${params}` }, metric))
      troubles.failed(`${bare}${params}`, `its score is ${show(field(metric, "score"))}`, line);
    const unit = stringField(metric, "scoreUnit") ?? "";
    const secondary = objectField(entry, "secondaryMetrics") ?? {};
    for (const key of Object.keys(secondary)) {
      const other = objectField(secondary, key);
      // Sampling mode repeats the percentiles of the primary metric.
      if (other === undefined || /^[\u00b7.]?p[01]\.\d+$/.test(key)) continue;
      const words = key.replace(/^\u00b7/, "");
      if (stringField(other, "scoreUnit") === unit)
        addMetric(book, { ...stated, name: `${bare}:${words}${params}` }, other);
      else addProfile(book, { ...stated, name: `${bare}${params}` }, words, other);
    }
  });
  sink.end(troubles.meta(meta));
}

type Stated = Omit<StatedValue, "stat" | "value" | "unit">;

/** Numbers only: "NaN" and "+INF" are texts in JMH's files. */
function finite(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function addMetric(book: BenchmarkBook, common: Stated, metric: JsonObject): boolean {
  const stated = { ...common, unit: stringField(metric, "scoreUnit") };
  const score = finite(field(metric, "score"));
  if (score === undefined) return false;
  const samples = (arrayField(metric, "rawData") ?? [])
    .flatMap((fork) => (Array.isArray(fork) ? fork : []))
    .filter((v) => finite(v) !== undefined) as number[];
  book.add({ ...stated, stat: "avg", value: score, samples });
  const error = finite(field(metric, "scoreError"));
  if (error !== undefined) book.add({ ...stated, stat: "margin", value: error });
  const percentiles = objectField(metric, "scorePercentiles") ?? {};
  const many = samples.length >= FEW || field(metric, "rawDataHistogram") !== undefined;
  for (const [key, stat] of Object.entries(PERCENTILES)) {
    if (!many && !["min", "p50", "max"].includes(stat)) continue;
    const value = finite(field(percentiles, key));
    if (value !== undefined) book.add({ ...stated, stat, value });
  }
  return true;
}

/** What a profiler counted. Garbage collection gets better with less of it, though its rate is per second. */
function addProfile(book: BenchmarkBook, common: Stated, words: string, metric: JsonObject): void {
  const score = finite(field(metric, "score"));
  if (score === undefined) return;
  const unit = stringField(metric, "scoreUnit");
  const counted = unit === "counts" || unit === "#";
  const mode = common.measure === "time" || common.measure === "throughput" ? "" : `${common.measure}_`;
  book.add({
    ...common,
    measure: `${mode}${Object.hasOwn(SECONDARY, words) ? SECONDARY[words]! : snakeCase(words) || "profile"}`,
    stat: "value",
    value: score,
    unit: counted ? undefined : unit,
    ...(/^(?:gc|safepoints|mem)\b/.test(words) ? { better: "lower" as const } : {}),
  });
}

/** `(kind=array, size=10)`, in the order of the keys, which is JMH's own. */
function paramsOf(entry: JsonObject): string {
  const params = objectField(entry, "params") ?? {};
  const texts = Object.keys(params).map((key) => {
    const value = field(params, key);
    return `${key}=${typeof value === "string" ? value : show(value)}`;
  });
  return texts.length === 0 ? "" : `(${texts.join(", ")})`;
}

function tagsOf(entry: JsonObject): { tags: Record<string, string> } {
  const tags: Record<string, string> = {};
  for (const key of ["mode", "threads", "forks", "jdkVersion", "vmName"]) {
    const value = field(entry, key);
    if (typeof value === "string" || typeof value === "number") tags[key] = cut(plain(String(value)), 100);
  }
  return { tags };
}
