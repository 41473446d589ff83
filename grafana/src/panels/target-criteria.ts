/** The configured targets one by one: what each is for, its numbers over time, and those that nothing measures. */
import { type Config, defaultConfig } from "../../../exporter/src/config/schema.ts";
import { ALL_OPERATIONS, CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { COLORS } from "../colors.ts";
import { graph, type Panel, type Step, suiteThen } from "../helper.ts";
import { LINES, patternOf, quotedName, shown } from "../scope.ts";
import { highest, lowest, POINTS, SERIES_LEGEND, UNIT_FAMILIES } from "./series.ts";
import { limitOf } from "./target-levels.ts";

type Target = Config["targets"][number];

const SELECTORS = ["project", "suite", "component", "scenario", "benchmark", "operation"] as const;
/** Load tests and derived numbers have a unit each; everything else is in the family of its unit. Indices of `UNIT_FAMILIES`. */
const LOAD_UNITS: readonly (readonly [matchers: string, index: number])[] = [
  ['operation!="",measure="latency"', 0],
  ['operation!="",measure=~".*_per_second"', 2],
  ['operation!="",measure="error_ratio"', 3],
  ['measure="success_rate"', 3],
];

/** Those of the numbers that targets are for (series of `measure_value`) which are in this unit. */
export function ofUnit(index: number, values: string, ...matchers: readonly string[]): string {
  const family = UNIT_FAMILIES[index];
  if (family === undefined) throw new Error(`no unit ${index}`);
  const inFamily = [shown(family.measure, ...matchers), shown(family.benchmark, ...matchers)];
  const fixed = LOAD_UNITS.filter(([, unit]) => unit === index).map(([one]) =>
    shown(CATALOGUE.measureCurrent, one, ...matchers),
  );
  return `${values}\nand\n(${[...inFamily, ...fixed].join(" or ")})`;
}

const ALL_UNITS = [0, 1, 2, 3, 4] as const;
/** Units that a measure can be in: what load tests say and success has one each, of the rest nobody knows. */
function unitsOf(measure: string): readonly (typeof ALL_UNITS)[number][] {
  if (measure === "latency") return [0];
  if (measure === "requests_per_second" || measure === "received_bytes_per_second") return [2];
  return measure === "error_ratio" || measure === "success_rate" ? [3] : ALL_UNITS;
}

/** Targets that somebody wrote: the built-in ones hold for whoever measures such a thing, and nobody must. */
export function ownTargets({ targets }: Config): readonly Target[] {
  const builtIn = new Set(defaultConfig().targets.map((one) => JSON.stringify(one)));
  return targets.filter((one) => !builtIn.has(JSON.stringify(one)));
}

const matchersOf = (target: Target): readonly string[] => [
  `measure=${quotedName(target.measure)}`,
  target.stat === undefined ? 'stat=~"value|avg"' : `stat="${target.stat}"`,
  ...SELECTORS.flatMap((key) => (target[key] === undefined ? [] : [`${key}=${quotedName(target[key])}`])),
];

/** 1 without labels while `value` is among those chosen for a variable: a regular expression can only be tried on a label. */
const isChosen = (variable: "project" | "suite", value: string): string => {
  const tried = `label_replace(label_replace(vector(1), "name", ${quotedName(value)}, "", ""), "chosen", "yes", "name", ${patternOf(variable)})`;
  return `(${tried} and on (chosen) label_replace(vector(1), "chosen", "yes", "", ""))`;
};

/** How many of one's own targets have no number within the chosen scope; undefined: there are none to have one. */
export function unmeasured(config: Config): string | undefined {
  const own = ownTargets(config);
  if (own.length === 0) return undefined;
  const missing = own.map((target, index) => {
    const expr = `label_replace(absent(${shown(CATALOGUE.measureCurrent, ...matchersOf(target))}), "target", "${index}", "", "")`;
    const where = (["project", "suite"] as const).flatMap((name) =>
      target[name] === undefined ? [] : [` and on () ${isChosen(name, target[name])}`],
    );
    return `${expr}${where.join("")}`;
  });
  return `(sum(\n${missing.join("\nor\n")}\n) or vector(0))`;
}

export function nameOf({ name, measure, stat, benchmark, component, scenario, operation }: Target): string {
  if (name !== undefined) return name;
  const where = [component, scenario, operation === ALL_OPERATIONS ? undefined : operation, benchmark].filter(
    (one) => one !== undefined,
  );
  return [...(stat === undefined ? [] : [stat]), measure, ...(where.length === 0 ? [] : ["of", ...where])].join(" ");
}

const sign = ({ direction, inclusive }: Target): string =>
  `${direction === "higher_is_worse" ? "<" : ">"}${inclusive ? "=" : ""}`;

function criterion(target: Target, title: string, width: number, shared: boolean): Panel {
  const matchers = matchersOf(target);
  const higherIsWorse = target.direction === "higher_is_worse";
  const all = shown(CATALOGUE.measureCurrent, ...matchers);
  // Another target may hold for some of these numbers, which are then held against that one's limit.
  const values = shared ? `${all}\nand\n(${limitOf("target", ...matchers)} == ${target.target})` : all;
  const units = unitsOf(target.measure);
  const few = higherIsWorse ? highest : lowest;
  const good: Step = [null, COLORS.neutral];
  const limits: readonly Step[] = [
    [target.target, COLORS.warning],
    ...(target.critical === undefined ? [] : [[target.critical, COLORS.critical] as const]),
  ];
  return graph({
    maxDataPoints: POINTS,
    title,
    description:
      `Is it met, and by how much? Target ${sign(target)} ${target.target}` +
      `${target.critical === undefined ? "" : `, critical ${sign(target)} ${target.critical}`}` +
      `${target.load === undefined ? "" : ` at ${target.load} requests per second`}, in base units. ` +
      `Every number that it is for, in the newest completed run at each moment; the ${LINES} worst of the time range.`,
    unit: UNIT_FAMILIES[4].unit,
    width,
    height: 8,
    // Where only the family knows the unit, each has a query; all but one are empty.
    queries: units.map((index) => ({
      expr: few(LINES, units.length === 1 ? values : ofUnit(index, values, ...matchers)),
      legend: SERIES_LEGEND,
    })),
    unitsByQuery: units.map((index) => UNIT_FAMILIES[index].unit),
    steps: [good, ...limits.toSorted(([a], [b]) => (a ?? 0) - (b ?? 0))],
    floating: !higherIsWorse,
    empty: `not measured: no newest run has ${target.measure}`,
    link: suiteThen(),
  });
}

/** More graphs than this nobody reads; the tables have the rest. */
const MAX_CRITERIA = 60;
const PER_LINE = 3;

/** A graph for every configured target, in lines of three. One's own come first. */
export function criteria(config: Config): Panel[][] {
  const own = new Set(ownTargets(config));
  const targets = [...own, ...config.targets.filter((one) => !own.has(one))].slice(0, MAX_CRITERIA);
  const isShared = (target: Target): boolean =>
    targets.some((other) => other !== target && other.measure === target.measure);
  const seen = new Map<string, number>();
  const lines: Panel[][] = [];
  for (let from = 0; from < targets.length; from += PER_LINE) {
    const line = targets.slice(from, from + PER_LINE);
    lines.push(
      line.map((target) => {
        const name = nameOf(target);
        const times = (seen.get(name) ?? 0) + 1;
        seen.set(name, times);
        return criterion(target, times === 1 ? name : `${name} (${times})`, 24 / line.length, isShared(target));
      }),
    );
  }
  return lines;
}
