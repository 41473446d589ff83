/** The words by which JUnit's dialects differ. */
import type { Outcome } from "../model/test.ts";
import type { XmlAttributes } from "./xml.ts";

/** What an element is to us. Results are ordered so that `kind <= RERUN_ERROR` means "has a failure text". */
export const FAILURE = 1;
export const ERROR = 2;
export const FLAKY_FAILURE = 3;
export const FLAKY_ERROR = 4;
export const RERUN_FAILURE = 5;
export const RERUN_ERROR = 6;
export const SKIPPED = 7;
export const OUTPUT = 8;

export const ELEMENTS: ReadonlyMap<string, number> = new Map([
  ["failure", FAILURE],
  ["error", ERROR],
  ["flakyFailure", FLAKY_FAILURE],
  ["flakyError", FLAKY_ERROR],
  ["rerunFailure", RERUN_FAILURE],
  ["rerunError", RERUN_ERROR],
  ["skipped", SKIPPED],
  ["skip", SKIPPED],
  ["ignored", SKIPPED],
  ["disabled", SKIPPED],
  ["system-out", OUTPUT],
  ["system-err", OUTPUT],
]);

/** `status` (GoogleTest, CTest, NUnit's and others' exporters) and `result` where no child says how the case ended. */
export const STATUS_WORDS: ReadonlyMap<string, Outcome> = new Map([
  ["disabled", "skipped"],
  ["notrun", "skipped"],
  ["not_run", "skipped"],
  ["skipped", "skipped"],
  ["skip", "skipped"],
  ["ignored", "skipped"],
  ["suppressed", "skipped"],
  ["pending", "skipped"],
  ["fail", "failed"],
  ["failed", "failed"],
  ["failure", "failed"],
  ["error", "errored"],
  ["errored", "errored"],
  ["broken", "errored"],
]);

const FRAMEWORKS: readonly (readonly [RegExp, string])[] = [
  [/^pytest$/i, "pytest"],
  [/^jest tests$/, "Jest"],
  [/^vitest tests$/, "Vitest"],
  [/^mocha tests$/i, "Mocha"],
  [/^nextest-run$/, "cargo nextest"],
  [/^AllTests$/, "GoogleTest"],
];

export function frameworkOf(name: string | undefined, attributes: XmlAttributes): string | undefined {
  if (attributes.get("xsi:noNamespaceSchemaLocation")?.includes("surefire")) return "Maven Surefire";
  // Catch2 names no host: "to be done", in every version so far.
  if (attributes.get("hostname") === "tbd") return "Catch2";
  return name === undefined ? undefined : FRAMEWORKS.find(([pattern]) => pattern.test(name))?.[1];
}
