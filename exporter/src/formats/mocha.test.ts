import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const entry = (title: string, more: object = {}) => ({
  title,
  fullTitle: `s ${title}`,
  file: "/w/test/a.js",
  err: {},
  ...more,
});
const mocha = (lists: {
  tests?: object[];
  passes?: object[];
  pending?: object[];
  failures?: object[];
  stats?: object;
}) => {
  const { stats: more, ...given } = lists;
  const all = { tests: [], passes: [], pending: [], failures: [], ...given };
  const stats = {
    tests: all.tests.length,
    passes: all.passes.length,
    pending: all.pending.length,
    failures: all.failures.length,
    ...more,
  };
  return JSON.stringify({ stats, ...all }, null, 2);
};

describe("mocha", () => {
  test("a test in none of the lists is errored, never passed", async () => {
    const { counts } = await read(mocha({ tests: [entry("a"), entry("b")], passes: [entry("a")] }));
    expect(counts).toMatchObject({ passed: 1, errored: 1 });
  });
  test("a test that passed and then failed is one failed test", async () => {
    const { counts } = await read(
      mocha({
        tests: [entry("a")],
        passes: [entry("a")],
        failures: [entry("a", { err: { message: "done() called twice" } })],
      }),
    );
    expect(counts).toEqual({ passed: 0, failed: 1, errored: 0, skipped: 0 });
  });
  test("tests of the same name stay distinct tests", async () => {
    const { counts } = await read(
      mocha({ tests: [entry("a"), entry("a"), entry("a")], passes: [entry("a"), entry("a")], failures: [entry("a")] }),
    );
    expect(counts).toMatchObject({ passed: 2, failed: 1 });
  });
  test("retries are earlier attempts", async () => {
    const { cases } = await read(
      mocha({ tests: [entry("a", { currentRetry: 2 })], passes: [entry("a", { currentRetry: 2 })] }),
    );
    expect(cases[0]?.earlierAttempts).toEqual([{ outcome: "failed" }, { outcome: "failed" }]);
  });
  test("failures that are declared only are an error", async () => {
    const { meta, warnings } = await read(mocha({ tests: [entry("a")], passes: [entry("a")], stats: { failures: 2 } }));
    expect(meta).toMatchObject({ state: "error", stateMessage: expect.stringContaining("2 failures") });
    expect(warnings.map((w) => w.code)).toEqual(["SUMMARY_MISMATCH"]);
  });
  test.each([
    ["negative", -5],
    ["text", "12"],
    ["beyond numbers", "1e999"],
  ])("a duration that is %s is left out and told", async (_, duration) => {
    const { cases, warnings } = await read(
      mocha({ tests: [entry("a")], passes: [entry("a", { duration })] }).replace('"1e999"', "1e999"),
    );
    expect(cases[0]?.durationSeconds).toBeUndefined();
    expect(warnings.map((w) => w.code)).toEqual(["TIME_UNREADABLE"]);
  });
  test("hostile keys are only keys", async () => {
    const text = mocha({ tests: [entry("a")], passes: [entry("a")] });
    const { cases } = await read(text.replace('"title"', '"__proto__": {"outcome": "x"}, "title"'));
    expect(cases[0]).toMatchObject({ name: "a", outcome: "passed", className: "s" });
    expect(({} as Record<string, unknown>).outcome).toBeUndefined();
  });
  test("lines around the document are skipped, and places still count from the file's first line", async () => {
    const text = mocha({ tests: [entry("a")], passes: [entry("a")] });
    const { counts, warnings } = await read(`starting\n[db] up\n${text}\nbye\n`);
    expect(counts.passed).toBe(1);
    expect(warnings).toEqual([{ code: "NOISE_SKIPPED", message: "3 lines around the JSON document were skipped" }]);
    const broken = await read(`starting\n${text.replace('"pending": []', '"pending": 3')}\n`).catch((e: unknown) => e);
    expect(broken).toMatchObject({ code: "FORMAT_SCHEMA", place: { line: expect.any(Number) } });
    const cut = await read(`starting\n${text.slice(0, -20)}`).catch((e: unknown) => e);
    expect(cut).toMatchObject({ code: "FORMAT_SYNTAX" });
    expect((cut as { place: { line: number } }).place.line).toBeGreaterThan(text.split("\n").length - 3);
  });
});
