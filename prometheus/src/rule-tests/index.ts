/** Every alert's cases, and the files for `promtool test rules` that are made of them. */
import { defaultConfig } from "../../../exporter/src/config/schema.ts";
import { groupOrder } from "../rules.ts";
import { generatedYaml } from "../yaml.ts";
import { alertDeliveryFailing } from "./AlertDeliveryFailing.ts";
import { alertEscalated } from "./AlertEscalated.ts";
import { alertsDropped } from "./AlertsDropped.ts";
import { changePointFound } from "./ChangePointFound.ts";
import { configReloadFailed } from "./ConfigReloadFailed.ts";
import { coverageDrop } from "./CoverageDrop.ts";
import { detectionTimeBurn } from "./DetectionTimeBurn.ts";
import { deviationConfirmed } from "./DeviationConfirmed.ts";
import { deviationCritical } from "./DeviationCritical.ts";
import { deviationSuspected } from "./DeviationSuspected.ts";
import { flakyTests } from "./FlakyTests.ts";
import { infrastructureSuspect } from "./InfrastructureSuspect.ts";
import { passRateBurnFast } from "./PassRateBurnFast.ts";
import { passRateBurnSlow } from "./PassRateBurnSlow.ts";
import { performanceDegradation } from "./PerformanceDegradation.ts";
import { plumblineDown } from "./PlumblineDown.ts";
import { plumblineIngestFailing } from "./PlumblineIngestFailing.ts";
import { plumblineIngestLagging } from "./PlumblineIngestLagging.ts";
import { quarantineExpired } from "./QuarantineExpired.ts";
import { seriesFolded } from "./SeriesFolded.ts";
import { suiteNeverRan } from "./SuiteNeverRan.ts";
import { INTERVAL_SECONDS, type RuleTest } from "./support.ts";
import { targetCritical } from "./TargetCritical.ts";
import { targetMissed } from "./TargetMissed.ts";
import { testExecutionSlow } from "./TestExecutionSlow.ts";
import { testFailureSpike } from "./TestFailureSpike.ts";
import { testRunEmpty } from "./TestRunEmpty.ts";
import { testRunFailed } from "./TestRunFailed.ts";
import { testRunHung } from "./TestRunHung.ts";
import { testRunMissing } from "./TestRunMissing.ts";
import { testRunPartial } from "./TestRunPartial.ts";
import { testsAllSkipped } from "./TestsAllSkipped.ts";
import { watchdog } from "./Watchdog.ts";

export const RULE_TESTS: Readonly<Record<string, readonly RuleTest[]>> = {
  TestFailureSpike: testFailureSpike,
  TestRunFailed: testRunFailed,
  TestRunEmpty: testRunEmpty,
  TestsAllSkipped: testsAllSkipped,
  TestRunPartial: testRunPartial,
  TestRunHung: testRunHung,
  TestRunMissing: testRunMissing,
  SuiteNeverRan: suiteNeverRan,
  InfrastructureSuspect: infrastructureSuspect,
  FlakyTests: flakyTests,
  QuarantineExpired: quarantineExpired,
  PerformanceDegradation: performanceDegradation,
  TestExecutionSlow: testExecutionSlow,
  CoverageDrop: coverageDrop,
  TargetCritical: targetCritical,
  TargetMissed: targetMissed,
  DeviationConfirmed: deviationConfirmed,
  DeviationCritical: deviationCritical,
  DeviationSuspected: deviationSuspected,
  ChangePointFound: changePointFound,
  PassRateBurnFast: passRateBurnFast,
  PassRateBurnSlow: passRateBurnSlow,
  DetectionTimeBurn: detectionTimeBurn,
  AlertEscalated: alertEscalated,
  PlumblineDown: plumblineDown,
  PlumblineIngestFailing: plumblineIngestFailing,
  PlumblineIngestLagging: plumblineIngestLagging,
  SeriesFolded: seriesFolded,
  ConfigReloadFailed: configReloadFailed,
  AlertDeliveryFailing: alertDeliveryFailing,
  AlertsDropped: alertsDropped,
  Watchdog: watchdog,
};

/** File name to content, for prometheus/tests/. */
export function ruleTestFiles(): Map<string, string> {
  return new Map(
    Object.entries(RULE_TESTS).map(([alertname, tests]) => [`${alertname}.yml`, ruleTestYaml(alertname, tests)]),
  );
}

function ruleTestYaml(alertname: string, tests: readonly RuleTest[]): string {
  const interval = `${tests[0]?.intervalSeconds ?? INTERVAL_SECONDS}s`;
  return generatedYaml(
    {
      rule_files: ["../rules/plumbline.yml"],
      evaluation_interval: interval,
      group_eval_order: groupOrder(defaultConfig()),
      tests: tests.map((test) => ({
        name: test.name,
        interval,
        input_series: test.series.map(([name, values]) => ({ series: name, values })),
        alert_rule_test: test.checks.map(([at, firing]) => ({
          eval_time: at,
          alertname,
          exp_alerts: firing.map(({ labels, annotations }) => ({
            exp_labels: Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== "")),
            exp_annotations: annotations,
          })),
        })),
      })),
    },
    "Cases: prometheus/src/rule-tests/. Run: promtool test rules prometheus/tests/*.yml",
  );
}
