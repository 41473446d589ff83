/** Reads a configuration file and reports everything that is wrong with it at once, each problem with its place. */
import { readFile } from "node:fs/promises";
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { $ZodIssue } from "zod/v4/core";
import { AppError } from "../errors.ts";
import { type ConfigPath, formatPath } from "./describe.ts";
import { type Finding, findingsOf, show, valueAt } from "./problems.ts";
import { checkRules } from "./rules.ts";
import { type Config, configSchema, defaultConfig } from "./schema.ts";

/** `path` is empty when the problem is the file as a whole. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly path: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Without the path: `expected a ratio from 0 to 1, got "5%"; try 0.05`. */
  readonly message: string;
}

/** CONFIG_INVALID with all problems, in file order. */
export class ConfigError extends AppError {
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const [first] = problems;
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const text = first === undefined ? count : `${count}: ${formatProblem(first)}${problems.length > 1 ? " …" : ""}`;
    super("CONFIG_INVALID", text, { file, line: first?.line, column: first?.column });
    this.problems = problems;
  }
}

/** `gates[2].maxIncrease: expected …` */
export function formatProblem(problem: ConfigProblem): string {
  return problem.path === "" ? problem.message : `${problem.path}: ${problem.message}`;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file it came from; undefined: defaults. */
  readonly path: string | undefined;
}

/** A configuration is a few kilobytes; more is a mistake such as naming a report. */
const MAX_CONFIG_BYTES = 4 * 1024 ** 2;

/** Throws ConfigError, INPUT_NOT_FOUND, INPUT_UNREADABLE. An empty file is the defaults. */
export async function loadConfig(path: string | undefined): Promise<LoadedConfig> {
  if (path === undefined) return { config: defaultConfig(), path };
  return { config: parseConfig(await read(path), path), path };
}

async function read(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") {
      throw new AppError("INPUT_NOT_FOUND", "no such configuration file", { file: path }, { cause });
    }
    throw new AppError("INPUT_UNREADABLE", `configuration cannot be read (${String(code)})`, { file: path }, { cause });
  }
  if (bytes.length > MAX_CONFIG_BYTES) {
    throw new AppError("INPUT_TOO_LARGE", `a configuration of ${bytes.length} bytes`, { file: path });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const problem = { path: "", line: undefined, column: undefined, message: "expected UTF-8 text" };
    throw cause instanceof TypeError ? new ConfigError(path, [problem]) : cause;
  }
}

/** As `loadConfig`, from text; `file` is for messages. */
export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const syntax = [...document.errors, ...document.warnings].map(
    (error): ConfigProblem => ({ path: "", ...place(error.pos[0]), message: syntaxMessage(error) }),
  );
  // What a broken document seems to contain would only produce follow-up problems.
  if (syntax.length > 0) throw new ConfigError(file, withoutRepeats(syntax));

  const data = plainData(document, file) ?? {};
  if (typeof data !== "object" || Array.isArray(data)) {
    const message = `expected a mapping (key: value), got ${show(data)}`;
    throw new ConfigError(file, [{ path: "", line: 1, column: 1, message }]);
  }
  const result = configSchema.safeParse(data);
  const findings = result.success ? [] : findingsOf(result.error.issues, data);
  findings.push(...ruleFindings(result.success ? result.data : undefined, data, findings));
  if (result.success && findings.length === 0) return result.data;

  const problems = findings.map((finding) => {
    const offset = offsetOf(document, finding);
    const where = offset === undefined ? { line: undefined, column: undefined } : place(offset);
    return { path: formatPath(finding.path), ...where, message: finding.message };
  });
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  throw new ConfigError(file, problems);
}

/** The parser says the same of every level it is inside; once a line is enough. */
function withoutRepeats(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.line}:${problem.message}`, problem])).values()];
}

function syntaxMessage(error: { readonly code: string; readonly message: string }): string {
  if (error.code === "DUPLICATE_KEY") return "the key is there twice; keep one of them";
  if (error.message.startsWith("Maximum call stack")) return "nested too deeply";
  if (error.code === "MULTIPLE_DOCS") return "expected one document; remove the second '---'";
  return error.message.split("\n", 1)[0] ?? error.code;
}

function plainData(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    // yaml throws ReferenceError for alias bombs and unresolved aliases; RangeError is nesting beyond the stack.
    if (!(cause instanceof Error) || !["ReferenceError", "RangeError"].includes(cause.name)) throw cause;
    const message = cause.name === "RangeError" ? "nested too deeply" : cause.message;
    throw new ConfigError(file, [{ path: "", line: undefined, column: undefined, message }]);
  }
}

/**
 * Rules need a whole configuration. When types are wrong, the wrong values are left out (their defaults stand in), and
 * what rests on a left-out value is not reported.
 */
function ruleFindings(valid: Config | undefined, data: object, wrong: readonly Finding[]): Finding[] {
  const written = (path: ConfigPath) => valueAt(data, path) !== undefined;
  if (valid !== undefined) return checkRules(valid, written);
  const { config, removed } = pruned(data);
  if (config === undefined) return [];
  const rests = (path: ConfigPath) =>
    [...removed, ...wrong.map((finding) => finding.path)].some((bad) => overlaps(path, bad));
  return checkRules(config, written).filter(({ path, involves }) => ![path, ...involves].some(rests));
}

const overlaps = (a: ConfigPath, b: ConfigPath): boolean => {
  const shorter = Math.min(a.length, b.length);
  return a.slice(0, shorter).every((step, i) => step === b[i]);
};

/** Removes first the wrong keys, then the lists around them, then whole sections, until what is left is valid. */
function pruned(data: object): { config: Config | undefined; removed: readonly ConfigPath[] } {
  const copy = structuredClone(data);
  const removed: ConfigPath[] = [];
  const scopes: ((path: ConfigPath) => ConfigPath)[] = [
    (path) => path,
    (path) =>
      path.slice(
        0,
        Math.max(
          1,
          path.findIndex((step) => typeof step === "number"),
        ),
      ),
    (path) => path.slice(0, 1),
  ];
  for (const scope of scopes) {
    const result = configSchema.safeParse(copy);
    if (result.success) return { config: result.data, removed };
    for (const path of result.error.issues.flatMap(pathsOfIssue)) {
      const target = scope(path);
      if (target.length > 0 && typeof target.at(-1) === "string") {
        removed.push(target);
        const parent = valueAt(copy, target.slice(0, -1));
        if (parent !== null && typeof parent === "object") Reflect.deleteProperty(parent, target.at(-1) ?? "");
      }
    }
  }
  const last = configSchema.safeParse(copy);
  return { config: last.success ? last.data : undefined, removed };
}

function pathsOfIssue(issue: $ZodIssue): ConfigPath[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
}

/** Offset of the value, else of its key, else of the nearest thing around it that the file has. */
function offsetOf(document: Document, finding: Finding): number | undefined {
  let node: Node | null | undefined = document.contents as Node | null;
  let offset = node?.range?.[0];
  for (const [depth, step] of finding.path.entries()) {
    const here: unknown = isAlias(node) ? node.resolve(document) : node;
    let next: Node | null | undefined;
    if (isMap(here)) {
      const pair = here.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step));
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      if (finding.at === "key" && depth === finding.path.length - 1) return offset;
      next = pair.value as Node | null;
    } else if (isSeq(here) && typeof step === "number") {
      next = here.items[step] as Node | undefined;
    } else return offset;
    node = next;
    // A mapping starts at its first key on the next line; its own key is the better place.
    if (node?.range && (!isMap(node) || typeof step === "number")) offset = node.range[0];
  }
  return offset;
}
