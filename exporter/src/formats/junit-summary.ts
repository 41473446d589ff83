/** What suites declare of themselves, compared with the cases that were found in them. */
import { parseCount } from "./numbers.ts";
import type { XmlAttributes } from "./xml.ts";

export interface Declared {
  readonly tests: number | undefined;
  /** failures + errors; undefined when neither is stated. */
  readonly bad: number | undefined;
  /** Skipped and disabled tests, which some tools count and do not list. */
  readonly skipped: number;
}

export function declaredBy(attributes: XmlAttributes): Declared {
  const count = (...names: string[]): number | undefined => {
    const stated = names.map((name) => parseCount(attributes.get(name))).filter((value) => value !== undefined);
    return stated.length === 0 ? undefined : stated.reduce((sum, value) => sum + value);
  };
  return {
    tests: count("tests"),
    bad: count("failures", "errors"),
    skipped: (count("skipped") ?? count("skips") ?? 0) + (count("disabled") ?? 0),
  };
}

/** Cases of one suite. */
export interface Found {
  tests: number;
  bad: number;
  skipped: number;
  /** Earlier attempts, which some tools count as tests and failures. */
  again: number;
}
export const noneFound = (): Found => ({ tests: 0, bad: 0, skipped: 0, again: 0 });
export function addFound(to: Found, from: Found): void {
  to.tests += from.tests;
  to.bad += from.bad;
  to.skipped += from.skipped;
  to.again += from.again;
}

/** One thing to say of all suites: the outermost's, the first among equals, and how many more. */
interface Finding {
  depth: number;
  text: string;
  more: number;
}

/**
 * Compares suite by suite, because a root may state nothing and a sum hides what is missing in one of its parts. Tools
 * count either a suite's own cases or those of its inner suites too, so either number agrees.
 */
export class Summary {
  #mismatch: Finding | undefined;
  #lost: Finding | undefined;
  #missing: Finding | undefined;

  /** `depth` 1 is the report's outermost element; `all` includes the inner suites. */
  check(name: string, depth: number, declared: Declared, own: Found, all: Found): void {
    const { tests, bad, skipped } = declared;
    const who = depth === 1 ? "the summary" : `suite ${name}`;
    const wrong: string[] = [];
    if (tests !== undefined && tests !== all.tests && tests !== own.tests)
      wrong.push(`${tests} tests (found ${all.tests})`);
    if (bad !== undefined && bad !== all.bad && bad !== own.bad)
      wrong.push(`${bad} failures and errors (found ${all.bad})`);
    if (wrong.length > 0) this.#mismatch = outer(this.#mismatch, depth, `${who} says ${wrong.join(" and ")}`);
    if (bad !== undefined && all.bad === 0 && bad > all.again)
      this.#lost = outer(this.#lost, depth, `${who} says ${bad} failures, but no case failed`);
    const unlisted = Math.max(0, skipped - all.skipped);
    if (tests !== undefined && tests > all.tests + all.again + unlisted)
      this.#missing = outer(this.#missing, depth, `${who} says ${tests} tests, but holds ${all.tests}`);
  }

  /** Where a declaration contradicts the cases; undefined when all agree. */
  mismatch(): string | undefined {
    return this.#mismatch === undefined ? undefined : `${textOf(this.#mismatch)}; the cases count`;
  }

  /** Failures that are declared but nowhere to be found must not look like a pass. */
  lostFailures(): string | undefined {
    return this.#lost && textOf(this.#lost);
  }

  /** Tests that are declared, not explained by skips or attempts, and nowhere to be found. */
  missingTests(): string | undefined {
    return this.#missing && textOf(this.#missing);
  }
}

function outer(known: Finding | undefined, depth: number, text: string): Finding {
  if (known === undefined || depth < known.depth) return { depth, text, more: 0 };
  if (depth === known.depth) known.more++;
  return known;
}

const textOf = ({ text, more }: Finding): string =>
  more === 0 ? text : `${text}; so it is in ${more} more ${more === 1 ? "suite" : "suites"}`;
