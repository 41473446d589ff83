import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook, type StatedValue } from "./benchmark-book.ts";
import { snakeCase } from "./benchmark-names.ts";
import { addStats, numbersOf } from "./benchmark-stats.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import {
  arrayField,
  field,
  isObject,
  type JsonObject,
  numberField,
  objectField,
  readJson,
  show,
  stringField,
} from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { cut, plain } from "./text.ts";

/**
 * BenchmarkDotNet's JSON exporters, full, brief and compressed. Times are nanoseconds. A benchmark whose `Statistics` are null has
 * failed. Benchmarks that run under several jobs (runtimes, platforms) bear the job behind their name.
 */
export const benchmarkdotnet: Format = {
  id: "benchmarkdotnet",
  title: "BenchmarkDotNet JSON",
  yields: "measures",
  tools: ["BenchmarkDotNet"],
  extensions: ["json"],
  reads: "document",
  notes: "--exporters json or fulljson: the full one keeps every iteration as a sample.",
  sniff: (head) => {
    const shape = jsonShape(head);
    return shape?.kind === "object" &&
      shape.paths.has("HostEnvironmentInfo") &&
      shape.paths.has("HostEnvironmentInfo.BenchmarkDotNetVersion")
      ? "certain"
      : "no";
  },
  parse: parseBenchmarkDotNet,
};

const STATS = { avg: "Mean", p50: "Median", min: "Min", max: "Max", stddev: "StandardDeviation", count: "N" } as const;
const PERCENTILES = { p90: "P90", p95: "P95", p99: "P99" } as const;
/** Columns of the memory diagnoser that are read from `Memory`. */
const MEMORY = /^allocated memory$/i;

async function parseBenchmarkDotNet(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const list = isObject(json.value) ? arrayField(json.value, "Benchmarks") : undefined;
  if (!isObject(json.value) || list === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "Benchmarks", found ${show(json.value)}`,
      json.place([]),
    );
  const meta = metaOf(json.value);
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  const entries = list.map((entry, index) => {
    if (!isObject(entry))
      throw new AppError(
        "FORMAT_SCHEMA",
        `Benchmarks[${index}]: expected an object, found ${show(entry)}`,
        json.place(["Benchmarks", index]),
      );
    return { entry, name: nameOf(entry), line: json.place(["Benchmarks", index]).line };
  });
  const names = new Map<string, number>();
  for (const { name } of entries) names.set(name, (names.get(name) ?? 0) + 1);
  for (const { entry, name, line } of entries) {
    const job = jobOf(entry);
    const full = names.get(name)! > 1 && job !== undefined ? `${name} [${job}]` : name;
    const tags = job === undefined ? {} : { tags: { job: cut(plain(job), 200) } };
    if (!addBenchmark(book, entry, { name: full, line, ...tags })) troubles.failed(full, "it has no statistics", line);
  }
  sink.end(troubles.meta(meta));
}

type Stated = Pick<StatedValue, "name" | "line" | "tags">;

function addBenchmark(book: BenchmarkBook, entry: JsonObject, common: Stated): boolean {
  const statistics = objectField(entry, "Statistics");
  if (statistics === undefined) return false;
  const time = { ...common, measure: "time", unit: "ns" };
  const samples = numbersOf(arrayField(statistics, "OriginalValues"));
  if (!addStats(book, time, statistics, STATS, samples.length > 0 ? samples : resultsOf(entry))) return false;
  const margin = numberField(objectField(statistics, "ConfidenceInterval") ?? {}, "Margin");
  if (margin !== undefined) book.add({ ...time, stat: "margin", value: margin });
  addStats(book, time, objectField(statistics, "Percentiles") ?? {}, PERCENTILES);
  const bytes = numberField(objectField(entry, "Memory") ?? {}, "BytesAllocatedPerOperation");
  if (bytes !== undefined) book.add({ ...common, measure: "memory", stat: "avg", value: bytes, unit: "B" });
  for (const metric of arrayField(entry, "Metrics") ?? [])
    if (isObject(metric)) addMetric(book, common, metric, bytes !== undefined);
  return true;
}

/** A column of a diagnoser, with its unit and direction. */
function addMetric(book: BenchmarkBook, common: Stated, metric: JsonObject, hasMemory: boolean): void {
  const value = numberField(metric, "Value");
  const about = objectField(metric, "Descriptor") ?? {};
  const id = stringField(about, "Id") ?? stringField(about, "DisplayName") ?? "";
  if (value === undefined || id === "" || (hasMemory && MEMORY.test(id))) return;
  const greater = field(about, "TheGreaterTheBetter");
  const unit = stringField(about, "Unit");
  book.add({
    ...common,
    measure: MEMORY.test(id) ? "memory" : snakeCase(id) || "metric",
    stat: "value",
    value,
    unit: unit === "" ? undefined : unit,
    ...(typeof greater === "boolean" ? { better: greater ? ("higher" as const) : ("lower" as const) } : {}),
  });
}

/** Nanoseconds per operation of the iterations that count; only the full exporter writes them. */
function resultsOf(entry: JsonObject): number[] {
  const found: number[] = [];
  for (const item of arrayField(entry, "Measurements") ?? []) {
    if (!isObject(item) || stringField(item, "IterationStage") !== "Result") continue;
    const operations = numberField(item, "Operations");
    const nanoseconds = numberField(item, "Nanoseconds");
    if (operations !== undefined && operations > 0 && nanoseconds !== undefined) found.push(nanoseconds / operations);
  }
  return found;
}

/** `FullName` has the parameters; versions before 0.11 have none, and `Parameters` apart. */
function nameOf(entry: JsonObject): string {
  const full = stringField(entry, "FullName");
  if (full !== undefined && full !== "") return full;
  const parts = ["Namespace", "Type", "Method"]
    .map((key) => stringField(entry, key) ?? "")
    .filter((part) => part !== "");
  const parameters = stringField(entry, "Parameters") ?? "";
  return parameters === "" ? parts.join(".") : `${parts.join(".")}(${parameters})`;
}

/** `Basket.Sum: Job-ABCDEF(Runtime=.NET 8.0) [Size=10]`: what the job sets, else its name. */
function jobOf(entry: JsonObject): string | undefined {
  const job = /: ([^[\]]+?)(?: \[.*\])?$/.exec(stringField(entry, "DisplayInfo") ?? "")?.[1]?.trim();
  return job === undefined ? undefined : (/^[^(]*\((.+)\)$/.exec(job)?.[1] ?? job);
}

function metaOf(report: JsonObject): ReportMeta {
  const host = objectField(report, "HostEnvironmentInfo") ?? {};
  const version = stringField(host, "BenchmarkDotNetVersion");
  // Versions before 0.10 write the processor as a lazy value.
  const cpu = stringField(host, "ProcessorName") ?? stringField(objectField(host, "ProcessorName") ?? {}, "Value");
  const cores = numberField(host, "LogicalCoreCount") ?? numberField(host, "ProcessorCount");
  const os = stringField(host, "OsVersion");
  const arch = stringField(host, "Architecture");
  const runner = {
    ...(cpu === undefined || cpu === "" ? {} : { cpu }),
    ...(cores === undefined ? {} : { cores }),
    ...(os === undefined || os === "" ? {} : { os }),
    // "64-bit" says no more than that.
    ...(arch === undefined || !/^(?:x|arm)\d+$/i.test(arch) ? {} : { arch }),
  };
  // "Basket-20240612-101530" is the class and the time of this machine's zone.
  const name = stringField(report, "Title")?.replace(/-\d{8}-\d{6}$/, "");
  return {
    framework: version === undefined ? "BenchmarkDotNet" : `BenchmarkDotNet ${cut(plain(version), 60)}`,
    ...(name === undefined || name === "" ? {} : { name }),
    ...(Object.keys(runner).length === 0 ? {} : { runner }),
  };
}
