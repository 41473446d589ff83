import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { plumbline } from "./test-support.ts";

const STEP = [100, 101, 99, 100, 102, 98, 100, 101, 99, 100, 110, 112, 111, 109, 110, 112, 111, 110, 109, 111];
const FLAT = [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7];
const series = (id: string, values: unknown, rest: object = {}) => JSON.stringify({ id, values, ...rest });

async function answers(stdin: string | Buffer, ...flags: string[]) {
  const { status, out, err } = await plumbline(["analyze", "--input", "-", "--json", ...flags], { stdin });
  const lines = out.trim() === "" ? [] : out.trim().split("\n");
  return { status, err, rows: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("analyze --json", () => {
  test("one line in, one line out, in the order of the input", async () => {
    const { status, err, rows } = await answers(`${series("step", STEP)}\n${series("flat", FLAT)}\n`);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(rows.map(({ id }) => id)).toEqual(["step", "flat"]);
    expect(rows[0]).toMatchObject({
      changePoints: [{ index: 10, before: 100, after: 110.5, direction: "up", pValue: expect.any(Number) }],
      outliers: [],
      trend: null,
      suspected: [],
      state: "changed",
      n: 20,
      summary: expect.stringMatching(/^Rose 10\.5 % \(100 to 110\.5\), 10 runs since, p = /),
    });
    expect(rows[1]).toMatchObject({ changePoints: [], outliers: [], trend: null, state: "ok" });
  });

  test("a trend has slope, r, p and direction", async () => {
    const { rows } = await answers(series("rising", [5, 5.1, 5.2, 5.4, 5.3, 5.5, 5.6, 5.8, 5.7, 6]));
    expect(rows[0]?.trend).toEqual({
      slope: expect.closeTo(0.1, 1),
      r: expect.closeTo(0.97, 1),
      pValue: expect.any(Number),
      direction: "increasing",
    });
  });

  test("zeros and ones are outcomes", async () => {
    const { rows } = await answers(series("flaky", [...Array(30).fill(0), ...Array(14).fill(1)]));
    expect(rows[0]).toMatchObject({
      kind: "outcomes",
      state: "changed",
      changePoints: [{ direction: "up", before: 0 }],
    });
    expect(rows[0]?.summary).toMatch(/the share of ones rose from 0 % to 100 % \(14 of the last 14 runs\)/i);
  });

  test("gaps keep the positions of the others, also as Python writes them", async () => {
    const gapped = [null, ...STEP.slice(0, 5), "NaN", ...STEP.slice(5)];
    const python = series("a", gapped).replace("null", "NaN").replace("[NaN", "[-Infinity, NaN");
    const { status, rows } = await answers(`${series("a", gapped)}\n${python}\n`);
    expect(status).toBe(0);
    expect(rows[0]).toMatchObject({ n: 20, changePoints: [{ index: 12 }] });
    expect(rows[1]).toMatchObject({ n: 20, changePoints: [{ index: 13 }] });
  });

  test("the words NaN and Infinity in an id are left alone", async () => {
    const { rows } = await answers('{"id":"NaN of \\"Infinity\\"","values":[NaN]}');
    expect(rows[0]?.id).toBe('NaN of "Infinity"');
  });

  test("timestamps give the order, indices are places in the input", async () => {
    const timestamps = STEP.map((_, i) => new Date(Date.UTC(2026, 0, 20 - i)).toISOString());
    const { rows } = await answers(series("reversed", STEP.toReversed(), { timestamps }));
    expect(rows[0]).toMatchObject({ changePoints: [{ index: 9, before: 100, direction: "up" }] });
  });

  test("a timestamp that is none: a warning, and the order given", async () => {
    const timestamps = STEP.map((_, i) => (i === 3 ? "yesterday" : 100 - i));
    const { status, err, rows } = await answers(series("odd", STEP, { timestamps }));
    expect(status).toBe(0);
    expect(err).toBe(
      "stdin:1: WARNING: TIME_UNREADABLE: odd: timestamp 3 is no time; the runs are taken in the order given\n",
    );
    expect(rows[0]).toMatchObject({ changePoints: [{ index: 10 }] });
  });

  test("bad lines: one error line each with its place, the others are answered, exit 2", async () => {
    const bad: [string, string][] = [
      ["not json", "stdin:2:9: FORMAT_SYNTAX: not JSON: Unexpected token 'o'"],
      ['{"id":"cut","values":[1,2', "stdin:3:26: FORMAT_SYNTAX: not JSON: Expected ',' or ']' after array element"],
      ["[1,2,3]", "stdin:4: FORMAT_SCHEMA: expected an object, got an array"],
      ['{"values":[1]}', "stdin:5: FORMAT_SCHEMA: id: expected a string, got nothing"],
      ['{"id":"a"}', "stdin:6: FORMAT_SCHEMA: values: expected a list of numbers, got nothing"],
      [series("a", [1, "x"]), 'stdin:7: FORMAT_SCHEMA: values[1]: expected a number or null, got "x"'],
      [
        series("a", [1, 2], { timestamps: [1] }),
        "stdin:8: FORMAT_SCHEMA: 1 timestamps for 2 values: expected one for each",
      ],
    ];
    const { status, err, rows } = await answers(
      [series("first", STEP), ...bad.map(([line]) => line), series("last", FLAT)].join("\n"),
    );
    expect(status).toBe(2);
    expect(rows.map(({ id }) => id)).toEqual(["first", "last"]);
    const told = err.trim().split("\n");
    expect(told.map((line) => line.split(" (hint: ")[0])).toEqual(bad.map(([, message]) => message));
  });

  test.each<[string, unknown[]]>([
    ["nothing", []],
    ["one value", [1]],
    ["two values", [1, 2]],
    ["only gaps", [null, null]],
    ["a constant", FLAT],
    ["huge and tiny", [1e308, -1e308, 1e-308, 5e-324, 0, 1e300, -1e300, 1, 2, 3, 4, 5]],
    ["beyond the range of numbers", ["+1e999"]],
  ])("%s: an answer without NaN or infinity", async (_, values) => {
    const line = series("edge", values).replace('"+1e999"', "1e999");
    for (const flags of [[], ["--statistics"]]) {
      const { status, rows } = await answers(line, ...flags);
      expect(status).toBe(0);
      expect(rows).toHaveLength(1);
    }
  });

  test("statistics under the names of SciPy's reference", async () => {
    const { rows } = await answers(`${series("step", STEP)}\n${series("two", [1, 3])}`, "--statistics");
    expect(rows[0]).toMatchObject({
      id: "step",
      n: 20,
      mean: 105.25,
      median: 105.5,
      zScoreLast: { baselineMean: expect.closeTo(104.947, 3) },
      iqr: { q1: 100, q3: 110.25, outliers: [] },
      halves: { nFirst: 10, nSecond: 10, mannWhitney: { u: 0, ties: true, pValueExact: null } },
    });
    expect(rows[1]).toMatchObject({ n: 2, mean: 2, zScoreLast: null, linregressLast10: null, autocorrLag1: null });
  });
});

describe("analyze of CSV", () => {
  const rows = STEP.map((value, i) => `2026-01-${String(i + 1).padStart(2, "0")},${value}`);

  test("a file is one series, named like it; gzip is read", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "analyze-"));
    writeFileSync(join(cwd, "checkout p95.csv.gz"), gzipSync(`timestamp,value\r\n${rows.join("\r\n")}\r\n`));
    const { status, out } = await plumbline(["analyze", "--input", "checkout p95.csv.gz", "--json"], { cwd });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ id: "checkout p95", n: 20, changePoints: [{ index: 10 }] });
  });

  test("a bad line is a gap with an error, exit 2", async () => {
    const { status, err, rows: found } = await answers(["value;timestamp", "5;1", "fast;2", ";3", "7;4"].join("\n"));
    expect(status).toBe(2);
    expect(err).toMatch(/^stdin:3: FORMAT_SCHEMA: value: expected a number, got "fast"/);
    expect(found).toMatchObject([{ n: 2 }]);
  });

  test.each([
    ["no header", "2026-01-01,5\n", /stdin:1: FORMAT_SCHEMA: expected a header with a column "value"/],
    ["nothing", "", /stdin: INPUT_EMPTY: no series/],
    [
      "a JSON array",
      '[{"id":"a","values":[1]}]',
      /stdin: FORMAT_SCHEMA: expected one JSON object a line, got an array/,
    ],
  ])("%s is refused", async (_, stdin, message) => {
    const { status, err, rows: found } = await answers(stdin);
    expect(status).toBe(2);
    expect(err).toMatch(message);
    expect(found).toEqual([]);
  });
});

test("without --json people get lines and a table", async () => {
  const stdin = `${series("step", STEP)}\n${series("flat", FLAT)}\n`;
  const told = await plumbline(["analyze", "--input", "-"], { stdin });
  expect(told.out).toMatch(
    /^changed {2}step: Rose 10\.5 %.*\n {2}change at 10: 100 to 110\.5, p = .*\nok {2}flat: No change in 12 runs\.\n$/,
  );
  const table = await plumbline(["analyze", "--input", "-", "--statistics"], { stdin });
  expect(table.out.split("\n").map((line) => line.split(/ +/).slice(0, 3))).toEqual([
    ["ID", "N", "MEAN"],
    ["step", "20", "105.25"],
    ["flat", "12", "7"],
    [""],
  ]);
});

test("a missing file is an error, an option is needed", async () => {
  const missing = await plumbline(["analyze", "--input", "nothing.csv"]);
  expect(missing).toMatchObject({ status: 2, out: "" });
  expect(missing.err).toMatch(/^nothing\.csv: INPUT_NOT_FOUND/);
  expect((await plumbline(["analyze"])).status).toBe(2);
});
