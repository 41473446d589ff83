/** A YAML file as plain data, whose problems can be told with their places. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { AppError } from "../errors.ts";
import { formatPath } from "./describe.ts";
import { type Finding, show } from "./problems.ts";

/** `path` is empty when the problem is the file as a whole. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly path: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** When it is another one than the configuration itself. */
  readonly file?: string | undefined;
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
    super("CONFIG_INVALID", text, { file: first?.file ?? file, line: first?.line, column: first?.column });
    this.problems = problems;
  }
}

/** `gates[2].maxIncrease: expected …` */
export function formatProblem(problem: ConfigProblem): string {
  return problem.path === "" ? problem.message : `${problem.path}: ${problem.message}`;
}

export interface YamlFile {
  /** A mapping; empty for an empty file. */
  readonly data: Readonly<Record<string, unknown>>;
  /** With places, in file order. */
  problemsOf(findings: readonly Finding[]): ConfigProblem[];
}

/** Throws ConfigError for text that is no YAML mapping. */
export function readYaml(text: string, file: string): YamlFile {
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
  return {
    data: data as Record<string, unknown>,
    problemsOf: (findings) =>
      findings
        .map((finding): ConfigProblem => {
          const offset = offsetOf(document, finding);
          const where = offset === undefined ? { line: undefined, column: undefined } : place(offset);
          return { path: formatPath(finding.path), ...where, message: finding.message };
        })
        .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)),
  };
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
