/** Results of tinybench, which Vitest's benchmarks are as well. */
import type { BenchmarkBook, StatedValue } from "./benchmark-book.ts";
import { addStats, numbersOf } from "./benchmark-stats.ts";
import { arrayField, type JsonObject, numberField, objectField } from "./json.ts";

/**
 * One result: `latency` and `throughput` with statistics each (since 3.0), else the statistics of the latency themselves and `hz`.
 * Latencies are milliseconds, rates per second; `moe` is the margin of error at 95 %. Samples are there when they were retained.
 * False when it holds no statistics: the task threw, or never ran.
 */
export function addTinybench(book: BenchmarkBook, of: Pick<StatedValue, "name" | "tags">, result: JsonObject): boolean {
  const latency = objectField(result, "latency");
  const stats = latency ?? result;
  const samples = numbersOf(arrayField(stats, "samples"));
  if (numberField(stats, "mean") === undefined && samples.length === 0) return false;
  const time = { ...of, measure: "time", unit: "ms" };
  // Named `median` by Vitest until 4, `p50` by tinybench since 3; Vitest counts as sampleCount, tinybench as samplesCount.
  const median = numberField(stats, "p50") === undefined ? "median" : "p50";
  const count = numberField(stats, "samplesCount") === undefined ? "sampleCount" : "samplesCount";
  const keys = {
    avg: "mean",
    min: "min",
    max: "max",
    stddev: "sd",
    margin: "moe",
    p50: median,
    p75: "p75",
    p99: "p99",
    p999: "p999",
    count,
  };
  if (!addStats(book, time, stats, keys, samples)) return false;
  if (numberField(stats, count) === undefined && samples.length > 0)
    book.add({ ...time, stat: "count", value: samples.length });
  const rate = { ...of, measure: "throughput", unit: "ops/s" };
  const throughput = objectField(result, "throughput");
  if (throughput !== undefined) addStats(book, rate, throughput, { avg: "mean", margin: "moe", p50: "p50" });
  else addStats(book, rate, result, { avg: "hz" });
  return true;
}
