import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { addStats, numbersOf } from "./benchmark-stats.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { field, isObject, type JsonObject, objectField, readJson, show, stringField } from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { summarize } from "./summarize.ts";

/**
 * What `BenchmarkTools.save` writes: `[{versions}, [value, …]]`, each value `[type, fields]`. Times are nanoseconds per evaluation. A
 * Trial has its samples; a TrialEstimate is one number, and does not say which estimate it is. Names are the keys of the
 * groups, joined with "/". Ratios and judgements compare two runs and are left out.
 */
export const julia: Format = {
  id: "julia",
  title: "Julia BenchmarkTools JSON",
  yields: "measures",
  tools: ["BenchmarkTools.jl", "PkgBenchmark.jl"],
  extensions: ["json"],
  reads: "document",
  notes: 'BenchmarkTools.save("results.json", run(suite)).',
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "array" || !shape.paths.has("[].Julia")) return "no";
    return /"(?:BenchmarkTools|BenchmarkGroup)"/.test(head) ? "certain" : "no";
  },
  parse: parseJulia,
};

type Path = readonly (string | number)[];

async function parseJulia(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const [versions, values] = Array.isArray(json.value) ? (json.value as unknown[]) : [];
  if (!isObject(versions) || !Array.isArray(values))
    throw new AppError("FORMAT_SCHEMA", `expected [{versions}, [values]], found ${show(json.value)}`, json.place([]));
  const version = stringField(versions, "BenchmarkTools");
  const meta = { framework: version === undefined ? "BenchmarkTools" : `BenchmarkTools ${version}` };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  const visit = (value: unknown, names: readonly string[], path: Path): void => {
    const [type, fields] = Array.isArray(value) ? (value as unknown[]) : [];
    const name = names.join("/") || "benchmark";
    if (typeof type !== "string" || !isObject(fields))
      throw new AppError("FORMAT_SCHEMA", `${name}: expected [type, fields], found ${show(value)}`, json.place(path));
    if (type === "BenchmarkGroup") {
      const data = objectField(fields, "data") ?? {};
      for (const key of Object.keys(data)) visit(field(data, key), [...names, key], [...path, 1, "data", key]);
    } else if (type === "Trial" || type === "TrialEstimate") {
      if (!addTrial(book, name, fields)) troubles.failed(name, "it has no times", json.place(path).line);
    } else if (type !== "Parameters")
      sink.warn({
        code: "VALUE_SKIPPED",
        message: `${name}: a ${type.slice(0, 40)} is no measurement`,
        line: json.place(path).line,
      });
  };
  values.forEach((value, index) => {
    visit(value, [], [1, index]);
  });
  sink.end(troubles.meta(meta));
}

function addTrial(book: BenchmarkBook, name: string, fields: JsonObject): boolean {
  const timed = addStats(
    book,
    { name, measure: "time", unit: "ns" },
    fields,
    { value: "time" },
    numbersOf(field(fields, "times")),
  );
  const pauses = numbersOf(field(fields, "gctimes"));
  const gc = { name, measure: "gc_time", unit: "ns" };
  if (pauses.length > 0) book.add({ ...gc, stat: "avg", value: summarize(pauses).avg, samples: pauses });
  else addStats(book, gc, fields, { value: "gctime" });
  addStats(book, { name, measure: "memory", unit: "bytes" }, fields, { value: "memory" });
  addStats(book, { name, measure: "allocations", unit: "allocs" }, fields, { value: "allocs" });
  return timed;
}
