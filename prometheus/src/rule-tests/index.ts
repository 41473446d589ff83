/** Every alert's cases, and the files for `promtool test rules` that are made of them. */
import { generatedYaml } from "../yaml.ts";
import { coverageDrop } from "./CoverageDrop.ts";
import { deviationConfirmed } from "./DeviationConfirmed.ts";
import { performanceDegradation } from "./PerformanceDegradation.ts";
import { plumblineDown } from "./PlumblineDown.ts";
import { INTERVAL_SECONDS, type RuleTest } from "./support.ts";
import { testExecutionSlow } from "./TestExecutionSlow.ts";
import { testFailureSpike } from "./TestFailureSpike.ts";

export const RULE_TESTS: Readonly<Record<string, readonly RuleTest[]>> = {
  TestFailureSpike: testFailureSpike,
  PerformanceDegradation: performanceDegradation,
  TestExecutionSlow: testExecutionSlow,
  CoverageDrop: coverageDrop,
  DeviationConfirmed: deviationConfirmed,
  PlumblineDown: plumblineDown,
};

/** File name to content, for prometheus/tests/. */
export function ruleTestFiles(): Map<string, string> {
  return new Map(
    Object.entries(RULE_TESTS).map(([alertname, tests]) => [`${alertname}.yml`, ruleTestYaml(alertname, tests)]),
  );
}

function ruleTestYaml(alertname: string, tests: readonly RuleTest[]): string {
  return generatedYaml(
    {
      rule_files: ["../rules/plumbline.yml"],
      evaluation_interval: `${INTERVAL_SECONDS}s`,
      tests: tests.map((test) => ({
        name: test.name,
        interval: `${INTERVAL_SECONDS}s`,
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
