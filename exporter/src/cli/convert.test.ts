import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { plumbline as runIt } from "./test-support.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "plumbline-convert-"));
});
const plumbline = (line: string, stdin?: string) =>
  runIt(line.split(" "), { cwd, ...(stdin === undefined ? {} : { stdin }) });

const MOCHA = {
  stats: { suites: 1, tests: 3, passes: 1, pending: 1, failures: 1, start: "2026-01-31T10:00:00.000Z", duration: 50 },
  tests: [
    { title: "adds", fullTitle: "basket adds", file: "/w/test/shop.js", duration: 5, err: {} },
    { title: "fails", fullTitle: "basket fails", file: "/w/test/shop.js", duration: 7, err: {} },
    { title: "waits", fullTitle: "basket waits", file: "/w/test/shop.js", err: {} },
  ],
  pending: [{ title: "waits", fullTitle: "basket waits", file: "/w/test/shop.js", err: {} }],
  failures: [
    {
      title: "fails",
      fullTitle: "basket fails",
      file: "/w/test/shop.js",
      duration: 7,
      err: { message: 'expected "a" & <b>' },
    },
  ],
  passes: [{ title: "adds", fullTitle: "basket adds", file: "/w/test/shop.js", duration: 5, err: {} }],
};
const LOAD_ERROR = {
  config: { rootDir: "/w" },
  suites: [],
  errors: [{ message: "no such module" }],
  stats: { unexpected: 0 },
};
const put = (name: string, value: unknown) => writeFileSync(join(cwd, name), JSON.stringify(value));

describe("convert", () => {
  test.each([
    ["ctrf", "ctrf"],
    ["junit", "junit"],
    ["standard", "standard"],
  ])("writes %s that our own reader counts the same", async (to, format) => {
    put("mocha.json", MOCHA);
    const { status, out, err } = await plumbline(`convert mocha.json --to ${to}`);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const again = JSON.parse((await plumbline("inspect - --json", out)).out);
    expect(again.format).toBe(format);
    expect(again.summary).toMatchObject({
      total: 3,
      passed: 1,
      failed: 1,
      errored: 0,
      skipped: 1,
      durationSeconds: 0.05,
    });
    expect(again.failures[0].message).toBe('expected "a" & <b>');
  });

  test("writes a file, and reads standard input", async () => {
    const { status, out } = await plumbline("convert - --to junit -o out/junit.xml", JSON.stringify(MOCHA));
    expect({ status, out }).toEqual({ status: 0, out: "" });
    expect(readFileSync(join(cwd, "out/junit.xml"), "utf8")).toContain('tests="3" failures="1" errors="0" skipped="1"');
  });

  test.each(["ctrf", "junit", "standard"])("a run that did not end well never becomes a good one in %s", async (to) => {
    put("playwright.json", LOAD_ERROR);
    const { status, out } = await plumbline(`convert playwright.json --to ${to}`);
    expect(status).toBe(0);
    const again = JSON.parse((await plumbline("inspect - --json", out)).out);
    expect(again.state === "error" || again.summary.errored > 0).toBe(true);
    expect(out).toContain("no such module");
    expect(again.summary.passed).toBe(0);
  });

  test("a state with cases is partial in the standard report, with all counts", async () => {
    put("mocha.json", {
      ...MOCHA,
      stats: { ...MOCHA.stats, failures: 9 },
      failures: [],
      tests: MOCHA.tests.slice(0, 1),
    });
    const { out } = await plumbline("convert mocha.json --to standard");
    expect(JSON.parse(out)).toMatchObject({ status: "partial", results: { passed: 1, incomplete: 0 } });
  });

  test.each([
    ["no target", "convert mocha.json", /required option '--to <format>'/],
    ["an unknown target", "convert mocha.json --to xml", /Allowed choices are ctrf, standard, junit/],
    ["a missing file", "convert nope.json --to ctrf", /nope\.json: INPUT_NOT_FOUND/],
    [
      "measures",
      "convert measures.json --to ctrf",
      /measures\.json: USAGE: a measures report holds measures, not tests/,
    ],
    ["a damaged file", "convert cut.json --to ctrf", /cut\.json:1:\d+: FORMAT_SYNTAX/],
  ])("%s is exit status 2 with one line", async (_, line, message) => {
    put("mocha.json", MOCHA);
    put("measures.json", { measures: [{ name: "latency", value: 3, unit: "ms" }] });
    writeFileSync(join(cwd, "cut.json"), JSON.stringify(MOCHA).slice(0, -5));
    const { status, out, err } = await plumbline(line);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});
