import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type Declared, epochMs, type FileBuilder, hitsOf, tallyOf } from "./coverage-files.ts";
import { parseCount } from "./numbers.ts";
import { xmlShape } from "./sniff.ts";
import { readXml, type XmlAttributes, type XmlHandler } from "./xml.ts";

/**
 * Clover XML. Lines are the distinct lines with a statement or a condition; branches and functions are the sums of a file's
 * own <metrics>, since tools disagree on what `truecount` and a method's `count` mean (PHPUnit: a method is covered when all
 * of it is). Files of <testproject> are tests, not code, and left out.
 */
export const clover: Format = {
  id: "clover",
  title: "Clover XML",
  yields: "coverage",
  tools: ["PHPUnit", "Istanbul", "Vitest", "OpenClover", "gcovr"],
  extensions: ["xml"],
  reads: "stream",
  notes: "Statements of one line count as one line.",
  sniff: (head) => {
    const shape = xmlShape(head);
    if (shape?.root !== "coverage") return "no";
    if (/\s(line-rate|lines-valid)\s*=/.test(shape.rootTag) || shape.elements.includes("packages")) return "no";
    return shape.elements[0] === "project" || /\s(clover|generated)\s*=/.test(shape.rootTag) ? "certain" : "no";
  },
  parse: parseClover,
};

async function parseClover(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const files = new CoverageFiles(sink);
  const elements: string[] = [];
  let root = false;
  let endedAtMs: number | undefined;
  let ofProject: Declared = {};
  let file: FileBuilder | undefined;
  let ofFile: Declared = {};
  const handlerOf = (at: () => number): XmlHandler => ({
    open(name: string, attributes: XmlAttributes): void {
      elements.push(name);
      if (name === "coverage") {
        if (!root) sink.begin({});
        root = true;
        endedAtMs = epochMs(attributes.get("generated"));
      } else if (name === "file" && root && !elements.includes("testproject")) {
        file = files.file(attributes.get("path") ?? attributes.get("name") ?? "");
        ofFile = {};
      } else if (name === "metrics") {
        const parent = elements.at(-2);
        if (parent === "file") ofFile = metricsOf(attributes);
        else if (parent === "project") ofProject = metricsOf(attributes);
      } else if (name === "line" && file !== undefined) addLine(file, attributes, at());
    },
    close(name: string): void {
      elements.pop();
      if (name !== "file") return;
      file?.done(ofFile);
      file = undefined;
    },
    text: () => {},
  });
  await readXml(source, limits, (reader) => handlerOf(() => reader.line()));
  if (!root) throw new AppError("FORMAT_SCHEMA", "expected <coverage> with a <project>, found none");
  const { branches, functions } = ofProject;
  files.finish({ endedAtMs }, files.isEmpty ? ofProject : { branches, functions });
}

function addLine(file: FileBuilder, attributes: XmlAttributes, at: number): void {
  const type = attributes.get("type");
  if (type === "method") return;
  const number = parseCount(attributes.get("num")) ?? 0;
  const count = attributes.get("count");
  // OpenClover's conditions have no count of their own.
  const hits =
    count === undefined && type === "cond"
      ? Number(hitsOf(attributes.get("truecount")) ?? 0) + Number(hitsOf(attributes.get("falsecount")) ?? 0)
      : hitsOf(count);
  file.lines(number, number, hits, at);
}

function metricsOf(attributes: XmlAttributes): Declared {
  const sum = (what: string) => {
    const tally = tallyOf(parseCount(attributes.get(`covered${what}`)), parseCount(attributes.get(what)));
    return tally?.total === 0 ? undefined : tally;
  };
  return { lines: sum("statements"), branches: sum("conditionals"), functions: sum("methods") };
}
