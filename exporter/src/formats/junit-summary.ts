/** What suites declare of themselves, compared with the cases that were found. */
import { type OutcomeCounts, totalOf } from "../model/test.ts";
import { parseCount } from "./numbers.ts";
import type { XmlAttributes } from "./xml.ts";

export interface Declared {
  readonly tests: number | undefined;
  /** failures + errors; undefined when neither is stated. */
  readonly bad: number | undefined;
}

export function declaredBy(attributes: XmlAttributes): Declared {
  const failures = parseCount(attributes.get("failures"));
  const errors = parseCount(attributes.get("errors"));
  return {
    tests: parseCount(attributes.get("tests")),
    bad: failures === undefined && errors === undefined ? undefined : (failures ?? 0) + (errors ?? 0),
  };
}

/** The root's own declaration; where it makes none, the sum over the suites below it, if each of them states both. */
export class Summary {
  #root: Declared | undefined;
  #suites = 0;
  #tests = 0;
  #bad = 0;
  #complete = true;

  root(declared: Declared): void {
    if (declared.tests !== undefined || declared.bad !== undefined) this.#root = declared;
  }

  belowRoot({ tests, bad }: Declared): void {
    this.#suites++;
    if (tests === undefined || bad === undefined) this.#complete = false;
    else {
      this.#tests += tests;
      this.#bad += bad;
    }
  }

  declared(): Declared | undefined {
    if (this.#root !== undefined) return this.#root;
    return this.#complete && this.#suites > 0 ? { tests: this.#tests, bad: this.#bad } : undefined;
  }
}

/** In what the declaration contradicts the cases; undefined when it agrees. */
export function mismatch(declared: Declared | undefined, counts: OutcomeCounts): string | undefined {
  const total = totalOf(counts);
  const bad = counts.failed + counts.errored;
  const wrong: string[] = [];
  if (declared?.tests !== undefined && declared.tests !== total) wrong.push(`${declared.tests} tests (found ${total})`);
  if (declared?.bad !== undefined && declared.bad !== bad)
    wrong.push(`${declared.bad} failures and errors (found ${bad})`);
  return wrong.length === 0 ? undefined : `the summary says ${wrong.join(" and ")}; the cases count`;
}

/** Failures that are declared but nowhere to be found must not look like a pass. */
export function lostFailures(declared: Declared | undefined, counts: OutcomeCounts): string | undefined {
  return counts.failed + counts.errored === 0 && (declared?.bad ?? 0) > 0
    ? `the summary says ${declared?.bad} failures, but no case failed`
    : undefined;
}
