/** Each target with all that it is for, and those that nothing measures. */
import type { LastRunRow, Scope } from "../model/store.ts";
import { type Level, worstLevel } from "./levels.ts";
import { judgeTargets, type TargetMatch, type TargetSpec, targetName } from "./targets.ts";

export interface TargetResult extends Omit<TargetMatch, "target"> {
  readonly scope: Scope;
}

export interface TargetReport {
  readonly name: string;
  readonly target: TargetSpec;
  /** The worst of its results; unknown, so never green, when no newest run has a value. */
  readonly level: Level;
  readonly results: readonly TargetResult[];
}

export type Within = { readonly [K in keyof Scope]?: string | undefined };

/** In the order of the targets; results in that of the rows, of which only those within a scope count. */
export function reportTargets(
  targets: readonly TargetSpec[],
  rows: readonly LastRunRow[],
  within: Within = {},
): TargetReport[] {
  const results = targets.map((): TargetResult[] => []);
  for (const row of rows.filter(({ scope }) => isWithin(scope, within)))
    for (const { target, ...match } of judgeTargets(targets, row))
      results[target]!.push({ scope: row.scope, ...match });
  return targets.map((target, i) => ({
    name: targetName(target),
    target,
    level: worstLevel(results[i]!.map(({ level }) => level)),
    results: results[i]!,
  }));
}

const isWithin = (scope: Scope, within: Within): boolean =>
  (Object.keys(scope) as (keyof Scope)[]).every((key) => within[key] === undefined || within[key] === scope[key]);
