/** R1's categories of measures: throughput, resources and errors. Response times are in response-time.ts. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { ALL_OPERATIONS, CATALOGUE, type Family } from "../../../exporter/src/metrics/catalogue.ts";
import { anyOf } from "../../../prometheus/src/promql.ts";
import { averageResponseTime, p95ResponseTime } from "../../../prometheus/src/response-time.ts";
import { COLORS } from "../colors.ts";
import { dashboardLink, graph, type Panel, page, type Step, suiteThen, tile, UNIT, type Unit } from "../helper.ts";
import { LINES, quotedName, SCOPE_LEGEND, shown } from "../scope.ts";
import { highest, POINTS, UNIT_FAMILIES } from "./series.ts";

/** Measures name themselves; these words tell what they are about. What has none of them is among the others of its unit. */
const ERRORS = 'measure=~"(?i:.*(error|timeout|fail|drop|reject).*)"';
const RESOURCES =
  'measure=~"(?i:.*(cpu|memory|mem_|heap|disk|network|io_|_io|utili[sz]ation|usage|connection|cache_mem).*)"';
const not = (matcher: string): string => matcher.replace("=~", "!~");
/** What tells how a value was made from single ones; a spread or a number of samples is no value. */
const VALUES = 'stat=~"value|avg|max|p95"';
const LEGEND = `{{measure}} {{stat}} {{component}} {{scenario}} {{operation}} ${SCOPE_LEGEND}`;
const PLAIN = [null, COLORS.neutral] as const;
const NEWEST = "as the newest completed run of each suite measured it";

function lines(title: string, description: string, unit: Unit, width: number, expr: string, empty: string): Panel {
  return graph({
    maxDataPoints: POINTS,
    title,
    description: `${description} The ${LINES} highest of the time range.`,
    unit,
    width,
    height: 8,
    queries: [{ expr: highest(LINES, expr), legend: LEGEND }],
    empty,
    link: suiteThen(),
  });
}

/** Load tests have no measure among their labels, and a legend needs its name. */
const asMeasure = (name: string, expr: string): string =>
  `label_replace(label_replace(${expr}, "measure", "${name}", "", ""), "stat", "value", "", "")`;
const whole = (family: Family): string => shown(family, `operation="${ALL_OPERATIONS}"`);

export const throughput = (): Panel =>
  lines(
    "Throughput",
    `How much work gets done per second: requests and transactions, ${NEWEST}; load scenarios as a whole.`,
    UNIT.perSecond,
    12,
    `${shown(CATALOGUE.measurePerSecond, VALUES, not(ERRORS), not(RESOURCES))}\nor\n${asMeasure("requests_per_second", whole(CATALOGUE.loadLastRate))}`,
    "no throughput yet",
  );

export const concurrency = (): Panel =>
  lines(
    "Users and other counts",
    `Under how much load that was: concurrent users and other plain numbers of measures, ${NEWEST}.`,
    UNIT.count,
    24,
    shown(CATALOGUE.measureValue, VALUES, not(ERRORS), not(RESOURCES)),
    "no such measures yet",
  );

export const utilization = (): Panel =>
  lines(
    "Utilization",
    `How full the machine was during the test: CPU, memory and other resources as parts of the whole, ${NEWEST}.`,
    UNIT.ratio,
    8,
    shown(CATALOGUE.measureRatio, VALUES, RESOURCES, not(ERRORS)),
    "no utilization measured yet",
  );

export const sizes = (): Panel =>
  lines(
    "Memory and other sizes",
    `How much memory, cache or disk was used, ${NEWEST}; every measure in bytes.`,
    UNIT.bytes,
    8,
    shown(CATALOGUE.measureBytes, VALUES),
    "no sizes measured yet",
  );

export const operations = (): Panel =>
  lines(
    "Disk and network",
    `How busy disks and network were, and how many connections were open, ${NEWEST}.`,
    UNIT.count,
    8,
    `${shown(CATALOGUE.measurePerSecond, VALUES, RESOURCES, not(ERRORS))}\nor\n${shown(CATALOGUE.measureValue, VALUES, RESOURCES, not(ERRORS))}`,
    "no such measures yet",
  );

const errorRatios = (): string =>
  `${shown(CATALOGUE.measureRatio, VALUES, ERRORS)}\nor\n${asMeasure("error_ratio", whole(CATALOGUE.loadLastErrors))}`;

export const errors = (): Panel =>
  lines(
    "Errors",
    `What part of requests goes wrong: error, timeout and failure rates, ${NEWEST}; load scenarios as a whole.`,
    UNIT.ratio,
    12,
    errorRatios(),
    "no error rates yet",
  );

export const otherTimes = (config: Config): Panel =>
  lines(
    "Other times",
    `How long everything takes that is no response time: stages, transactions, start-up, ${NEWEST}.`,
    UNIT.seconds,
    12,
    shown(CATALOGUE.measureSeconds, VALUES, anyOf("measure", config.measures.responseTime).replace("=~", "!~")),
    "no other times yet",
  );

export const otherRatios = (): Panel =>
  lines(
    "Other ratios",
    `Hit rates, savings and whatever else is a part of a whole, ${NEWEST}.`,
    UNIT.ratio,
    12,
    shown(CATALOGUE.measureRatio, VALUES, not(ERRORS), not(RESOURCES)),
    "no other ratios yet",
  );

const MEASURES = { title: "Measures", url: page("/measures") };
const TILE = { width: 6, height: 4 } as const;
const limitSteps = (warning: number, critical: number): [typeof PLAIN, ...Step[]] => [
  PLAIN,
  [0, COLORS.good],
  [warning, COLORS.warning],
  [critical, COLORS.critical],
];

const slowestAverage = (config: Config, width: number): Panel =>
  tile({
    ...TILE,
    width,
    title: "Slowest on average",
    description:
      "Is anything too slow? The highest average response time among the newest runs: measures, load scenarios and their operations. " +
      "Colours change at the warning and critical lines of response times.",
    unit: UNIT.seconds,
    expr: `max(${averageResponseTime(config, shown)})`,
    steps: limitSteps(config.thresholds.responseTimeWarningSeconds, config.thresholds.responseTimeCriticalSeconds),
    empty: "no response times yet",
    link: MEASURES,
  });

const slowestP95 = (config: Config, width: number): Panel =>
  tile({
    ...TILE,
    width,
    title: "Slowest 95th percentile",
    description:
      "How long do the slowest 5 % wait at the worst place? The highest 95th percentile among the newest runs; never an average of " +
      "percentiles. Colours change at its warning and critical lines.",
    unit: UNIT.seconds,
    expr: `max(${p95ResponseTime(config, shown)})`,
    steps: limitSteps(
      config.thresholds.responseTimeP95WarningSeconds,
      config.thresholds.responseTimeP95CriticalSeconds,
    ),
    empty: "no percentiles yet",
    link: MEASURES,
  });

/** How many measures are beyond their configured limits (`measures.limits`): 0 where there are some and all hold. */
function limitsViolated(config: Config, level: "warning" | "critical"): Panel {
  const { limits } = config.measures;
  // One row per limit, told apart by its place; one that no measure is for is absent, not met.
  const beyond = limits.map(({ measure, stat, direction, ...limit }, index) => {
    const matchers = [`measure=${quotedName(measure)}`, `stat="${stat}"`];
    const values = UNIT_FAMILIES.map((family) => shown(family.measure, ...matchers)).join("\nor\n");
    const count = `sum((\n${values}\n) ${direction === "higher_is_worse" ? ">" : "<"} bool ${limit[level]})`;
    return `label_replace(${count}, "limit", "${index}", "", "")`;
  });
  return tile({
    ...TILE,
    title: level === "warning" ? "Beyond warning limits" : "Beyond critical limits",
    description:
      `How many measures of the newest runs are beyond the ${level} limit that the configuration sets for them (measures.limits): ` +
      `${limits.map((one) => `${one.stat} ${one.measure}`).join(", ")}.`,
    unit: UNIT.count,
    decimals: 0,
    expr: `sum(\n${beyond.join("\nor\n")}\n)`,
    steps: [PLAIN, [0, COLORS.good], [1, level === "warning" ? COLORS.warning : COLORS.critical]],
    empty: "nothing with a limit measured yet",
    link: dashboardLink("targets", "Targets"),
  });
}

/** Two tiles more where limits are configured. */
export const speedTiles = (config: Config): Panel[] =>
  config.measures.limits.length === 0
    ? [slowestAverage(config, 12), slowestP95(config, 12)]
    : [
        slowestAverage(config, 6),
        slowestP95(config, 6),
        limitsViolated(config, "warning"),
        limitsViolated(config, "critical"),
      ];
