import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type Declared, tallyOf } from "./coverage-files.ts";
import { field, isObject, type JsonObject, numberField, objectField, readJson, show } from "./json.ts";
import { jsonShape } from "./sniff.ts";

/** Istanbul's summary (`coverage-summary.json`): counts per file, without lines, so that shards cannot be joined exactly. */
export const istanbulSummary: Format = {
  id: "istanbul-summary",
  title: "Istanbul summary JSON",
  yields: "coverage",
  tools: ["nyc", "c8", "Jest", "Vitest"],
  extensions: ["json"],
  reads: "document",
  notes:
    "coverage-summary.json, of the reporter json-summary. Names no lines; prefer the reporter json for sharded runs.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    return ["lines", "statements"].every((kind) => shape.paths.has(`total.${kind}.covered`)) ? "certain" : "no";
  },
  parse: parseSummary,
};

async function parseSummary(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  const total = isObject(report) ? objectField(report, "total") : undefined;
  if (!isObject(report) || total === undefined)
    throw new AppError("FORMAT_SCHEMA", `expected an object with "total", found ${show(report)}`, json.place([]));
  sink.begin({});
  const files = new CoverageFiles(sink);
  for (const [path, entry] of Object.entries(report)) {
    if (path === "total") continue;
    const counts = isObject(entry) ? countsOf(entry) : {};
    if (counts.lines === undefined)
      throw new AppError(
        "FORMAT_SCHEMA",
        `expected the counts of lines of ${JSON.stringify(path.slice(0, 200))}, found ${show(isObject(entry) ? field(entry, "lines") : entry)}`,
        json.place([path]),
      );
    files.file(path).done(counts);
  }
  files.finish({}, countsOf(total));
}

function countsOf(entry: JsonObject): Declared {
  const tally = (kind: string) => {
    const counts = objectField(entry, kind);
    return counts === undefined ? undefined : tallyOf(numberField(counts, "covered"), numberField(counts, "total"));
  };
  return { lines: tally("lines"), branches: tally("branches"), functions: tally("functions") };
}
