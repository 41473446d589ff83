import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { parseJest } from "./jest.ts";
import { arrayField, isObject, type JsonDocument, readJson, show, stringField } from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { addTinybench } from "./tinybench-result.ts";
import { isBenchmarkRun } from "./vitest-tasks.ts";

/**
 * Vitest's benchmarks. Until 4, `vitest bench --outputJson`: files, groups, benchmarks; one without statistics threw. Since 5 they are in
 * the `json` reporter's report, with the tests that ran them: both are read.
 */
export const vitestBench: Format = {
  id: "vitest-bench",
  title: "Vitest bench JSON",
  yields: "measures",
  tools: ["Vitest"],
  extensions: ["json"],
  reads: "document",
  notes: "vitest bench --outputJson FILE (until 4); vitest bench --reporter=json --outputFile=FILE (since 5).",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    if (shape.paths.has("files[].groups")) return "certain";
    return isBenchmarkRun(head) ? "certain" : "no";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const json = await readJson(source, limits);
    if (isObject(json.value) && arrayField(json.value, "testResults") !== undefined) parseJest(json, sink);
    else parseGroups(json, sink);
  },
};

function parseGroups(json: JsonDocument, sink: ReportSink): void {
  const files = isObject(json.value) ? arrayField(json.value, "files") : undefined;
  if (files === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "files", found ${show(json.value)}`,
      json.place([]),
    );
  const meta = { framework: "Vitest" };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  const objects = function* (values: readonly unknown[] | undefined, path: readonly (string | number)[]) {
    for (const [index, value] of (values ?? []).entries()) {
      if (!isObject(value))
        throw new AppError(
          "FORMAT_SCHEMA",
          `${path.join(".")}[${index}]: expected an object, found ${show(value)}`,
          json.place([...path, index]),
        );
      yield [value, [...path, index]] as const;
    }
  };
  for (const [file, filePath] of objects(files, ["files"]))
    for (const [group, groupPath] of objects(arrayField(file, "groups"), [...filePath, "groups"]))
      for (const [benchmark, path] of objects(arrayField(group, "benchmarks"), [...groupPath, "benchmarks"])) {
        const names = [stringField(group, "fullName"), stringField(benchmark, "name")].filter(
          (name) => name !== undefined,
        );
        const name = names.join(" > ");
        if (!addTinybench(book, { name }, benchmark)) troubles.failed(name, "it has no result", json.place(path).line);
      }
  sink.end(troubles.meta(meta));
}
