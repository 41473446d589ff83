import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type Declared, type FileBuilder, tallyOf } from "./coverage-files.ts";
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
import { parseTimestamp } from "./numbers.ts";
import { jsonShape } from "./sniff.ts";

/**
 * coverage.py's JSON. Its "Cover" percentage mixes branches into the lines; here lines and branches are apart. A function (told
 * since 7.6) is covered when a line of it ran; one without statements of its own does not count.
 */
export const coveragePy: Format = {
  id: "coverage-py",
  title: "coverage.py JSON",
  yields: "coverage",
  tools: ["coverage.py", "pytest-cov"],
  extensions: ["json"],
  reads: "document",
  notes: "coverage json; pytest --cov --cov-report=json.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    return shape.paths.has("meta.branch_coverage") && shape.keys.includes("files") ? "certain" : "no";
  },
  parse: parseCoveragePy,
};

async function parseCoveragePy(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  const all = isObject(report) ? objectField(report, "files") : undefined;
  if (!isObject(report) || all === undefined)
    throw new AppError("FORMAT_SCHEMA", `expected an object with "files", found ${show(report)}`, json.place([]));
  sink.begin({});
  const files = new CoverageFiles(sink);
  for (const [path, entry] of Object.entries(all)) {
    if (!isObject(entry) || arrayField(entry, "executed_lines") === undefined)
      throw new AppError(
        "FORMAT_SCHEMA",
        `expected an object with "executed_lines", found ${show(entry)}`,
        json.place(["files", path]),
      );
    const file = files.file(path);
    // Lines marked "no cover" are listed as executed when they were, and an empty file as an executed line 0.
    const excluded = new Set([0, ...numbersOf(entry, "excluded_lines")]);
    for (const line of numbersOf(entry, "executed_lines")) if (!excluded.has(line)) file.lines(line, line, 1);
    for (const line of numbersOf(entry, "missing_lines")) if (!excluded.has(line)) file.lines(line, line, 0);
    for (const [from, to] of branchesOf(entry, "executed_branches")) file.branch(from, true, to);
    for (const [from, to] of branchesOf(entry, "missing_branches")) file.branch(from, false, to);
    addFunctions(file, entry);
    file.done({ branches: sumsOf(entry, "summary").branches });
  }
  const time = stringField(objectField(report, "meta") ?? {}, "timestamp");
  files.finish({ endedAtMs: time === undefined ? undefined : parseTimestamp(time) }, sumsOf(report, "totals"));
}

const numbersOf = (entry: JsonObject, key: string): number[] =>
  (arrayField(entry, key) ?? []).filter((line) => typeof line === "number");

/** From and to; a way out of the function goes to a negative line. */
const branchesOf = (entry: JsonObject, key: string): (readonly [from: number, to: number])[] =>
  (arrayField(entry, key) ?? []).flatMap((pair) =>
    Array.isArray(pair) && typeof pair[0] === "number" && typeof pair[1] === "number" ? [[pair[0], pair[1]]] : [],
  );

function addFunctions(file: FileBuilder, entry: JsonObject): void {
  for (const [name, value] of Object.entries(objectField(entry, "functions") ?? {})) {
    // "" is what stands outside of any function.
    if (name === "" || !isObject(value)) continue;
    const executed = numbersOf(value, "executed_lines");
    const missing = numbersOf(value, "missing_lines");
    if (executed.length + missing.length === 0) continue;
    const first = numberField(value, "start_line") ?? Math.min(executed[0] ?? Infinity, missing[0] ?? Infinity);
    file.function(first, executed.length > 0);
  }
}

function sumsOf(entry: JsonObject, key: string): Declared {
  const sums = objectField(entry, key) ?? {};
  const branches = tallyOf(numberField(sums, "covered_branches"), numberField(sums, "num_branches"));
  return {
    lines: tallyOf(numberField(sums, "covered_lines"), numberField(sums, "num_statements")),
    branches: branches?.total === 0 ? undefined : branches,
  };
}
