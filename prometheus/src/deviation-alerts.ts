/** Alerts about what the detector found in the course of numbers. How it decides: docs/detection.md. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { AFFECTED, AFFECTED_IN_FULL, type AlertRule, type AlertSpec, alert, owned } from "./alert.ts";
import { MATCHERS, NEWS_MOMENT, OPEN_RATIOS, SUSPECTED_SCORES, sized, WORSE } from "./deviation-recordings.ts";
import { lookup } from "./lookup.ts";
import { latest, percent } from "./promql.ts";
import { SERIES } from "./series-text.ts";

/** No `for` in this file: the confirmation took its runs already. An acknowledged deviation is in another state, so its alert ends. */
export const deviationConfirmed = (config: Config): AlertRule => confirmed(config, "warning");
/** The same where the change is large: `deviations.criticalChange`. */
export const deviationCritical = (config: Config): AlertRule => confirmed(config, "critical");

function confirmed(config: Config, severity: "warning" | "critical"): AlertRule {
  const { minimumChange, criticalChange } = config.deviations;
  const limit = percent(severity === "critical" ? criticalChange : minimumChange);
  const state = `max without (state) (${WORSE}{${[...MATCHERS, `state="${severity}"`].join(",")}})`;
  return deviation(config, {
    name: severity === "critical" ? "DeviationCritical" : "DeviationConfirmed",
    severity,
    expr: sized(`${OPEN_RATIOS}{${MATCHERS.join(",")}}`, state),
    summary: `${AFFECTED}: ${SERIES} changed ${BY}, limit ${limit}`,
    description:
      `${SERIES} changed for the worse ${BY} in ${AFFECTED_IN_FULL}. The limit${severity === "critical" ? " of a critical change" : ""} ` +
      `is ${limit}, and several runs confirm the change; which commits it lies between and what may have caused it: ` +
      "plumbline deviations list.",
  });
}

/** Worth a look, and no more: most suspicions are spikes that the next runs do not confirm. */
export function deviationSuspected(config: Config): AlertRule {
  const { zWarning, minimumChange } = config.deviations;
  const off =
    '{{ if ne $value 0.0 }}{{ $value | printf "%+.1f" }} standard deviations off its baseline{{ else }}off a baseline without spread{{ end }}';
  return deviation(config, {
    name: "DeviationSuspected",
    severity: "info",
    expr: SUSPECTED_SCORES,
    summary: `${AFFECTED}: ${SERIES} may have changed, newest value ${off}, limit ${zWarning}`,
    description:
      `The newest runs of ${SERIES} look worse than those before, in ${AFFECTED_IN_FULL}; the newest value is ${off} (R1's limit is ` +
      `${zWarning}). The next runs confirm a change of ${percent(minimumChange)} or more, or not; until then nothing needs to be done.`,
  });
}

/**
 * A confirmed change to either side that was not known a day ago. Its moment is that of the first run after it, which may be days back
 * when enough runs have confirmed it; so what counts is that the series told another moment, or none, a day ago.
 */
export function changePointFound(config: Config): AlertRule {
  const { minimumChange } = config.deviations;
  const labels = Object.keys(CATALOGUE.deviationChangePoint.labels);
  const when = lookup(
    labels,
    (matchers) => `${ref(CATALOGUE.deviationChangePoint)}{${matchers}}`,
    "humanizeTimestamp",
    "an unknown time",
  );
  return deviation(config, {
    name: "ChangePointFound",
    severity: "info",
    expr: sized(latest(config, CATALOGUE.deviationChangeRatio, ...MATCHERS), NEWS_MOMENT),
    summary: `${AFFECTED}: ${SERIES} changed ${BY} at ${when}, limit ${percent(minimumChange)}`,
    description:
      `${SERIES} has a new level since ${when}: it changed ${BY} in ${AFFECTED_IN_FULL}, for the better or the worse. The limit of a change ` +
      `for the worse that alerts is ${percent(minimumChange)}.`,
  });
}

export const DEVIATION_ALERTS = [deviationConfirmed, deviationCritical, deviationSuspected, changePointFound] as const;

const deviation = (config: Config, spec: Omit<AlertSpec, "kind">): AlertRule =>
  alert(config, {
    ...spec,
    kind: "performance",
    dashboard: "deviations",
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    // The series has a component of its own.
    expr: owned(spec.expr, ["team"]),
  });

const BY = "{{ if ne $value 0.0 }}by {{ $value | humanizePercentage }}{{ else }}from a level of 0{{ end }}";
