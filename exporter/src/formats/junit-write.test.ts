import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { comparable, report } from "../../test/conformance/reports.ts";
import type { CaseResult } from "../model/test.ts";
import { toJunitXml } from "./junit-write.ts";

const written = (...cases: CaseResult[]) =>
  toJunitXml({ meta: {}, suiteSeconds: new Map(), coverage: undefined, cases });
const failed = (message: string, stack?: string): CaseResult => ({
  suite: undefined,
  name: "t",
  outcome: "failed",
  failure: { message, stack },
});

/** JSON text with sorted keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

describe("junit-write", () => {
  test("what is written reads back the same", async () => {
    await fc.assert(
      fc.asyncProperty(report, async (given) => {
        const { cases, meta, warnings } = await read(toJunitXml(given));
        const sorted = (list: readonly CaseResult[]) => list.map((c) => canonical(comparable(c))).sort();
        // Cases without a suite stand in one of their own, since JUnit knows no others.
        const own = given.cases.map((c) => (c.suite === undefined ? { ...c, suite: { name: "(no suite)" } } : c));
        expect(sorted(cases)).toEqual(sorted(own));
        if (given.meta.durationSeconds !== undefined) expect(meta.durationSeconds).toBe(given.meta.durationSeconds);
        expect(warnings.filter((w) => w.code !== "NO_TESTS")).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("any text at all makes well-formed XML; what XML cannot hold becomes U+FFFD", async () => {
    const any = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ unit: "binary-ascii", maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(any, any, async (message, stack) => {
        const xml = written({ ...failed(`m${message}`, `s${stack}`), name: `n${message}`, className: `c${stack}` });
        const { cases, warnings } = await read(xml);
        const kept = (value: string) =>
          value.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
        expect(cases[0]?.name).toBe(kept(`n${message}`));
        expect(cases[0]?.className).toBe(kept(`c${stack}`));
        expect(warnings).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("line breaks, tabs and control characters in attributes survive or are marked", async () => {
    const xml = written(failed("a\nb\tc\rd\u0001e\u0000f]]>", "x\r\ny\u001bz"));
    expect(xml).toContain('message="a&#10;b&#9;c&#13;d\ufffde\ufffdf]]&gt;"');
    expect((await read(xml)).cases[0]?.failure?.message).toBe("a\nb\tc\rd\ufffde\ufffdf]]>");
  });

  test("earlier attempts are flaky or rerun ones by how it ended", async () => {
    const earlierAttempts = [{ outcome: "errored" as const, failure: { message: "e" } }];
    expect(written({ suite: undefined, name: "t", outcome: "passed", earlierAttempts })).toContain(
      '<flakyError message="e"/>',
    );
    expect(written({ ...failed("m"), earlierAttempts })).toContain('<rerunError message="e"/>');
  });

  test("a run that did not end well has an error that every reader sees", async () => {
    const xml = toJunitXml({
      meta: { state: "partial", stateMessage: "cut" },
      suiteSeconds: new Map(),
      coverage: undefined,
      cases: [],
    });
    expect((await read(xml)).counts).toMatchObject({ errored: 1 });
    expect(xml).toContain('errors="1"');
  });

  test("small times are decimals", () => {
    expect(written({ suite: undefined, name: "t", outcome: "passed", durationSeconds: 1e-7 })).toContain(
      'time="0.0000001"',
    );
  });
});
