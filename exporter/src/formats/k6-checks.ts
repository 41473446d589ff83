/** How often each check of a k6 summary held, as measures of k6's own spelling: `checks{check:NAME}`. */
import { arrayField, isObject, type JsonObject, numberField, objectField, stringField } from "./json.ts";
import type { K6Measures } from "./k6-metrics.ts";

function checkMeasure(check: JsonObject, group: string, measures: K6Measures): void {
  const [passes, fails] = [numberField(check, "passes"), numberField(check, "fails")];
  const name = stringField(check, "name");
  if (name === undefined || passes === undefined || fails === undefined || passes + fails === 0) return;
  const shown = `checks{check:${group === "" ? "" : `${group}::`}${name}}`;
  measures.add({ name: shown, unit: "ratio", stats: [["value", passes / (passes + fails)]], better: "higher" });
}

export function newChecks(results: JsonObject, measures: K6Measures): void {
  for (const check of arrayField(objectField(results, "checks") ?? {}, "results") ?? [])
    if (isObject(check)) checkMeasure(check, "", measures);
}

/** Groups and checks are lists in handleSummary's data, and tables in the export. */
export function groupChecks(group: JsonObject, measures: K6Measures): void {
  const entriesOf = (key: string): JsonObject[] => {
    const held = arrayField(group, key) ?? Object.values(objectField(group, key) ?? {});
    return held.filter(isObject);
  };
  const path = (stringField(group, "path") ?? "").replace(/^::/, "");
  for (const check of entriesOf("checks")) checkMeasure(check, path, measures);
  for (const child of entriesOf("groups")) groupChecks(child, measures);
}
