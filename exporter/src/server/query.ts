/** Parameters of requests: text in, validated values out, every problem at once. */
import type { z } from "zod";
import { nearest } from "../config/suggest.ts";
import { AppError, type ErrorCode } from "../errors.ts";

/**
 * The query of a request target. An empty value counts as absent: scripts send `branch=` when their variable is unset.
 * A name given twice is refused, since one of the two would be ignored silently.
 */
export function queryOf(target: string | undefined): Record<string, string> {
  const start = target?.indexOf("?") ?? -1;
  if (target === undefined || start === -1) return {};
  const found = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(target.slice(start + 1))) {
    if (value === "") continue;
    if (found.has(name)) throw new AppError("REQUEST_INVALID", `parameter ${quoted(name)} is given twice`);
    found.set(name, value);
  }
  return Object.fromEntries(found);
}

/** Parses with a strict schema; problems with values get `code`, unknown names are always REQUEST_INVALID. */
export function parseParameters<T extends z.ZodObject>(
  schema: T,
  values: unknown,
  code: ErrorCode = "REQUEST_INVALID",
): z.output<T> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const known = Object.keys(schema.shape);
  let unknown = false;
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [`${issue.path.join(".") || "body"}: ${lower(issue.message)}`];
    unknown = true;
    return issue.keys.slice(0, 5).map((key) => {
      const near = nearest(key, known);
      const help =
        known.length === 0
          ? "there are none here"
          : near === undefined
            ? `known are ${known.join(", ")}`
            : `did you mean ${quoted(near)}?`;
      return `unknown parameter ${quoted(key)}; ${help}`;
    });
  });
  throw new AppError(unknown ? "REQUEST_INVALID" : code, problems.slice(0, 10).join("; "));
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

const lower = (text: string): string =>
  text.replace(/^Invalid (input|option|string|number): /, "").replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase());
