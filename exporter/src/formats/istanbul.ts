import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type FileBuilder } from "./coverage-files.ts";
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

/**
 * Istanbul's full coverage (`coverage-final.json`). A line counts when a statement begins on it and is covered when any of
 * these ran, as Istanbul's own line percentage has it; its statement percentage is another number and left out.
 */
export const istanbul: Format = {
  id: "istanbul",
  title: "Istanbul JSON",
  yields: "coverage",
  tools: ["nyc", "c8", "Jest", "Vitest", "Cypress"],
  extensions: ["json"],
  reads: "document",
  notes: "coverage-final.json, of the reporter json.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    return shape.keys.some((key) => shape.paths.has(`${key}.statementMap`)) ? "certain" : "no";
  },
  parse: parseIstanbul,
};

async function parseIstanbul(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  if (!isObject(report))
    throw new AppError("FORMAT_SCHEMA", `expected an object of files, found ${show(report)}`, json.place([]));
  sink.begin({});
  const files = new CoverageFiles(sink);
  for (const [key, value] of Object.entries(report)) {
    // nyc's own temporary files wrap a file's coverage in `data`.
    const entry = isObject(value) ? (objectField(value, "data") ?? value) : value;
    if (!isObject(entry) || objectField(entry, "statementMap") === undefined)
      throw new AppError(
        "FORMAT_SCHEMA",
        `expected the coverage of a file with a "statementMap", found ${show(entry)}`,
        json.place([key]),
      );
    const file = files.file(stringField(entry, "path") ?? key);
    addStatements(file, entry);
    addFunctions(file, entry);
    addBranches(file, entry);
    file.done();
  }
  files.finish({});
}

function addStatements(file: FileBuilder, entry: JsonObject): void {
  const hits = objectField(entry, "s") ?? {};
  for (const [id, location] of Object.entries(objectField(entry, "statementMap") ?? {})) {
    const line = lineOf(location) ?? 0;
    file.lines(line, line, numberField(hits, id));
  }
}

function addFunctions(file: FileBuilder, entry: JsonObject): void {
  const hits = objectField(entry, "f") ?? {};
  for (const [id, value] of Object.entries(objectField(entry, "fnMap") ?? {})) {
    const line = isObject(value)
      ? (lineOf(field(value, "decl")) ?? lineOf(field(value, "loc")) ?? numberField(value, "line"))
      : 0;
    file.function(line ?? 0, file.covered(numberField(hits, id)));
  }
}

function addBranches(file: FileBuilder, entry: JsonObject): void {
  const hits = objectField(entry, "b") ?? {};
  for (const [id, value] of Object.entries(objectField(entry, "branchMap") ?? {})) {
    const line = isObject(value) ? (lineOf(field(value, "loc")) ?? numberField(value, "line")) : 0;
    for (const count of arrayField(hits, id) ?? [])
      file.branch(line ?? 0, file.covered(typeof count === "number" ? count : undefined));
  }
}

function lineOf(location: unknown): number | undefined {
  const start = isObject(location) ? objectField(location, "start") : undefined;
  return start === undefined ? undefined : numberField(start, "line");
}
