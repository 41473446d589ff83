/** Benchmarks in the report that Vitest 5 writes of tests. */
import type { ReportSink } from "../model/format.ts";
import type { BenchmarkBook } from "./benchmark-book.ts";
import { arrayField, field, isObject, type JsonObject, stringField } from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { addTinybench } from "./tinybench-result.ts";

/** Every test of a report of Vitest 5 has "benchmarks"; only those of a benchmark run are not empty. */
export function isBenchmarkRun(head: string): boolean {
  return (
    jsonShape(head)?.paths.has("testResults[].assertionResults[].benchmarks") === true &&
    /"benchmarks"\s*:\s*\[\s*\{/.test(head)
  );
}

/**
 * `benchmarks: [{name, tasks: [{name, latency, throughput}]}]`; the first name is that of the test, or what `bench.compare` was given.
 * Named with the file, as Vitest did until 4, and once where test and task have one name.
 */
export function addVitestTasks(book: BenchmarkBook, file: string, assertion: JsonObject, sink: ReportSink): void {
  for (const benchmark of (arrayField(assertion, "benchmarks") ?? []).filter(isObject))
    for (const task of (arrayField(benchmark, "tasks") ?? []).filter(isObject)) {
      const group = stringField(benchmark, "name") ?? "";
      const own = stringField(task, "name") ?? "";
      const same = group === own || group.endsWith(` > ${own}`);
      const name = [file, group, ...(same ? [] : [own])].filter((part) => part !== "").join(" > ");
      // What bench.from() compares with was measured in another run.
      if (field(task, "fromStore") === true) continue;
      if (!addTinybench(book, { name }, task))
        sink.warn({ code: "VALUE_SKIPPED", message: `${name}: the benchmark has no result` });
    }
}
