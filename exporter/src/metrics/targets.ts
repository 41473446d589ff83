import { judgeTargets, type TargetSpec } from "../analysis/targets.ts";
import type { LastRunRow } from "../model/store.ts";
import { TARGET_STATES } from "./catalogue.ts";
import { type Sample, scopeLabels } from "./last-run.ts";

/** Limits and state of everything in the newest runs that a target is for. A level that is not known is no state: all are 0. */
export function targetSamples(row: LastRunRow, targets: readonly TargetSpec[]): Sample[] {
  return judgeTargets(targets, row).flatMap(({ target: index, current, level }): Sample[] => {
    const { target, critical } = targets[index]!;
    const { benchmark = "", component = "", scenario = "", operation = "", measure, stat, runnerClass = "" } = current;
    const labels = [...scopeLabels(row.scope), benchmark, component, scenario, operation, measure, stat, runnerClass];
    return [
      { family: "measureThreshold", labels: [...labels, "target"], value: target },
      ...(critical === undefined
        ? []
        : [{ family: "measureThreshold" as const, labels: [...labels, "critical"], value: critical }]),
      ...TARGET_STATES.map((state): Sample => {
        return { family: "measureState", labels: [...labels, state], value: level === state ? 1 : 0 };
      }),
    ];
  });
}
