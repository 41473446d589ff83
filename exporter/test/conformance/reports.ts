/** Arbitrary reports, for what is written and must read back the same. */
import fc from "fast-check";
import type { CollectedReport } from "../../src/formats/collect.ts";
import type { Attempt, CaseResult, Failure, SuiteNode } from "../../src/model/test.ts";

/** Texts with everything that escapes must bear, without control characters; not empty, no space at the ends. */
export const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
      fc.constantFrom(
        "a & b",
        "<b>",
        '"q"',
        "'s'",
        "]]>",
        "<![CDATA[",
        "&amp;",
        "&#10;",
        "x\ny",
        "x\ty",
        "é",
        "😀",
        " - ",
      ),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) =>
    `t${parts.join("")}.`.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, "").toWellFormed(),
  );

/** Names are one line. */
export const name = text.map((value) => value.replace(/\s+/g, " "));

const seconds = fc.option(
  fc.integer({ min: 0, max: 10_000_000 }).map((micros) => micros / 1e6),
  { nil: undefined },
);
const startedAtMs = fc.option(fc.integer({ min: 1.5e12, max: 1.9e12 }), { nil: undefined });

const failure: fc.Arbitrary<Failure> = fc.record({
  message: text,
  type: fc.option(name, { nil: undefined }),
  stack: fc.option(
    text.map((value) => `stack ${value}`),
    { nil: undefined },
  ),
});

const bad: fc.Arbitrary<Attempt> = fc.record({
  outcome: fc.constantFrom("failed", "errored"),
  durationSeconds: seconds,
  failure,
});
const good: fc.Arbitrary<Attempt> = fc.record({
  outcome: fc.constantFrom("passed", "skipped"),
  durationSeconds: seconds,
});

/** Suites to three levels; cases of one path share their suite. */
export const report: fc.Arbitrary<CollectedReport> = fc
  .record({
    meta: fc.record({ durationSeconds: seconds, startedAtMs }),
    cases: fc.array(
      fc.record({
        attempt: fc.oneof(bad, good),
        path: fc.array(fc.constantFrom("one", "two <&>", 'th"ree'), { maxLength: 3 }),
        className: fc.option(name, { nil: undefined }),
        name,
        file: fc.option(name, { nil: undefined }),
        line: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
        startedAtMs,
        earlier: fc.array(bad, { maxLength: 3 }),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ meta, cases }) => {
    const suites = new Map<string, SuiteNode>();
    const suiteOf = (path: readonly string[]): SuiteNode | undefined => {
      if (path.length === 0) return undefined;
      const key = path.join("\0");
      let node = suites.get(key);
      if (node === undefined) {
        node = { name: path.at(-1)!, parent: suiteOf(path.slice(0, -1)) };
        suites.set(key, node);
      }
      return node;
    };
    return {
      meta,
      suiteSeconds: new Map(),
      coverage: undefined,
      cases: cases.map(
        ({ attempt, path, earlier, ...rest }): CaseResult => ({
          ...rest,
          ...attempt,
          suite: suiteOf(path),
          ...(earlier.length === 0 || attempt.outcome === "skipped" ? {} : { earlierAttempts: earlier }),
        }),
      ),
    };
  });

/** What two readings are compared by: without keys that are undefined, and suites as their paths. */
export function comparable(result: CaseResult): unknown {
  const path: string[] = [];
  for (let node = result.suite; node !== undefined; node = node.parent) path.unshift(node.name);
  return JSON.parse(JSON.stringify({ ...result, suite: path }));
}
