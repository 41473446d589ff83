import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type Declared, epochMs, type FileBuilder, hitsOf, tallyOf } from "./coverage-files.ts";
import { parseCount } from "./numbers.ts";
import { xmlShape } from "./sniff.ts";
import { readXml, type XmlAttributes, type XmlHandler } from "./xml.ts";

/**
 * Cobertura XML. Lines are those of classes (a method repeats its own of them); classes of one file are joined. Branches are the
 * "(1/2)" of condition-coverage, functions are the methods that have lines. The root's sums are compared, and used where
 * the report names no class at all.
 */
export const cobertura: Format = {
  id: "cobertura",
  title: "Cobertura XML",
  yields: "coverage",
  tools: ["coverage.py", "gcovr", "Istanbul", "PHPUnit", "Coverlet", "cargo tarpaulin", "gocover-cobertura"],
  extensions: ["xml"],
  reads: "stream",
  sniff: (head) => {
    const shape = xmlShape(head);
    if (shape?.root !== "coverage") return "no";
    return /\sline-rate\s*=|\slines-valid\s*=/.test(shape.rootTag) || shape.elements.includes("packages")
      ? "certain"
      : "no";
  },
  parse: parseCobertura,
};

interface LineEntry {
  readonly number: number;
  readonly hits: number | undefined;
  readonly branches: readonly [number, number] | undefined;
  readonly at: number;
}

async function parseCobertura(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const files = new CoverageFiles(sink);
  let root = false;
  let declared: Declared = {};
  let rates: Declared = {};
  let endedAtMs: number | undefined;
  let file: FileBuilder | undefined;
  let direct = false;
  let method: { first: number | undefined; covered: boolean } | undefined;
  let ofMethods: LineEntry[] = [];

  const take = (entry: LineEntry): void => {
    file?.lines(entry.number, entry.number, entry.hits, entry.at);
    if (entry.branches !== undefined) file?.branches(entry.number, ...entry.branches);
  };
  const handlerOf = (line: () => number): XmlHandler => ({
    open(name: string, attributes: XmlAttributes): void {
      if (name === "coverage") {
        if (!root) {
          sink.begin({});
          declared = sumsOf(attributes);
          rates = ratesOf(attributes);
          endedAtMs = epochMs(attributes.get("timestamp"));
        }
        root = true;
      } else if (name === "class" && root) {
        file = files.file(attributes.get("filename") ?? attributes.get("name") ?? "");
        direct = false;
        ofMethods = [];
      } else if (name === "method") {
        method = { first: undefined, covered: Number(attributes.get("hits") ?? 0) > 0 };
      } else if (name === "line" && file !== undefined) {
        const entry = entryOf(attributes, line());
        if (method === undefined) {
          direct = true;
          take(entry);
        } else {
          method.first ??= entry.number;
          if (entry.hits !== undefined && entry.hits > 0) method.covered = true;
          ofMethods.push(entry);
        }
      }
    },
    close(name: string): void {
      if (name === "method") {
        if (method?.first !== undefined) file?.function(Math.max(0, method.first), method.covered);
        method = undefined;
      } else if (name === "class") {
        if (!direct) for (const entry of ofMethods) take(entry);
        file?.done();
        file = undefined;
      }
    },
    text: () => {},
  });
  await readXml(source, limits, (reader) => handlerOf(() => reader.line()));
  if (!root) throw new AppError("FORMAT_SCHEMA", "expected <coverage> with <packages>, found none");
  files.finish({ endedAtMs }, files.isEmpty ? { ...rates, ...declared } : declared);
}

function entryOf(attributes: XmlAttributes, at: number): LineEntry {
  const condition = /\(\s*(\d{1,9})\s*\/\s*(\d{1,9})\s*\)/.exec(attributes.get("condition-coverage") ?? "");
  return {
    number: parseCount(attributes.get("number")) ?? 0,
    hits: hitsOf(attributes.get("hits")),
    branches: condition === null ? undefined : [Number(condition[1]), Number(condition[2])],
    at,
  };
}

function sumsOf(attributes: XmlAttributes): Declared {
  const sums = (what: string) =>
    tallyOf(parseCount(attributes.get(`${what}-covered`)), parseCount(attributes.get(`${what}-valid`)));
  const lines = sums("lines");
  const branches = sums("branches");
  return { ...(lines === undefined ? {} : { lines }), ...(branches === undefined ? {} : { branches }) };
}

/** Of a report without sums: a ratio is all there is. A branch rate of 0 or 1 is also what tools write for "none". */
function ratesOf(attributes: XmlAttributes): Declared {
  const rate = (what: string) => {
    const value = hitsOf(attributes.get(what));
    return value === undefined ? undefined : tallyOf(Math.round(value * 1e6), 1e6);
  };
  const branches = rate("branch-rate");
  return {
    lines: rate("line-rate"),
    branches: branches?.covered === 0 || branches?.covered === 1e6 ? undefined : branches,
  };
}
