/** The diagnostics below a test point: YAML as TAP producers write it, of which a few top-level fields are read. */
import { type Failure, MAX_MESSAGE, MAX_STACK } from "../model/test.ts";
import { toBase } from "../model/units.ts";
import { BoundedText, cut, failureOf } from "./text.ts";

const MAX_FIELDS = 100;

/** Collects the lines between `---` and `...`. */
export class TapYaml {
  readonly indent: number;
  readonly #fields = new Map<string, BoundedText>();
  #current: BoundedText | undefined;

  constructor(indent: number) {
    this.indent = indent;
  }

  add(text: string): void {
    const line = text.slice(0, this.indent).trim() === "" ? text.slice(this.indent) : text.trimStart();
    const match = /^(?: {2})?([A-Za-z_][\w-]{0,60}):(?: +(.*))?$/.exec(line);
    const isTop = match !== null && (!line.startsWith("  ") || this.#fields.size === 0 || this.#deep);
    if (match !== null && isTop) {
      // tape indents its fields by two.
      if (this.#fields.size === 0) this.#deep = line.startsWith("  ");
      if (this.#fields.size >= MAX_FIELDS) return;
      this.#current = new BoundedText(MAX_STACK);
      this.#fields.set(match[1]!, this.#current);
      const value = match[2]?.trim() ?? "";
      if (!/^[|>][-+]?\d?$/.test(value)) this.#current.add(unquote(value));
      return;
    }
    this.#current?.add(`${this.#current.isEmpty ? "" : "\n"}${line.replace(this.#deep ? /^ {2,6}/ : /^ {2}/, "")}`);
  }
  #deep = false;

  get(name: string): string | undefined {
    const text = this.#fields.get(name)?.toString().trim();
    return text === undefined || text === "" || text === "~" || text === "null" ? undefined : text;
  }

  get seconds(): number | undefined {
    const ms = Number(this.get("duration_ms") ?? Number.NaN);
    return Number.isFinite(ms) && ms >= 0 ? toBase(ms, { unit: "seconds", factor: 1e-3 }) : undefined;
  }

  /** `file:line`, from whichever field has it. */
  get place(): { file: string; line: number } | undefined {
    const text = this.get("location") ?? this.get("at") ?? "";
    const match = /(?:^|\()(?:file:\/\/)?([^\s():]+):(\d+)(?::\d+)?\)?$/.exec(text);
    if (match !== null) return { file: match[1]!, line: Number(match[2]) };
    const name = /^\s*(?:fileName|file): (.+)$/m.exec(text)?.[1] ?? this.get("file");
    const line = /^\s*(?:lineNumber|line): (\d+)$/m.exec(text)?.[1] ?? this.get("line");
    return name === undefined || line === undefined || !/^\d{1,9}$/.test(line)
      ? undefined
      : { file: name, line: Number(line) };
  }

  failure(description: string, comments: string): Failure {
    const message = this.get("error") ?? this.get("message") ?? "";
    const diff = this.get("diff");
    const stack = [this.get("stack"), comments].filter((text) => text !== undefined && text !== "").join("\n");
    const failure = failureOf(
      [message === "" ? description : message, diff].filter((text) => text !== undefined && text !== "").join("\n"),
      stack,
      this.get("name") ?? undefined,
    );
    const expected = this.get("expected") ?? this.get("wanted");
    const actual = this.get("actual") ?? this.get("found");
    return {
      ...failure,
      message: cut(failure.message, MAX_MESSAGE),
      ...(expected === undefined || actual === undefined
        ? {}
        : { expected: cut(expected, 2_000), actual: cut(actual, 2_000) }),
    };
  }
}

function unquote(value: string): string {
  if (/^'.*'$/s.test(value)) return value.slice(1, -1).replaceAll("''", "'");
  if (/^".*"$/s.test(value)) return value.slice(1, -1).replaceAll('\\"', '"').replaceAll("\\n", "\n");
  return value;
}
