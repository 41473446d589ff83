import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type FileBuilder, hitsOf } from "./coverage-files.ts";
import { parseCount } from "./numbers.ts";
import { xmlShape } from "./sniff.ts";
import { readXml, type XmlAttributes, type XmlHandler } from "./xml.ts";

/**
 * OpenCover XML. OpenCover counts sequence points; the line percentage is that of the lines they lie on, covered when any
 * point on them was visited. Branches are its branch points, functions its methods. What was skipped by a filter has no
 * points and does not count.
 */
export const opencover: Format = {
  id: "opencover",
  title: "OpenCover XML",
  yields: "coverage",
  tools: ["OpenCover", "Coverlet", "AltCover"],
  extensions: ["xml"],
  reads: "stream",
  sniff: (head) => (xmlShape(head)?.root === "CoverageSession" ? "certain" : "no"),
  parse: parseOpencover,
};

/** The compiler's mark for code that has no line. */
const HIDDEN_LINE = 0xfeefee;

interface Method {
  readonly visited: boolean;
  file: FileBuilder | undefined;
  first: number | undefined;
  hits: boolean;
}

async function parseOpencover(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const files = new CoverageFiles(sink);
  let root = false;
  /** Of the module being read, by uid: points name the file they lie in. */
  let open = new Map<string, FileBuilder>();
  let method: Method | undefined;

  const fileOf = (attributes: XmlAttributes): FileBuilder | undefined =>
    open.get(attributes.get("fileid") ?? "") ?? method?.file;
  const sequencePoint = (attributes: XmlAttributes, at: number): void => {
    const from = parseCount(attributes.get("sl")) ?? 0;
    const file = fileOf(attributes);
    if (from === HIDDEN_LINE || file === undefined || method === undefined) return;
    const hits = hitsOf(attributes.get("vc"));
    file.lines(from, Math.max(from, parseCount(attributes.get("el")) ?? from), hits, at);
    method.first ??= from;
    method.file ??= file;
    if (hits !== undefined && hits > 0) method.hits = true;
  };
  const branchPoint = (attributes: XmlAttributes, at: number): void => {
    const line = parseCount(attributes.get("sl")) ?? method?.first ?? 0;
    const file = fileOf(attributes);
    if (line === HIDDEN_LINE) return;
    file?.branch(line, file.covered(hitsOf(attributes.get("vc")), at));
  };
  const handlerOf = (at: () => number): XmlHandler => ({
    open(name: string, attributes: XmlAttributes): void {
      if (name === "CoverageSession") {
        if (!root) sink.begin({});
        root = true;
      } else if (name === "File" && root)
        open.set(attributes.get("uid") ?? "", files.file(attributes.get("fullPath") ?? ""));
      else if (name === "Method" && attributes.get("skippedDueTo") === undefined)
        method = { visited: attributes.get("visited") === "true", file: undefined, first: undefined, hits: false };
      else if (name === "FileRef" && method !== undefined) method.file ??= open.get(attributes.get("uid") ?? "");
      else if (name === "SequencePoint") sequencePoint(attributes, at());
      else if (name === "BranchPoint") branchPoint(attributes, at());
    },
    close(name: string): void {
      if (name === "Method") {
        if (method?.first !== undefined) method.file?.function(method.first, method.visited || method.hits);
        method = undefined;
      } else if (name === "Module") {
        for (const file of open.values()) file.done();
        open = new Map();
      }
    },
    text: () => {},
  });
  await readXml(source, limits, (reader) => handlerOf(() => reader.line()));
  if (!root) throw new AppError("FORMAT_SCHEMA", "expected <CoverageSession>, found none");
  files.finish({});
}
