import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chunksOf, read } from "../../test/conformance/reading.ts";
import { type AppError, toAppError } from "../errors.ts";
import { coverageOfFiles, type FileCoverage, mergeFile, rangesText } from "../model/coverage.ts";
import { DEFAULT_LIMITS } from "../model/format.ts";
import { type CoverageDocument, inspectReport } from "./inspect.ts";
import { FORMATS } from "./registry.ts";

const FIXTURES = join(import.meta.dirname, "../../test/fixtures");
const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, name));
const inspect = async (input: string | Uint8Array): Promise<CoverageDocument> => {
  const document = await inspectReport({ name: "f", chunks: chunksOf(input) }, DEFAULT_LIMITS);
  if (document.kind !== "coverage") throw new Error(document.kind);
  return document;
};
const refusal = async (input: string, format?: string): Promise<AppError> => {
  try {
    await inspectReport({ name: "f", chunks: chunksOf(input) }, DEFAULT_LIMITS, format);
  } catch (error) {
    return toAppError(error);
  }
  throw new Error("was read");
};
/** "lines branches functions" in covered/total. */
const countsOf = (files: readonly FileCoverage[]): string =>
  (["lines", "branches", "functions"] as const)
    .map((kind) => {
      const known = files.flatMap((file) => file[kind] ?? []);
      const sum = (what: "covered" | "total"): number => known.reduce((all, tally) => all + tally[what], 0);
      return known.length === 0 ? "-" : `${sum("covered")}/${sum("total")}`;
    })
    .join(" ");

test.each([
  // What the tools printed; see the SOURCES.md beside each file.
  ["lcov/lcov-1.16-c.info", "11/14 5/8 2/3"],
  ["lcov/gcovr-8.4-c.lcov", "11/14 5/8 2/3"],
  ["lcov/nyc-17.1.0-all.info", "10/14 6/10 4/6"],
  ["lcov/c8-10.1.3-all.info", "24/31 7/12 4/6"],
  ["lcov/coverage-py-7.11.0-branch.lcov", "21/25 8/8 4/8"],
  ["cobertura/coverage-py-7.11.0-branch.xml", "21/25 8/8 -"],
  ["cobertura/coverage-py-7.11.0-lines.xml", "21/25 - -"],
  ["cobertura/gcovr-8.4-c.xml", "11/14 5/8 2/3"],
  ["cobertura/nyc-17.1.0-all.xml", "10/14 6/10 4/6"],
  ["cobertura/phpunit-9.6.7-pcov.xml", "4/7 - 2/4"],
  ["clover/phpunit-9.6.7-pcov.xml", "4/7 - 1/3"],
  ["clover/nyc-17.1.0-all.xml", "10/14 6/10 4/6"],
  ["jacoco/jacoco-0.8.13-maven.xml", "10/14 6/8 3/7"],
  ["jacoco/gcovr-8.4-c.xml", "11/14 5/8 2/3"],
  ["istanbul/nyc-17.1.0-all.json", "10/14 6/10 4/6"],
  ["istanbul/vitest-3.2.4-istanbul.json", "10/14 6/10 4/6"],
  ["istanbul/c8-10.1.3-all.json", "24/31 7/12 4/6"],
  ["istanbul-summary/nyc-17.1.0-all.json", "10/14 6/10 4/6"],
  ["gocover/go-1.26.8-set.out", "10/14 - -"],
  ["gocover/go-1.26.8-coverpkg.out", "12/14 - -"],
  ["coverage-py/coverage-py-7.11.0-branch.json", "21/25 8/8 4/7"],
  ["simplecov/simplecov-0.22.0-resultset.json", "12/14 2/4 -"],
])("%s has the totals that its tool printed: %s", async (name, expected) => {
  const { coverageFiles, warnings } = await read(fixture(name));
  expect(countsOf(coverageFiles)).toBe(expected);
  expect(warnings).toEqual([]);
});

test.each(["lcov/coverage-py-7.11.0-shard-%.lcov", "coverage-py/coverage-py-7.11.0-shard-%.json"])(
  "two shards of %s are together what the whole run has",
  async (pattern) => {
    const [one, two] = await Promise.all(
      ["one", "two"].map(async (shard) => (await read(fixture(pattern.replace("%", shard)))).coverageFiles),
    );
    const whole = (await read(fixture(pattern.replace("shard-%", "branch")))).coverageFiles;
    const merged = one!.map((file) => mergeFile(file, two!.find((other) => other.path === file.path)!));
    const lines = (files: readonly FileCoverage[]) => files.map(({ path, missed }) => [path, rangesText(missed ?? [])]);
    expect(lines(merged)).toEqual(lines(whole));
    expect(coverageOfFiles(merged)).toEqual(coverageOfFiles(whole));
  },
);

describe("lcov", () => {
  test("a concatenated tracefile joins the sections of a file", async () => {
    const text = fixture("lcov/lcov-1.16-c.info").toString();
    const once = await inspect(text);
    expect(await inspect(text + text)).toEqual(once);
    const lines = `SF:a.c\nDA:1,1\nDA:2,0\nend_of_record\n`;
    const other = `SF:./a.c\nDA:1,0\nDA:2,5\nDA:3,0\nend_of_record\n`;
    expect((await inspect(lines + other)).files).toEqual([{ path: "a.c", linePercent: 66.6667, uncoveredLines: "3" }]);
  });

  test.each([
    ["a negative count is not covered", "DA:1,-3", "0/1 - -", "VALUE_SKIPPED"],
    ["NaN is not covered", "DA:1,NaN", "0/1 - -", "VALUE_SKIPPED"],
    ["a missing count is not covered", "DA:1", "0/1 - -", "VALUE_SKIPPED"],
    ["an exponent is read", "DA:1,1e+06", "1/1 - -", undefined],
    ["line 0 is no line", "DA:0,1\nDA:1,1", "1/1 - -", "VALUE_SKIPPED"],
    ["an absurd line is no line", "DA:99999999999,1\nDA:1,0", "0/1 - -", "VALUE_SKIPPED"],
    ["a branch that was not reached is not taken", "DA:1,0\nBRDA:1,0,0,-", "0/1 0/1 -", undefined],
    ["a C++ name holds commas", "DA:1,1\nFN:1,f<int, int>\nFNDA:2,f<int, int>", "1/1 - 1/1", undefined],
    ["counts may come before the functions", "DA:1,1\nFNDA:2,f\nFN:1,f", "1/1 - 1/1", undefined],
    ["log lines are skipped", "DA:1,1\nnpm notice\nDA:2,0", "1/2 - -", "NOISE_SKIPPED"],
    ["sums that lie do not count", "DA:1,0\nLF:100\nLH:100", "0/1 - -", undefined],
  ])("%s", async (_, body, expected, warning) => {
    const { coverageFiles, warnings } = await read(`TN:\nSF:a.c\n${body}\nend_of_record\n`, { format: "lcov" });
    expect(countsOf(coverageFiles)).toBe(expected);
    expect(warnings.map(({ code }) => code)).toEqual(warning === undefined ? [] : [warning]);
  });

  test("a section that does not end is a visible partial", async () => {
    const document = await inspect("TN:\nSF:a.c\nDA:1,1\nDA:2,");
    expect(document).toMatchObject({ state: "partial", files: [{ path: "a.c", linePercent: 50 }] });
    expect(document.warnings.map(({ code }) => code)).toContain("INCOMPLETE");
  });
});

describe("gocover", () => {
  test("several blocks of a line, and a block in several profiles, count once each", async () => {
    const text =
      "mode: count\nm/a.go:3.1,3.20 2 1\nm/a.go:3.21,3.40 1 0\nm/a.go:5.2,7.3 1 0\n" +
      "mode: count\nm/a.go:5.2,7.3 1 4\nm/a.go:3.1,3.20 2 0\n";
    expect(await inspect(text)).toEqual({
      kind: "coverage",
      format: "gocover",
      coverage: { linePercent: 75, files: 1 },
      files: [{ path: "m/a.go", linePercent: 75, uncoveredLines: "" }],
      warnings: [],
    });
  });

  test("paths may hold spaces and colons; a cut last line is a visible partial", async () => {
    const document = await inspect("mode: set\nC:/my shop/a.go:3.1,4.2 2 1\nC:/my shop/a.go:5.1,6.2 2 ");
    expect(document).toMatchObject({ state: "partial", files: [{ path: "C:/my shop/a.go", linePercent: 100 }] });
  });

  test("a profile without a block is empty, not good", async () => {
    const document = await inspect("mode: set\n");
    expect(document.coverage).toEqual({});
    expect(document.warnings.map(({ code }) => code)).toEqual(["NO_TESTS"]);
  });
});

describe("XML formats", () => {
  test("Cobertura: a lying summary is reported, the lines count", async () => {
    const text =
      '<coverage line-rate="1" lines-valid="2" lines-covered="2"><packages><package><classes><class filename="a.py"><lines>' +
      '<line number="1" hits="0"/><line number="2" hits="1"/></lines></class></classes></package></packages></coverage>';
    const document = await inspect(text);
    expect(document.coverage.linePercent).toBe(50);
    expect(document.warnings.map(({ code }) => code)).toEqual(["SUMMARY_MISMATCH"]);
  });

  test("Cobertura: a class with lines in its methods only is read from them", async () => {
    const document = await inspect(
      '<coverage line-rate="0.5"><packages><package><classes><class name="A" filename="a.cs"><methods><method name="m"><lines>' +
        '<line number="1" hits="0"/><line number="2" hits="1" branch="true" condition-coverage="50% (1/2)"/></lines></method></methods></class></classes></package></packages></coverage>',
    );
    expect(document.coverage).toEqual({ linePercent: 50, branchPercent: 50, functionPercent: 100, files: 1 });
  });

  test("Cobertura: rates alone are used when no class is named", async () => {
    expect((await inspect('<coverage line-rate="0.815" branch-rate="0"><packages/></coverage>')).coverage).toEqual({
      linePercent: 81.5,
    });
  });

  test("Cobertura: impossible branches and lines are left out, and said", async () => {
    const { coverage, warnings } = await inspect(
      '<coverage line-rate="0"><packages><class filename="a"><lines><line number="1" hits="1" condition-coverage="150% (3/2)"/>' +
        '<line number="-4" hits="1"/><line number="2" hits="-1"/></lines></class></packages></coverage>',
    );
    expect(coverage).toEqual({ linePercent: 50, files: 1 });
    expect(warnings.length).toBe(3);
  });

  test("two clovers and Coberturas with nothing in them are told apart", () => {
    const claims = (text: string) => FORMATS.filter((one) => one.sniff(text, "f") === "certain").map(({ id }) => id);
    expect(claims('<coverage generated="1"><project/></coverage>')).toEqual(["clover"]);
    expect(claims('<coverage><project name="a"><metrics/></project></coverage>')).toEqual(["clover"]);
    expect(claims("<coverage><sources/><packages/></coverage>")).toEqual(["cobertura"]);
    expect(claims("<coverage/>")).toEqual([]);
    expect(claims("<report><summary/></report>")).toEqual([]);
  });

  test("JaCoCo: the same class name in two modules is two files", async () => {
    const { files } = await inspect(fixture("jacoco/handmade-jacoco-0.8.13-aggregate.xml"));
    expect(files?.map(({ path }) => path)).toEqual(["batch/shop/Main.java", "web/shop/Main.java"]);
  });

  test("Clover: tests are not code, and a condition needs no count", async () => {
    const { files } = await inspect(fixture("clover/handmade-openclover-4.5.xml"));
    expect(files?.map(({ path }) => path.split("/").at(-1))).toEqual(["Basket.java"]);
  });
});

describe("JSON formats", () => {
  const entry = (s: object) =>
    JSON.stringify({
      "/a.js": {
        path: "/a.js",
        statementMap: { 0: { start: { line: 1 } }, 1: { start: { line: 1 } }, 2: { start: { line: 2 } } },
        s,
        fnMap: {},
        f: {},
        branchMap: { 0: { line: 2 } },
        b: { 0: [1, null, 0] },
      },
    });
  test("Istanbul: a line is covered when any of its statements ran; unreadable counts are not", async () => {
    const { coverage, warnings } = await inspect(entry({ 0: 0, 1: 3, 2: "x" }));
    expect(coverage).toEqual({ linePercent: 50, branchPercent: 33.3333, files: 1 });
    expect(warnings.map(({ code }) => code)).toEqual(["VALUE_SKIPPED", "VALUE_SKIPPED"]);
  });

  test("prototype-polluting keys are files like any other, or refused", async () => {
    const text = entry({ 0: 1 }).replace('"/a.js":', '"__proto__":');
    expect((await inspect(text)).files?.length).toBe(1);
    expect(({} as { statementMap?: unknown }).statementMap).toBeUndefined();
    const summary = '{"total":{"lines":{"total":1,"covered":1},"statements":{"total":1,"covered":1}},"constructor":{}}';
    expect((await refusal(summary)).code).toBe("FORMAT_SCHEMA");
  });

  test("a summary of totals alone is read", async () => {
    const summary = '{"total":{"lines":{"total":8,"covered":6},"statements":{"total":9,"covered":1}}}';
    expect((await inspect(summary)).coverage).toEqual({ linePercent: 75 });
  });

  test("SimpleCov: commands are joined, ignored lines left out", async () => {
    const { files } = await inspect(fixture("simplecov/handmade-simplecov-0.17-two-commands.json"));
    expect(files?.[0]).toEqual({ path: "/work/shop/lib/basket.rb", linePercent: 75, uncoveredLines: "5" });
  });

  test("a wrong shape is refused with its place", async () => {
    const error = await refusal('{"meta":{"branch_coverage":true},\n"files":{"a.py":{"missing_lines":[1]}}}');
    expect(error).toMatchObject({ code: "FORMAT_SCHEMA", place: { line: 2, column: 17 } });
  });
});

test("every JSON and XML coverage fixture that is cut is refused: half of it is never taken for all", async () => {
  for (const { id, reads, extensions } of FORMATS.filter((format) => format.yields === "coverage")) {
    if (reads === "stream" && !extensions.includes("xml")) continue;
    const names = readdirSync(join(FIXTURES, id)).filter((name) => name !== "SOURCES.md");
    for (const name of names) {
      const text = fixture(`${id}/${name}`).toString().trimEnd();
      for (const share of [0.3, 0.6, 0.9])
        expect((await refusal(text.slice(0, Math.floor(text.length * share)), id)).code).toBe("FORMAT_SYNTAX");
    }
  }
});
