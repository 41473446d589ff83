import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import type { RunnerInfo } from "../model/runner.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { addStats, numbersOf, tagsOf } from "./benchmark-stats.ts";
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
import { parseTimestamp } from "./numbers.ts";
import { jsonShape } from "./sniff.ts";

/**
 * pytest-benchmark's JSON. All times are seconds, `data` (with --benchmark-save-data or --benchmark-json) holds the rounds. `ops` is
 * 1/mean and left out. A benchmark that raises is not in the file at all: the report of the tests themselves tells of it.
 */
export const pytestBenchmark: Format = {
  id: "pytest-benchmark",
  title: "pytest-benchmark JSON",
  yields: "measures",
  tools: ["pytest-benchmark"],
  extensions: ["json"],
  reads: "document",
  notes: "pytest --benchmark-json=FILE. Ingest the tests' own report as well: failing benchmarks are missing here.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object" || !shape.paths.has("machine_info")) return "no";
    return shape.paths.has("benchmarks") || shape.paths.has("commit_info") ? "certain" : "maybe";
  },
  parse: parsePytestBenchmark,
};

async function parsePytestBenchmark(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const list = isObject(json.value) ? arrayField(json.value, "benchmarks") : undefined;
  if (!isObject(json.value) || list === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "benchmarks", found ${show(json.value)}`,
      json.place([]),
    );
  const datetime = stringField(json.value, "datetime");
  const meta: ReportMeta = {
    framework: "pytest-benchmark",
    startedAtMs: datetime === undefined ? undefined : parseTimestamp(datetime),
    runner: runnerOf(objectField(json.value, "machine_info")),
  };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  list.forEach((entry, index) => {
    if (!isObject(entry))
      throw new AppError(
        "FORMAT_SCHEMA",
        `benchmarks[${index}]: expected an object, found ${show(entry)}`,
        json.place(["benchmarks", index]),
      );
    const name = stringField(entry, "fullname") ?? stringField(entry, "name") ?? "";
    const stats = objectField(entry, "stats") ?? {};
    const group = stringField(entry, "group");
    const tags = { ...tagsOf(field(entry, "extra_info")), ...(group === undefined ? {} : { group }) };
    const stated = { name, measure: "time", unit: "s", ...(Object.keys(tags).length === 0 ? {} : { tags }) };
    if (!addStats(book, stated, stats, KEYS, numbersOf(field(stats, "data"))))
      troubles.failed(name === "" ? "(unnamed)" : name, "it has no statistics", json.place(["benchmarks", index]).line);
  });
  sink.end(troubles.meta(meta));
}

const KEYS = {
  avg: "mean",
  min: "min",
  max: "max",
  stddev: "stddev",
  p50: "median",
  p75: "q3",
  count: "rounds",
} as const;

/** py-cpuinfo's keys changed: `brand` until 5.0, `brand_raw` since. */
function runnerOf(machine: JsonObject | undefined): RunnerInfo | undefined {
  if (machine === undefined) return undefined;
  const cpu = objectField(machine, "cpu") ?? {};
  return {
    cpu: stringField(cpu, "brand_raw") ?? stringField(cpu, "brand"),
    cores: numberField(cpu, "count"),
    os: stringField(machine, "system"),
    arch: stringField(machine, "machine"),
  };
}
