import { AppError } from "../errors.ts";
import type { Tally } from "../model/coverage.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, epochMs, type FileBuilder, tallyOf } from "./coverage-files.ts";
import { parseCount } from "./numbers.ts";
import { xmlShape } from "./sniff.ts";
import { readXml, type XmlAttributes, type XmlHandler } from "./xml.ts";

/**
 * JaCoCo XML. A line is covered when any of its instructions ran, as JaCoCo's own line counter has it; branches are per line;
 * methods come from the classes and are given to their source file. Counters serve where lines have no instruction counts
 * (gcovr) and are compared otherwise. Instruction and complexity counters are left out.
 */
export const jacoco: Format = {
  id: "jacoco",
  title: "JaCoCo XML",
  yields: "coverage",
  tools: ["JaCoCo", "Gradle", "Kover", "gcovr"],
  extensions: ["xml"],
  reads: "stream",
  sniff: (head) => {
    const shape = xmlShape(head);
    if (shape?.root !== "report") return "no";
    if (/<!DOCTYPE\s+report\s[^>]*jacoco/i.test(head)) return "certain";
    return /^(sessioninfo|group|package)$/.test(shape.elements[0] ?? "") ? "certain" : "no";
  },
  parse: parseJacoco,
};

async function parseJacoco(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const files = new CoverageFiles(sink);
  const path: string[] = [];
  const elements: string[] = [];
  const totals = new Map<string, Tally | undefined>();
  let root = false;
  let endedAtMs: number | undefined;
  let className: string | undefined;
  let method: number | undefined;
  let methods = new Map<string, [line: number, covered: boolean][]>();
  let file: FileBuilder | undefined;
  let ofFile = new Map<string, Tally | undefined>();

  const counter = (attributes: XmlAttributes): void => {
    const covered = parseCount(attributes.get("covered"));
    const tally = tallyOf(covered, (covered ?? 0) + (parseCount(attributes.get("missed")) ?? Number.NaN));
    const type = attributes.get("type") ?? "";
    const parent = elements.at(-2);
    if (parent === "report") totals.set(type, tally);
    else if (parent === "sourcefile") ofFile.set(type, tally);
    else if (parent === "method" && type === "METHOD" && className !== undefined) {
      const list = methods.get(className) ?? [];
      list.push([method ?? 0, (covered ?? 0) > 0]);
      methods.set(className, list);
    }
  };
  const line = (attributes: XmlAttributes, at: number): void => {
    const number = parseCount(attributes.get("nr")) ?? 0;
    const [mi, ci, mb, cb] = ["mi", "ci", "mb", "cb"].map((name) => parseCount(attributes.get(name)));
    if (mi !== undefined || ci !== undefined) file?.lines(number, number, ci ?? 0, at);
    if (mb !== undefined || cb !== undefined) file?.branches(number, cb ?? 0, (cb ?? 0) + (mb ?? 0));
  };
  const handlerOf = (at: () => number): XmlHandler => ({
    open(name: string, attributes: XmlAttributes): void {
      elements.push(name);
      if (name === "report") {
        if (!root) sink.begin({});
        root = true;
      } else if (name === "sessioninfo") endedAtMs = epochMs(attributes.get("dump")) ?? endedAtMs;
      else if (name === "group" || name === "package") {
        path.push(attributes.get("name") ?? "");
        methods = new Map();
      } else if (name === "class") className = attributes.get("sourcefilename");
      else if (name === "method") method = parseCount(attributes.get("line"));
      else if (name === "sourcefile" && root) {
        const own = attributes.get("name") ?? "";
        file = files.file([...path, own].filter((part) => part !== "").join("/"));
        for (const [first, covered] of methods.get(own) ?? []) file.function(first, covered);
        ofFile = new Map();
      } else if (name === "line") line(attributes, at());
      else if (name === "counter") counter(attributes);
    },
    close(name: string): void {
      elements.pop();
      if (name === "group" || name === "package") path.pop();
      else if (name === "sourcefile") {
        file?.done({ lines: ofFile.get("LINE"), branches: ofFile.get("BRANCH"), functions: ofFile.get("METHOD") });
        file = undefined;
      }
    },
    text: () => {},
  });
  await readXml(source, limits, (reader) => handlerOf(() => reader.line()));
  if (!root) throw new AppError("FORMAT_SCHEMA", "expected <report> with packages, found none");
  files.finish(
    { endedAtMs },
    { lines: totals.get("LINE"), branches: totals.get("BRANCH"), functions: totals.get("METHOD") },
  );
}
