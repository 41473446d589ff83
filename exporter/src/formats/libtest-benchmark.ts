/** Results of libtest's benchmarks, in text and in JSON. */
import type { BenchmarkBook, StatedValue } from "./benchmark-book.ts";
import { NUMBER, numberOf } from "./benchmark-lines.ts";
import { type JsonObject, numberField, stringField } from "./json.ts";

/** What follows `test NAME ... `: `bench:       3,161 ns/iter (+/- 975) = 78769 MB/s`. */
const BENCH = new RegExp(
  String.raw`^bench:\s+(${NUMBER})\s*([^\s\d/]+)/iter \(\+/- (${NUMBER})\)(?: = (${NUMBER}) MB/s)?$`,
);

export interface BenchmarkPlace {
  readonly binary?: string | undefined;
  readonly line?: number | undefined;
}

/** False when the text is no result. The number is the median of the samples, the other their range. */
export function addBenchText(book: BenchmarkBook, name: string, text: string, place: BenchmarkPlace): boolean {
  const match = BENCH.exec(text.trim());
  if (match === null) return false;
  const [, median, unit, range, throughput] = match;
  add(
    book,
    name,
    `${unit}`,
    numberOf(median!),
    numberOf(range!),
    throughput === undefined ? undefined : numberOf(throughput),
    place,
  );
  return true;
}

/**
 * `{"type":"bench","name":"tests::fib","median":135.1,"deviation":24,"mib_per_second":78769}`, in nanoseconds. What is called
 * MiB per second is bytes * 1000 / ns, thus MB/s (library/test/src/bench.rs).
 */
export function addBenchEvent(book: BenchmarkBook, event: JsonObject, place: BenchmarkPlace): void {
  add(
    book,
    stringField(event, "name") ?? "",
    "ns",
    numberField(event, "median") ?? Number.NaN,
    numberField(event, "deviation"),
    numberField(event, "mib_per_second"),
    place,
  );
}

function add(
  book: BenchmarkBook,
  name: string,
  unit: string,
  median: number,
  range: number | undefined,
  throughput: number | undefined,
  { binary, line }: BenchmarkPlace,
): void {
  const stated: Omit<StatedValue, "stat" | "value"> = {
    name,
    measure: "time",
    unit: `${unit}/iter`,
    line,
    ...(binary === undefined ? {} : { tags: { binary } }),
  };
  book.add({ ...stated, stat: "p50", value: median });
  if (range !== undefined) book.add({ ...stated, stat: "margin", value: range });
  if (throughput !== undefined)
    book.add({ ...stated, measure: "throughput", unit: "MB/s", stat: "p50", value: throughput });
}
