/** Marks that several dashboards have: what fired, what changed, what ran. */
import { CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import { once } from "../../prometheus/src/promql.ts";
import { COLORS } from "./colors.ts";
import type { Annotation } from "./helper.ts";
import { chosen, matchersOf } from "./scope.ts";

/** More marks than this hide the lines. */
const MARKS = 20;

/** One mark per alert, however many of the chosen suites it is about. */
export const firingAlerts: Annotation = {
  name: "Alerts",
  expr: `count by (alertname, severity) (ALERTS{alertstate="firing",${matchersOf(["project", "suite", "environment", "branch"]).join(",")}})`,
  title: "{{alertname}} ({{severity}})",
  color: COLORS.critical,
};

/** Alerts about Plumbline itself, which carry no suite. */
export const plumblineAlerts: Annotation = {
  name: "Alerts",
  expr: 'count by (alertname, severity) (ALERTS{alertstate="firing",kind="plumbline"})',
  title: "{{alertname}} ({{severity}})",
  color: COLORS.critical,
};

/** How often changes are asked for. */
const STEP = "15m";

/**
 * The newest confirmed changes of level, at the end of the first run after each. The moment is a gauge that stays as long as there is
 * no newer change, so only samples are taken that differ from the one a step before: one per change, where weeks of the same would be
 * fetched else. Should one come twice, Grafana makes equal moments of a series one mark.
 */
export const changesOf = (...matchers: readonly string[]): Annotation => {
  const moment = chosen(CATALOGUE.deviationChangePoint, ...matchers);
  return {
    name: "Changes of level",
    expr: `topk(${MARKS}, ${once(moment)} unless ${once(moment)} == ${once(`${moment} offset ${STEP}`)}) * 1000`,
    title: "{{measure}} {{stat}} changed",
    text: "{{project}}/{{suite}} {{benchmark}} {{component}} {{scenario}} {{operation}}",
    color: COLORS.warning,
    valueIsTime: true,
    step: STEP,
  };
};
export const changePoints = changesOf();

const END = chosen(CATALOGUE.lastRunEnd);
/** Ends of runs; off at first, since a busy project has one every minute. Sensible with one suite chosen; of several in a step, the last. */
export const newRuns: Annotation = {
  name: "Runs",
  expr: `topk(${MARKS}, ${once(END)} unless ${once(END)} == ${once(`${END} offset ${STEP}`)}) * 1000`,
  step: STEP,
  title: "Run of {{suite}}",
  text: "{{project}} {{branch}} {{environment}}",
  color: COLORS.skipped,
  valueIsTime: true,
  enabled: false,
};
