/** Turns what the schema refuses into lines a user can act on: what was expected, what was found, what to write instead. */
import { z } from "zod";
import { type ConfigPath, expectation, type SchemaNode, schemaAt } from "./describe.ts";
import { nearest } from "./suggest.ts";

/** A problem before it has a place in the file. `at: "key"` points at the key itself instead of its value. */
export interface Finding {
  readonly path: ConfigPath;
  readonly message: string;
  readonly at: "key" | "value";
}

/** One finding per problem; an issue about several unknown keys becomes several. */
export function findingsOf(issues: readonly z.core.$ZodIssue[], data: unknown): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key]));
    const found = valueAt(data, path);
    const node = schemaAt(path);
    const expected = node === undefined ? issue.message : expectation(node);
    if (found === undefined) return [{ path, at: "value", message: `missing: expected ${expected}` }];
    // A pattern or a custom rule says more than the type does.
    if (issue.code === "custom") return [{ path, at: "value", message: issue.message }];
    if (issue.code === "invalid_format" && issue.format === "regex") {
      return [{ path, at: "value", message: `${issue.message}, got ${show(found)}` }];
    }
    const hint = node === undefined ? undefined : advice(node, found, String(path.at(-1) ?? ""));
    return [{ path, at: "value", message: `expected ${expected}, got ${show(found)}${hint ? `; ${hint}` : ""}` }];
  });
}

function unknownKey(path: ConfigPath): Finding {
  const key = String(path.at(-1));
  const known = Object.keys(schemaAt(path.slice(0, -1))?.properties ?? {});
  const near = nearest(key, known);
  const elsewhere = near === undefined ? pathsOfKey(key) : [];
  const hint =
    near !== undefined
      ? `did you mean ${near}?`
      : elsewhere.length > 0
        ? `it belongs at ${elsewhere.join(" or ")}`
        : `known here: ${known.join(", ")}`;
  return { path, at: "key", message: `unknown key; ${hint}` };
}

/** Where else a key of that name exists: a wrong indentation is a common slip. */
function pathsOfKey(key: string): string[] {
  const found: string[] = [];
  const walk = (node: SchemaNode, path: string) => {
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      const here = path === "" ? name : `${path}.${name}`;
      if (name === key) found.push(here);
      walk(child, here);
      if (child.items !== undefined) walk(child.items, `${here}[]`);
    }
  };
  const root = schemaAt([]);
  if (root !== undefined) walk(root, "");
  return found;
}

/** `try …`, when what was meant can be told. */
function advice(node: SchemaNode, found: unknown, key: string): string | undefined {
  if (node.enum !== undefined) {
    const near = typeof found === "string" ? nearest(found, node.enum.map(String)) : undefined;
    return near === undefined ? undefined : `try ${near}`;
  }
  if (node.type === "array" && (typeof found === "string" || typeof found === "number") && fits(node.items, found)) {
    return `try [${show(found)}]`;
  }
  if (node.type === "boolean" && typeof found === "string") {
    if (/^(yes|on|y|true)$/i.test(found)) return "try true";
    if (/^(no|off|n|false)$/i.test(found)) return "try false";
  }
  if (node.type === "string" && (typeof found === "number" || typeof found === "boolean")) return `try "${found}"`;
  if (node.type !== "number" && node.type !== "integer") return undefined;
  const value = typeof found === "string" ? numberMeant(found, key) : percentMeant(node, found);
  return value !== undefined && fits(node, value) ? `try ${value}` : undefined;
}

function percentMeant(node: SchemaNode, found: unknown): number | undefined {
  const isRatio = node.minimum === 0 && node.maximum === 1;
  return isRatio && typeof found === "number" && found > 1 && found <= 100 ? round(found / 100) : undefined;
}

const SCALES: readonly { key: RegExp; units: Readonly<Record<string, number>> }[] = [
  {
    key: /Seconds$/,
    units: { ms: 0.001, s: 1, sec: 1, seconds: 1, m: 60, min: 60, h: 3600, d: 86_400 },
  },
  {
    key: /Bytes$/,
    units: {
      b: 1,
      ...{ k: 1024, kb: 1000, kib: 1024, m: 1024 ** 2, mb: 1000 ** 2, mib: 1024 ** 2 },
      ...{ g: 1024 ** 3, gb: 1000 ** 3, gib: 1024 ** 3 },
    },
  },
];

/** The number inside `5%`, `200ms`, `512 MiB`, `"3"`; undefined when the text is something else. */
function numberMeant(text: string, key: string): number | undefined {
  const match = /^\s*(-?[\d_]+(?:[.,]\d+)?)\s*(%|[a-z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]?.replaceAll("_", "").replace(",", "."));
  const unit = match[2]?.toLowerCase() ?? "";
  if (unit === "") return value;
  if (unit === "%") return round(value / 100);
  const units = SCALES.find((scale) => scale.key.test(key))?.units ?? {};
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return factor === undefined ? undefined : round(value * factor);
}

const round = (value: number): number => Number(value.toPrecision(12));

function fits(node: SchemaNode | undefined, value: unknown): boolean {
  return node !== undefined && z.fromJSONSchema(node as never).safeParse(value).success;
}

/** The value as the user would recognise it, short. */
export function show(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function valueAt(data: unknown, path: ConfigPath): unknown {
  let value = data;
  for (const step of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
