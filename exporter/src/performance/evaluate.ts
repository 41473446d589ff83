/** The verdict of a cycle: every scenario against its targets, its course, and what may have held it back. */
import { contentionHints } from "../analysis/performance/contention.ts";
import { type CourseVerdict, courseOf } from "../analysis/performance/course.ts";
import { blockersOf, type Kpi, performanceNotes, type ScenarioFigures } from "../analysis/performance/notes.ts";
import { type CurrentValue, judgeTargets, type TargetSpec } from "../analysis/targets.ts";
import { ALL_OPERATIONS, type LoadResult } from "../model/load.ts";
import type { Cycle, ScenarioRecord } from "./cycle.ts";

export interface EvaluateOptions {
  readonly targets: readonly TargetSpec[];
  /** Latency that rises by more in the course of a run is a finding. */
  readonly degradationRatio: number;
  /** Shown before a scenario's folder in notes. */
  readonly home: string;
}

/** The cycle with everything that `end` finds; the status is `done` only when no finding is left. Does not touch the clock or files. */
export function evaluate(cycle: Cycle, options: EvaluateOptions, endedAtMs: number): Cycle {
  const scenarios = cycle.scenarios.map((record) => evaluated(cycle, record, options));
  const figures = scenarios.map((record) => figuresOf(record, options.home));
  const notes = figures.flatMap((one) => performanceNotes(cycle.component, one));
  const blockers = [
    ...(cycle.build.expected !== undefined && !cycle.build.verified ? [`build: ${cycle.build.problem}`] : []),
    ...blockersOf(figures),
  ];
  const status = notes.length + blockers.length === 0 ? "done" : "done_with_performance_issues";
  return { ...cycle, status, endedAtMs, scenarios, notes, blockers };
}

function evaluated(cycle: Cycle, record: ScenarioRecord, options: EvaluateOptions): ScenarioRecord {
  const kpis = kpisOf(cycle.component, record, options.targets);
  const course = latencyCourse(record.loads, options.degradationRatio);
  const suffering =
    course.kind === "worse" ||
    kpis.some(
      ({ measure, verdict }) => measure === "latency" && verdict.level !== "green" && verdict.level !== "unknown",
    );
  return { ...record, kpis, course, hints: contentionHints(record.resources, suffering) };
}

const figuresOf = (record: ScenarioRecord, home: string): ScenarioFigures => ({
  name: record.name,
  state: record.state,
  missed: record.missed ?? [],
  kpis: record.kpis ?? [],
  course: record.course ?? { kind: "insufficient-data", have: 0, need: 0 },
  hints: record.hints ?? [],
  reference: `${home}/${record.folder}`,
});

/**
 * Targets of the cycle's component and scenario, and general ones. A general target that no report has a value for is of another
 * kind of test; one that names the component or the scenario was meant, so it is unknown.
 */
function kpisOf(component: string, record: ScenarioRecord, all: readonly TargetSpec[]): Kpi[] {
  const meant = all.filter(
    (target) =>
      (target.component === undefined || target.component === component) &&
      (target.scenario === undefined || target.scenario === record.name || hasScenario(record.loads, target.scenario)),
  );
  // What the cycle itself says is settled; what a report names differently would hide the match.
  const targets = meant.map(({ component: _, project: __, suite: ___, scenario, ...target }) => ({
    ...target,
    ...(scenario === undefined || scenario === record.name ? {} : { scenario }),
  }));
  const matches = judgeTargets(targets, {
    scope: { project: "", suite: "", environment: "", branch: "" },
    framework: undefined,
    run: undefined,
    coverage: undefined,
    measures: record.measures.map((measure) => ({ ...measure, component: undefined })),
    load: record.loads,
  });
  const kpis = matches.map(({ target: place, current, level, near, margin, reason: _ }): Kpi => {
    const spec = targets[place]!;
    return {
      operation: placeOf(current, record.name),
      measure: current.measure,
      stat: current.stat,
      unit: current.unit,
      target: boundsOf(spec),
      actual: current.value,
      verdict: { level, near, margin },
    };
  });
  const answered = new Set(matches.map(({ target }) => target));
  meant.forEach((spec, place) => {
    if (answered.has(place) || (spec.component === undefined && spec.scenario === undefined)) return;
    kpis.push({
      operation: spec.operation ?? spec.benchmark,
      measure: spec.measure,
      stat: spec.stat ?? "value",
      unit: spec.measure === "latency" ? "seconds" : "value",
      target: boundsOf(spec),
      actual: undefined,
      verdict: { level: "unknown", near: false, margin: undefined },
    });
  });
  return kpis;
}

/** What a value is of, where that is not the scenario as a whole. */
function placeOf({ scenario, operation, benchmark }: CurrentValue, name: string): string | undefined {
  const parts = [
    scenario === name ? undefined : scenario,
    operation === ALL_OPERATIONS ? undefined : operation,
    benchmark,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(" > ");
}

const hasScenario = (loads: readonly LoadResult[], name: string): boolean =>
  loads.some(({ scenario }) => scenario === name);

const boundsOf = ({ target, critical, direction, inclusive }: TargetSpec): Kpi["target"] => ({
  target,
  critical,
  better: direction === "higher_is_worse" ? "lower" : "higher",
  inclusive,
});

/** Of the scenario as a whole, else of its busiest operation. */
function latencyCourse(loads: readonly LoadResult[], minimumChange: number): CourseVerdict {
  const withSlices = loads.filter(({ slices }) => slices !== undefined && slices.length > 0);
  const whole = withSlices.find(({ operation }) => operation === undefined);
  const busiest = [...withSlices].sort((a, b) => (b.requests ?? 0) - (a.requests ?? 0))[0];
  const slices = (whole ?? busiest)?.slices ?? [];
  const points = slices.flatMap(({ startedAtMs, avgSeconds }) =>
    avgSeconds === undefined ? [] : [{ atMs: startedAtMs, value: avgSeconds }],
  );
  return courseOf(points, { better: "lower", minimumChange });
}
