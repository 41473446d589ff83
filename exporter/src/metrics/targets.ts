import { judgeTargets, type TargetSpec } from "../analysis/targets.ts";
import type { LastRunRow } from "../model/store.ts";
import { TARGET_STATES } from "./catalogue.ts";
import { type Sample, scopeLabels } from "./last-run.ts";

/**
 * Value, limits and state of everything in the newest runs that a target is for. A level that is not known is no state: all are 0; a
 * value that is not known has no series.
 */
export function targetSamples(row: LastRunRow, targets: readonly TargetSpec[]): Sample[] {
  return judgeTargets(targets, row).flatMap(({ target: index, current, level }): Sample[] => {
    const { target, critical } = targets[index]!;
    const { benchmark = "", component = "", scenario = "", operation = "", measure, stat, runnerClass = "" } = current;
    const labels = [...scopeLabels(row.scope), benchmark, component, scenario, operation, measure, stat, runnerClass];
    return [
      ...(Number.isFinite(current.value) ? [{ family: "measureCurrent" as const, labels, value: current.value }] : []),
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
