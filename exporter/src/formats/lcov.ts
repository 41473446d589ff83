import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type FileBuilder, hitsOf, tallyOf } from "./coverage-files.ts";
import { readLines } from "./lines.ts";
import { parseCount } from "./numbers.ts";
import { jsonShape, xmlShape } from "./sniff.ts";

/**
 * LCOV tracefiles, of lcov 1 and 2 and the many tools that write them. Lines, functions and branches are counted from their
 * own records; the sums (LF, LH, …) serve only where a section has no such record. A section that never ends was cut.
 */
export const lcov: Format = {
  id: "lcov",
  title: "LCOV tracefile",
  yields: "coverage",
  tools: ["lcov", "coverage.py", "nyc", "c8", "Vitest", "Jest", "gcovr", "cargo llvm-cov", "Dart"],
  extensions: ["info", "lcov"],
  reads: "stream",
  notes: "Sections of one file are joined, so tracefiles may be concatenated.",
  sniff: (head) => {
    if (!/^SF:./m.test(head) || xmlShape(head) !== undefined || jsonShape(head) !== undefined) return "no";
    return /^(DA:\d+,-?\d|end_of_record\s*$|LF:\d|FN:\d|BRDA:\d)/m.test(head) ? "certain" : "maybe";
  },
  parse: parseLcov,
};

/** Of lines, functions and branches: found and hit. */
type Sum = "LF" | "LH" | "FNF" | "FNH" | "BRF" | "BRH";

interface Section {
  readonly file: FileBuilder;
  /** By name (lcov 1) or index (lcov 2). */
  readonly functions: Map<string, { line: number; covered: boolean }>;
  readonly sums: { [kind in Sum]?: number | undefined };
}

async function parseLcov(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const files = new CoverageFiles(sink);
  let section: Section | undefined;
  let incomplete: string | undefined;
  let noise = 0;
  sink.begin({});
  const close = (): void => {
    if (section !== undefined) finish(section);
    section = undefined;
  };
  await readLines(source, limits, ({ text, number, last }) => {
    if (section !== undefined && text.startsWith("DA:")) {
      // Nine of ten lines.
      lineRecord(section.file, text, number);
      return;
    }
    const line = text.trim();
    if (line === "" || line.startsWith("#")) return;
    if (line === "end_of_record") {
      close();
      return;
    }
    const at = line.indexOf(":");
    const kind = line.slice(0, at);
    const rest = line.slice(at + 1);
    if (kind === "SF") {
      if (section !== undefined) incomplete = `the section before line ${number} has no end_of_record`;
      close();
      section = { file: files.file(rest), functions: new Map(), sums: {} };
    } else if (kind === "TN" && section === undefined) return;
    else if (section === undefined || !record(section, kind, rest, number)) {
      if (!last && ++noise <= 3)
        sink.warn({ code: "NOISE_SKIPPED", message: "a line that is no record of a tracefile", line: number });
    }
  });
  if (section !== undefined) incomplete = "the last section has no end_of_record";
  close();
  if (noise > 3) sink.warn({ code: "NOISE_SKIPPED", message: `${noise} lines are no records of a tracefile` });
  if (incomplete !== undefined) sink.warn({ code: "INCOMPLETE", message: incomplete });
  const meta: ReportMeta = incomplete === undefined ? {} : { state: "partial", stateMessage: incomplete };
  files.finish(meta);
}

/** DA:line,hits and maybe a checksum. */
function lineRecord(file: FileBuilder, text: string, number: number): void {
  const comma = text.indexOf(",", 3);
  const end = comma === -1 ? -1 : text.indexOf(",", comma + 1);
  const line = Number(text.slice(3, comma === -1 ? undefined : comma));
  const hits = comma === -1 ? undefined : hitsOf(text.slice(comma + 1, end === -1 ? undefined : end));
  file.lines(line, line, hits, number);
}

/** False when it is no record that is known. */
function record(section: Section, kind: string, rest: string, number: number): boolean {
  const { file, functions, sums } = section;
  switch (kind) {
    case "FN": // line,name or line,end,name
    case "FNL": {
      const match = kind === "FN" ? /^(\d+),(?:\d+,)?(.*)$/.exec(rest) : /^(\d+),(\d+)/.exec(rest);
      if (match === null) return false;
      const [line, name] = kind === "FN" ? [match[1], match[2]!] : [match[2], match[1]!];
      // lcov knows functions by name: the second of a name is the same again.
      const known = functions.get(name);
      if (known === undefined) functions.set(name, { line: Number(line), covered: false });
      else if (known.line === -1) known.line = Number(line);
      return true;
    }
    case "FNDA": // count,name
    case "FNA": {
      const match = kind === "FNDA" ? /^([^,]*),(.*)$/.exec(rest) : /^(\d+),([^,]*)/.exec(rest);
      if (match === null) return false;
      const [hits, name] = kind === "FNDA" ? [match[1], match[2]!] : [match[2], match[1]!];
      let known = functions.get(name);
      if (known === undefined) {
        known = { line: -1, covered: false };
        functions.set(name, known);
      }
      if (file.covered(hitsOf(hits), number)) known.covered = true;
      return true;
    }
    case "BRDA": {
      // line,block,branch,taken: "-" when the line was never reached; a branch may be text that holds commas.
      const line = parseCount(rest.slice(0, rest.indexOf(",")));
      const taken = rest.slice(rest.lastIndexOf(",") + 1);
      if (line === undefined) return false;
      file.branch(line, taken !== "-" && file.covered(hitsOf(taken), number));
      return true;
    }
    case "LF":
    case "LH":
    case "FNF":
    case "FNH":
    case "BRF":
    case "BRH":
      sums[kind] = parseCount(rest);
      return true;
    default:
      return /^(TN|VER|MCDC|MCF|MCH)$/.test(kind);
  }
}

function finish({ file, functions, sums }: Section): void {
  for (const { line, covered } of functions.values()) file.function(Math.max(0, line), covered);
  const sum = (hit: Sum, found: Sum) => {
    const tally = tallyOf(sums[hit], sums[found]);
    return tally?.total === 0 ? undefined : tally;
  };
  file.done({ lines: sum("LH", "LF"), branches: sum("BRH", "BRF"), functions: sum("FNH", "FNF") });
}
