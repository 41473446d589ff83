/** Two pass rates, such as a branch's and its base's. Exact: the counts are small. */
import { fisherExact } from "../statistics/exact-tests.ts";
import { rateInterval } from "./flaky.ts";

export interface Counted {
  readonly passed: number;
  readonly executed: number;
}

export type PassRateVerdict =
  | { readonly kind: "insufficient_data"; readonly failures: number; readonly need: number }
  | {
      readonly kind: "same" | "better" | "worse";
      /** Passed of executed, 0 to 1. */
      readonly before: number;
      readonly after: number;
      /** Two-sided, Fisher's exact test. */
      readonly pValue: number;
      /** 95 % interval of the rate after (Jeffreys). */
      readonly interval: readonly [number, number];
    };

export interface PassRateSettings {
  readonly maximumP: number;
  /** Failures on both sides together; fewer decide nothing, however the test comes out. */
  readonly minimumFailures: number;
}

export const PASS_RATE_SETTINGS: PassRateSettings = { maximumP: 0.01, minimumFailures: 3 };

export function comparePassRates(
  before: Counted,
  after: Counted,
  settings: PassRateSettings = PASS_RATE_SETTINGS,
): PassRateVerdict {
  const failures = before.executed - before.passed + after.executed - after.passed;
  if (before.executed === 0 || after.executed === 0 || failures < settings.minimumFailures)
    return { kind: "insufficient_data", failures, need: settings.minimumFailures };
  const { twoSided } = fisherExact(before.passed, before.executed, after.passed, after.executed);
  const [rateBefore, rateAfter] = [before.passed / before.executed, after.passed / after.executed];
  const changed = rateAfter > rateBefore ? "better" : "worse";
  return {
    kind: twoSided <= settings.maximumP ? changed : "same",
    before: rateBefore,
    after: rateAfter,
    pValue: twoSided,
    interval: rateInterval(after.passed, after.executed),
  };
}
