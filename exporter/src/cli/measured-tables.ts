/** What a run measured, as tables that fit a terminal of 80 columns. */
import { ALL_OPERATIONS, errorRatio, type LoadResult } from "../model/load.ts";
import type { Stat, Unit } from "../model/measure.ts";
import { quantity } from "../model/quantity.ts";
import type { StoredMeasure } from "../model/run.ts";
import { type Column, table } from "./table.ts";

export type LoadLine = Omit<LoadResult, "histogram" | "slices"> & { readonly suite?: string | undefined };

/** The statistics of one value: `stats` in `unit`. */
export interface ValueLine extends Pick<StoredMeasure, "suite" | "name" | "measure" | "unit"> {
  readonly component: string | undefined;
  readonly scenario: string | undefined;
  readonly stats: ReadonlyMap<Stat, number>;
}

/** Scenarios as wholes, then a line per operation; the first `max`. `severalSuites`: their names are told. Empty without any. */
export function loadTable(loads: readonly LoadLine[], max: number, severalSuites = false): string {
  const latency = (stat: Exclude<Stat, "count" | "value" | "margin">): Column<LoadLine> => ({
    title: stat,
    align: "right",
    value: (line) => short(line.latency[stat], "seconds"),
  });
  return bounded(
    [
      {
        title: "load",
        max: 26,
        cut: "middle",
        value: ({ suite, scenario, operation }) =>
          [severalSuites ? suite : undefined, scenario, operation ?? ALL_OPERATIONS]
            .filter((part) => part !== undefined)
            .join(" > "),
      },
      { title: "requests", align: "right", value: ({ requests }) => requests },
      { title: "failed", align: "right", value: (line) => short(errorRatio(line), "ratio") },
      { title: "per s", align: "right", value: ({ requestsPerSecond }) => short(requestsPerSecond, "value") },
      latency("avg"),
      latency("p95"),
      latency("p99"),
    ],
    [...loads.filter(isWhole), ...loads.filter((line) => !isWhole(line))],
    max,
    "load result",
  );
}

const isWhole = ({ operation }: LoadLine): boolean => operation === undefined;

/** One line per value with its spread; the first `max`. Empty without any. */
export function valueTable(measures: readonly StoredMeasure[], max: number): string {
  const lines = valueLines(measures);
  const severalSuites = new Set(lines.map(({ suite }) => suite)).size > 1;
  const stat =
    (...names: readonly Stat[]) =>
    ({ stats, unit }: ValueLine): string | undefined =>
      short(
        names.map((name) => stats.get(name)).find((value) => value !== undefined),
        unit,
      );
  const hasMeasures = lines.some(({ name, measure }) => name !== measure);
  const measure: Column<ValueLine> = {
    title: "measure",
    max: 13,
    cut: "middle",
    value: (line) => (line.name === line.measure ? "" : line.measure),
  };
  return bounded(
    [
      {
        title: "name",
        max: hasMeasures ? 32 : 46,
        cut: "middle",
        value: ({ suite, component, scenario, name }) =>
          [severalSuites ? suite : undefined, component, scenario, name]
            .filter((part) => part !== undefined)
            .join(" > "),
      },
      ...(hasMeasures ? [measure] : []),
      { title: "value", align: "right", value: stat(...CENTRAL) },
      { title: "±", align: "right", value: stat("margin", "stddev") },
      { title: "p95", align: "right", value: stat("p95") },
    ],
    lines,
    max,
    "value",
  );
}

/** Which statistic stands for a value, the first that there is. */
const CENTRAL = ["value", "avg", "p50", "min", "max", "p75", "p90", "p95", "p99", "p999", "count"] as const;

/** Statistics of one value together, in the order of the report. The same statistic a second time begins a value of its own. */
export function valueLines(measures: readonly StoredMeasure[]): ValueLine[] {
  const lines: (ValueLine & { readonly stats: Map<Stat, number> })[] = [];
  const open = new Map<string, (typeof lines)[number]>();
  for (const { suite, name, measure, stat, value, unit, component, scenario, runnerClass, tags, kind } of measures) {
    // A count is of whatever unit the value is.
    const key = JSON.stringify([suite, kind, name, measure, component, scenario, runnerClass, tags]);
    let line = open.get(key);
    const fits = line !== undefined && !line.stats.has(stat) && (line.unit === unit || stat === "count");
    if (line === undefined || !fits) {
      line = { suite, name, measure, unit, component, scenario, stats: new Map() };
      open.set(key, line);
      lines.push(line);
    }
    line.stats.set(stat, value);
  }
  return lines;
}

/** Three significant digits. */
const short = (value: number | undefined, unit: Unit): string | undefined =>
  value === undefined ? undefined : quantity(Number(value.toPrecision(3)), unit);

function bounded<T>(columns: readonly Column<T>[], rows: readonly T[], max: number, word: string): string {
  if (rows.length === 0) return "";
  const rest = rows.length - max;
  const more = rest > 0 ? `… and ${rest} more ${word}${rest === 1 ? "" : "s"}\n` : "";
  return `\n${table(columns, rows.slice(0, max))}${more}`;
}
