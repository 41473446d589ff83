/** What a scenario's figures say: KPI by KPI, findings as performance notes (R3), and what keeps a release back. */
import type { Unit } from "../../model/measure.ts";
import { quantity } from "../../model/quantity.ts";
import type { LevelVerdict, Target } from "../levels.ts";
import type { ContentionHint } from "./contention.ts";
import type { CourseVerdict } from "./course.ts";

/** One target of a scenario and what was measured. */
export interface Kpi {
  readonly operation: string | undefined;
  readonly measure: string;
  readonly stat: string;
  readonly unit: Unit;
  readonly target: Target;
  /** In base units; undefined: no report of the scenario has it. */
  readonly actual: number | undefined;
  readonly verdict: LevelVerdict;
}

/** R3's record of a finding; texts carry value and unit. */
export interface PerformanceNote {
  readonly component_scenario: string;
  readonly metric_observed: string;
  readonly target_kpi_value: string;
  readonly actual_value_observed: string;
  readonly finding_description: string;
  readonly potential_cause_hypothesis: string;
  readonly raw_data_report_reference: string;
}

export interface ScenarioFigures {
  readonly name: string;
  /** The report says itself that it is not whole. */
  readonly state: string | undefined;
  /** Criteria that the load tool judged itself and found missed. */
  readonly missed: readonly string[];
  readonly kpis: readonly Kpi[];
  readonly course: CourseVerdict;
  readonly hints: readonly ContentionHint[];
  /** Where the raw files are. */
  readonly reference: string;
}

/** One note for each missed or unmeasured KPI, for each missed criterion of the load tool, for a degradation in the course of the run, and for a run that is not whole. */
export function performanceNotes(component: string, scenario: ScenarioFigures): PerformanceNote[] {
  const common = {
    component_scenario: `${component} / ${scenario.name}`,
    potential_cause_hypothesis: hypothesis(scenario.hints),
    raw_data_report_reference: scenario.reference,
  };
  const notes: PerformanceNote[] = [];
  if (scenario.state !== undefined)
    notes.push({
      ...common,
      metric_observed: "run",
      target_kpi_value: "a whole run",
      actual_value_observed: scenario.state,
      finding_description: `the report of the load tool is ${scenario.state}: its figures do not cover the planned load`,
      potential_cause_hypothesis: "the tool was stopped before its end, or could not write its report",
    });
  for (const criterion of scenario.missed)
    notes.push({
      ...common,
      metric_observed: criterion,
      target_kpi_value: "met",
      actual_value_observed: "missed",
      finding_description: `the load tool's own criterion was missed: ${criterion}`,
    });
  for (const kpi of scenario.kpis) {
    const { level } = kpi.verdict;
    if (level === "green") continue;
    notes.push({
      ...common,
      metric_observed: kpiName(kpi),
      target_kpi_value: targetText(kpi),
      actual_value_observed: kpi.actual === undefined ? "not measured" : quantity(kpi.actual, kpi.unit),
      finding_description: finding(kpi),
      ...(level === "unknown"
        ? {
            potential_cause_hypothesis:
              "no report of this scenario states it: check the tool's output and the target's names",
          }
        : {}),
    });
  }
  const { course } = scenario;
  if (course.kind === "worse")
    notes.push({
      ...common,
      metric_observed: "latency in the course of the run",
      target_kpi_value: "steady",
      actual_value_observed: `${quantity(course.from, "seconds")} to ${quantity(course.to, "seconds")}`,
      finding_description: `latency rose by ${percent(course.changeRatio)} from the start to the end of the run (p = ${course.pValue.toPrecision(2)}, ${course.points} slices)`,
    });
  return notes;
}

/**
 * Red and unmeasured KPIs, missed criteria of the load tool, a degradation in the course and a run that is not whole block a release; yellow ones are issues without
 * being blockers. A cycle without any measured KPI was not tested: that blocks as well.
 */
export function blockersOf(scenarios: readonly ScenarioFigures[]): string[] {
  const blockers = scenarios.flatMap((scenario) => [
    ...(scenario.state === undefined ? [] : [`${scenario.name}: the run is ${scenario.state}`]),
    ...scenario.missed.map((criterion) => `${scenario.name}: the load tool's own criterion was missed: ${criterion}`),
    ...scenario.kpis
      .filter(({ verdict }) => verdict.level === "red" || verdict.level === "unknown")
      .map((kpi) => `${scenario.name}: ${finding(kpi)}`),
    ...(scenario.course.kind === "worse"
      ? [`${scenario.name}: latency rose by ${percent(scenario.course.changeRatio)} in the course of the run`]
      : []),
  ]);
  if (scenarios.length === 0) blockers.push("no scenario was recorded");
  else if (!scenarios.some(({ kpis }) => kpis.some(({ actual }) => actual !== undefined)))
    blockers.push("no recorded scenario has a target that was measured");
  return blockers;
}

export const kpiName = ({ operation, measure, stat }: Pick<Kpi, "operation" | "measure" | "stat">): string =>
  [stat === "value" ? measure : `${stat} ${measure}`, ...(operation === undefined ? [] : [operation])].join(" of ");

function finding(kpi: Kpi): string {
  const name = kpiName(kpi);
  if (kpi.actual === undefined) return `${name} was not measured (target ${targetText(kpi)})`;
  const { margin, level } = kpi.verdict;
  const miss = margin === undefined ? "" : `, ${percent(Math.abs(margin))} off`;
  const { critical } = kpi.target;
  const [limit, worst] = [limitText(kpi, kpi.target.target), critical === undefined ? "" : limitText(kpi, critical)];
  const how =
    level === "red" && worst !== "" ? `its target ${limit} and its critical limit ${worst}` : `its target ${limit}`;
  return `${name} is ${quantity(kpi.actual, kpi.unit)} and misses ${how}${miss}`;
}

export function targetText(kpi: Pick<Kpi, "target" | "unit">): string {
  const { target, critical } = kpi.target;
  return `${limitText(kpi, target)}${critical === undefined ? "" : ` (critical ${limitText(kpi, critical)})`}`;
}

const limitText = ({ target, unit }: Pick<Kpi, "target" | "unit">, limit: number): string =>
  `${target.better === "higher" ? ">" : "<"}${target.inclusive === false ? "" : "="} ${quantity(limit, unit)}`;

const percent = (ratio: number | undefined): string =>
  ratio === undefined ? "an unknown part" : `${Number((ratio * 100).toPrecision(3))} %`;

function hypothesis(hints: readonly ContentionHint[]): string {
  return hints.length === 0
    ? "no resource of the environment was measured: configure performance.resources"
    : hints.map(({ text }) => text).join("; ");
}
