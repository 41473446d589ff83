/** Holds data against the schema and the rules that types cannot express. */
import type { $ZodIssue } from "zod/v4/core";
import type { ConfigPath } from "./describe.ts";
import { type Finding, findingsOf, valueAt } from "./problems.ts";
import { checkRules } from "./rules.ts";
import { type Config, configSchema } from "./schema.ts";

export type Validated = { readonly config: Config } | { readonly findings: readonly Finding[] };

export function validate(data: object): Validated {
  const result = configSchema.safeParse(data);
  const findings = result.success ? [] : findingsOf(result.error.issues, data);
  findings.push(...ruleFindings(result.success ? result.data : undefined, data, findings));
  return result.success && findings.length === 0 ? { config: result.data } : { findings };
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
