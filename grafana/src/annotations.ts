/** Marks that several dashboards have: what fired, what changed, what ran. */
import { CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { FOREIGN } from "../../prometheus/src/foreign.ts";
import { once } from "../../prometheus/src/promql.ts";
import { COLORS } from "./colors.ts";
import type { Annotation } from "./helper.ts";
import { joinedNames } from "./panels/series.ts";
import { chosen, matchersOf } from "./scope.ts";

/** More marks than this hide the lines. */
const MARKS = 20;

/** Over weeks the steps are hours long: an alert that came and went between two of them has its mark too. */
const fired = (...matchers: readonly string[]): string =>
  `count by (alertname, severity) (max_over_time(${FOREIGN.alerts}{${['alertstate="firing"', ...matchers].join(",")}}[$__rate_interval]))`;

/** One mark per alert, however many of the chosen suites it is about. */
export const firingAlerts: Annotation = {
  name: "Alerts",
  expr: fired(...matchersOf(SCOPE)),
  title: "{{alertname}} ({{severity}})",
  color: COLORS.critical,
};

/** Alerts about Plumbline itself, which carry no suite. */
export const plumblineAlerts: Annotation = {
  name: "Alerts",
  expr: fired('kind="plumbline"'),
  title: "{{alertname}} ({{severity}})",
  color: COLORS.critical,
};

/** How often changes are asked for at least; over weeks Grafana asks less often. */
const STEP = "15m";

/**
 * Moments that a gauge holds as long as there is no newer one: only samples are taken that differ from the one a step before (whatever
 * the step is by then), so one per moment, where weeks of the same would be fetched else. Should one come twice, Grafana makes equal
 * moments of a series one mark.
 */
const newMoments = (moment: string): string =>
  `topk(${MARKS}, ${once(moment)} unless ${once(moment)} == ${once(`${moment} offset $__interval`)}) * 1000`;

/** The newest confirmed changes of level, at the end of the first run after each. */
export const changesOf = (...matchers: readonly string[]): Annotation => ({
  name: "Changes of level",
  // One label out of those that a series may lack: Grafana writes the name of a label that is absent.
  expr: joinedNames(newMoments(chosen(CATALOGUE.deviationChangePoint, ...matchers))),
  title: "{{what}} changed",
  text: "{{project}}/{{suite}} ({{branch}}, {{environment}})",
  color: COLORS.warning,
  valueIsTime: true,
  step: STEP,
});
export const changePoints = changesOf();

/** Ends of runs; off at first, since a busy project has one every minute. Sensible with one suite chosen; of several in a step, the last. */
export const newRuns: Annotation = {
  name: "Runs",
  expr: newMoments(chosen(CATALOGUE.lastRunEnd)),
  step: STEP,
  title: "Run of {{suite}}",
  text: "{{project}} {{branch}} {{environment}}",
  color: COLORS.skipped,
  valueIsTime: true,
  enabled: false,
};
