/** The lines of Prometheus' text format and of OpenMetrics. */
import { headLines } from "./benchmark-lines.ts";
import { type Labels, parseLabels } from "./measure-samples.ts";

const FAMILY = /^# (?:TYPE [A-Za-z_:][\w:]* [a-z]+$|HELP [A-Za-z_:][\w:]* |UNIT [A-Za-z_:][\w:]* [a-z_]+$)/;

/** Whether the text is of these formats: it describes a metric, and hardly a line is neither comment nor sample. */
export function isExposition(head: string): boolean {
  const lines = headLines(head).filter((line) => line !== "");
  if (!lines.some((line) => FAMILY.test(line))) return false;
  const others = lines.filter((line) => !line.startsWith("#") && parseSample(line) === undefined);
  return others.length * 10 <= lines.length;
}

export interface ExpositionSample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const NAME = /[A-Za-z_:][\w:]*/y;

/** Undefined when the line is no sample. Time stamps and exemplars are left out. `{"name", label="x"}` is the form of UTF-8 names. */
export function parseSample(text: string): ExpositionSample | undefined {
  NAME.lastIndex = 0;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return undefined;
  const braces = /\s*\{/y;
  braces.lastIndex = name.length;
  const labelled = braces.test(text) ? parseLabels(text, braces.lastIndex - 1) : undefined;
  if (braces.lastIndex > 0 && labelled === undefined) return undefined;
  const rest = /^\s+(\S+)(?:\s+-?\d+(?:\.\d+)?)?(?:\s+#\s.*)?\s*$/.exec(` ${text.slice(labelled?.end ?? name.length)}`);
  if (rest === null || (labelled === undefined && !/^\s/.test(text.slice(name.length)))) return undefined;
  const value = sampleValue(rest[1]!);
  return value === undefined ? undefined : { name, labels: labelled?.labels ?? [], value };
}

function sampleValue(text: string): number | undefined {
  const special = /^([-+]?)(nan|inf(?:inity)?)$/i.exec(text);
  if (special !== null) {
    if (special[2]!.toLowerCase() === "nan") return Number.NaN;
    return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

export type FamilyType = "counter" | "gauge" | "histogram" | "summary" | "unknown" | "other";

export interface FamilyHeader {
  readonly keyword: "TYPE" | "UNIT" | "EOF";
  readonly name: string;
  readonly text: string;
}

/** `# TYPE name type`, `# UNIT name unit`, `# EOF`; undefined for HELP and other comments. */
export function parseHeader(text: string): FamilyHeader | undefined {
  if (/^# EOF\s*$/.test(text)) return { keyword: "EOF", name: "", text: "" };
  const match = /^#\s+(TYPE|UNIT)\s+([A-Za-z_:][\w:]*)\s+(\S+)\s*$/.exec(text);
  return match === null ? undefined : { keyword: match[1] as "TYPE" | "UNIT", name: match[2]!, text: match[3]! };
}

export function familyType(text: string): FamilyType {
  if (text === "untyped") return "unknown";
  return ["counter", "gauge", "histogram", "summary", "unknown"].includes(text) ? (text as FamilyType) : "other";
}
