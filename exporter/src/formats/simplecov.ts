import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, epochMs, type FileBuilder } from "./coverage-files.ts";
import { arrayField, field, isObject, type JsonObject, numberField, objectField, readJson, show } from "./json.ts";
import { jsonShape } from "./sniff.ts";

/**
 * SimpleCov: `.resultset.json` (one result per test command, joined) and the `coverage.json` of its JSON formatter. The result
 * set does not know of `:nocov:` comments, so lines within them count there; `coverage.json` leaves them out.
 */
export const simplecov: Format = {
  id: "simplecov",
  title: "SimpleCov JSON",
  yields: "coverage",
  tools: ["SimpleCov"],
  extensions: ["json"],
  reads: "document",
  notes: "coverage/.resultset.json, or coverage.json of simplecov_json_formatter.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    if (shape.paths.has("meta.simplecov_version")) return "certain";
    // By the files' own shape: {"RSpec": {"coverage": {"/app/a.rb": {"lines": [`, before 0.18 an array at once.
    const results = shape.keys.map((key) => `${key}.coverage.`);
    for (const path of shape.paths)
      if (/\.lines$|\.(rb|rake|erb|ru)$/.test(path) && results.some((start) => path.startsWith(start)))
        return "certain";
    return "no";
  },
  parse: parseSimplecov,
};

async function parseSimplecov(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  if (!isObject(report))
    throw new AppError("FORMAT_SCHEMA", `expected an object of results, found ${show(report)}`, json.place([]));
  const single = objectField(report, "meta") !== undefined && objectField(report, "coverage") !== undefined;
  const results: [(string | number)[], unknown][] = single
    ? [[[], report]]
    : Object.entries(report).map(([command, result]) => [[command], result]);
  sink.begin({ framework: single || results.length > 1 ? undefined : String(results[0]?.[0][0] ?? "") || undefined });
  const files = new CoverageFiles(sink);
  let endedAtMs: number | undefined;
  for (const [place, result] of results) {
    const all = isObject(result) ? objectField(result, "coverage") : undefined;
    if (!isObject(result) || all === undefined)
      throw new AppError(
        "FORMAT_SCHEMA",
        `expected a result with "coverage", found ${show(result)}`,
        json.place(place),
      );
    const ended = epochMs(numberField(result, "timestamp"));
    if (ended !== undefined) endedAtMs = Math.max(endedAtMs ?? 0, ended);
    for (const [path, entry] of Object.entries(all)) {
      const lines = Array.isArray(entry) ? entry : isObject(entry) ? arrayField(entry, "lines") : undefined;
      if (lines === undefined)
        throw new AppError(
          "FORMAT_SCHEMA",
          `expected an array "lines", found ${show(entry)}`,
          json.place([...place, "coverage", path]),
        );
      const file = files.file(path);
      addLines(file, lines);
      if (isObject(entry)) {
        addBranches(file, entry);
        addMethods(file, entry);
      }
      file.done();
    }
  }
  files.finish({ endedAtMs });
}

/** Null is no code, "ignored" is within `:nocov:`. */
function addLines(file: FileBuilder, lines: readonly unknown[]): void {
  lines.forEach((hits, index) => {
    if (hits === null || hits === "ignored") return;
    file.lines(index + 1, index + 1, typeof hits === "number" ? hits : undefined);
  });
}

/** A result set has {"[:if, 0, 7, 4, 7, 36]": {"[:then, 1, 7, 4, 7, 23]": 2}}, the formatter a flat array. */
function addBranches(file: FileBuilder, entry: JsonObject): void {
  for (const branch of arrayField(entry, "branches") ?? []) {
    const hits = isObject(branch) ? field(branch, "coverage") : undefined;
    if (!isObject(branch) || hits === "ignored") continue;
    file.branch(numberField(branch, "start_line") ?? 0, file.covered(typeof hits === "number" ? hits : undefined));
  }
  for (const [condition, ways] of Object.entries(objectField(entry, "branches") ?? {})) {
    if (!isObject(ways)) continue;
    for (const hits of Object.values(ways))
      file.branch(firstLine(condition), file.covered(typeof hits === "number" ? hits : undefined));
  }
}

/** {"[\"Basket\", :add, 6, 2, 9, 5]": 2}, with `enable_coverage :method`. */
function addMethods(file: FileBuilder, entry: JsonObject): void {
  for (const [method, hits] of Object.entries(objectField(entry, "methods") ?? {}))
    file.function(firstLine(method), file.covered(typeof hits === "number" ? hits : undefined));
}

/** The last four numbers of such a key are the first line and column and the last. */
const firstLine = (key: string): number => Number(/(\d{1,9}), \d+, \d+, \d+\]$/.exec(key)?.[1] ?? 0);
