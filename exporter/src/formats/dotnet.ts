/** What the reports of .NET test frameworks have in common. */
import { MAX_NAME } from "../model/test.ts";
import { parseSeconds } from "./numbers.ts";
import { cut, own } from "./text.ts";

/** The file name of an assembly: runners write its whole path, which differs between machines. */
export function assemblyName(path: string): string {
  const base = path
    .replace(/[\\/]+$/, "")
    .split(/[\\/]/)
    .at(-1);
  return own(cut(base === undefined || base === "" ? path : base, MAX_NAME));
}

/** `System.DivideByZeroException : Attempted …`, also behind MSTest's "Test method X threw exception:". */
export function exceptionType(message: string): string | undefined {
  return /^\s*(?:Test method [^\n]{1,500} threw exception:\s*)?([A-Za-z_][\w.+`]{1,200}(?:Exception|Error)) ?:/.exec(
    message,
  )?.[1];
}

/**
 * `Ns.Class<System.Int32>("a.b").Method(1.5)` as class and method: at the last dot outside of brackets and quotes. No class
 * when there is no such dot.
 */
export function splitTestName(full: string): { className: string | undefined; name: string } {
  let depth = 0;
  let quote = "";
  let dot = -1;
  for (let i = 0; i < full.length; i++) {
    const c = full[i]!;
    if (quote !== "") {
      if (c === "\\") i++;
      else if (c === quote) quote = "";
    } else if (c === '"') quote = c;
    else if (c === "(" || c === "<" || c === "[") depth++;
    else if (c === ")" || c === ">" || c === "]") depth--;
    else if (c === " " && depth === 0) break;
    else if (c === "." && depth === 0) dot = i;
  }
  if (dot <= 0 || dot === full.length - 1) return { className: undefined, name: full };
  return { className: full.slice(0, dot), name: full.slice(dot + 1) };
}

/** A .NET TimeSpan, `[d.]hh:mm:ss[.fffffff]`, in seconds; undefined when it is none. */
export function parseTimeSpan(text: string): number | undefined {
  const days = /^\s*(\d{1,8})\.(?=\d{1,2}:)/.exec(text);
  const rest = parseSeconds(days === null ? text : text.slice(days[0].length));
  return rest === undefined ? undefined : rest + Number(days?.[1] ?? 0) * 86_400;
}
