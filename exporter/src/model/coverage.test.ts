import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coverageOfFiles,
  type FileCoverage,
  mergeFile,
  rangesOf,
  rangesText,
  sizeOf,
  sortedTriples,
  tallyOfTriples,
  without,
} from "./coverage.ts";

const linesOf = (ranges: readonly number[]): number[] => {
  const lines: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) for (let n = ranges[i]!; n <= ranges[i + 1]!; n++) lines.push(n);
  return lines;
};
const line = fc.integer({ min: 1, max: 40 });
const pairs = fc
  .array(fc.tuple(line, fc.integer({ min: 0, max: 6 })), { maxLength: 12 })
  .map((list) => list.flatMap(([from, more]) => [from, from + more]));

describe("ranges", () => {
  test("are the set of their lines, whatever the order of the pairs", () => {
    fc.assert(
      fc.property(pairs, pairs, (a, b) => {
        const [x, y] = [rangesOf(a), rangesOf(b)];
        const set = new Set(linesOf(a));
        expect(linesOf(x)).toEqual([...set].sort((m, n) => m - n));
        expect(sizeOf(x)).toBe(set.size);
        expect(linesOf(without(x, y))).toEqual(linesOf(x).filter((n) => !linesOf(y).includes(n)));
      }),
    );
  });

  test("adjacent ones are one, and the text is for people", () => {
    expect(rangesOf([9, 9, 3, 4, 5, 5])).toEqual([3, 5, 9, 9]);
    expect(rangesText([3, 5, 9, 9])).toBe("3-5, 9");
    expect(rangesText([])).toBe("");
    expect(rangesText([1, 1, 3, 3, 5, 8], 1)).toBe("1, … 5 more lines");
  });
});

const places = fc.array(fc.tuple(line, fc.nat(3), fc.nat(3)), { maxLength: 6 }).map((list) => {
  const triples = new Map(list.map(([at, covered, more]) => [at, [at, covered, covered + more + 1]]));
  return triples.size === 0 ? undefined : tallyOfTriples(sortedTriples([...triples.values()].flat()));
});
const counted = fc
  .tuple(fc.nat(9), fc.nat(9))
  .map(([covered, more]): FileCoverage["lines"] => ({ covered, total: covered + more }));
const tally = fc.option(fc.oneof(places, counted), { nil: undefined });
const named = fc
  .record({ all: pairs, hit: pairs, branches: tally, functions: tally, statements: places })
  .map(({ all, hit: ran, branches, functions, statements }): FileCoverage => {
    const hit = rangesOf(ran);
    const missed = without(rangesOf(all), hit);
    const lines = statements ?? { covered: sizeOf(hit), total: sizeOf(hit) + sizeOf(missed) };
    return { path: "a", lines, branches, functions, hit, missed };
  });
const unnamed = fc
  .record({ lines: counted, branches: tally, functions: tally })
  .map((rest): FileCoverage => ({ path: "a", ...rest }));
const file = fc.oneof(named, unnamed);

describe("merging a file's coverage", () => {
  test("is idempotent, commutative and associative", () => {
    fc.assert(
      fc.property(file, file, file, (a, b, c) => {
        expect(mergeFile(mergeFile(a, a), a)).toEqual(mergeFile(a, a));
        expect(mergeFile(a, a)).toEqual(a);
        expect(mergeFile(a, b)).toEqual(mergeFile(b, a));
        expect(mergeFile(mergeFile(a, b), c)).toEqual(mergeFile(a, mergeFile(b, c)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("a line covered in either is covered, and the counts are those of the lines", () => {
    fc.assert(
      fc.property(named, named, (a, b) => {
        const merged = mergeFile(a, b);
        expect(new Set(linesOf(merged.hit!))).toEqual(new Set([...linesOf(a.hit!), ...linesOf(b.hit!)]));
        expect(sizeOf(merged.missed!)).toBeLessThanOrEqual(sizeOf(a.missed!) + sizeOf(b.missed!));
        if (merged.lines.at === undefined)
          expect(merged.lines).toEqual({
            covered: sizeOf(merged.hit!),
            total: sizeOf(merged.hit!) + sizeOf(merged.missed!),
          });
        expect(merged.lines.covered).toBeLessThanOrEqual(merged.lines.total);
      }),
    );
  });

  test.each<[string, Partial<FileCoverage>, Partial<FileCoverage>, Partial<FileCoverage>]>([
    [
      "branches are joined line by line",
      { branches: { covered: 2, total: 4, at: [3, 2, 2, 8, 0, 2] } },
      { branches: { covered: 2, total: 4, at: [3, 1, 2, 8, 1, 2] } },
      { branches: { covered: 3, total: 4, at: [3, 2, 2, 8, 1, 2] } },
    ],
    [
      "mere counts give the better ones",
      { branches: { covered: 2, total: 4 } },
      { branches: { covered: 3, total: 4 } },
      { branches: { covered: 3, total: 4 } },
    ],
    [
      "known places beat better counts",
      { functions: { covered: 1, total: 2, at: [1, 1, 1, 9, 0, 1] } },
      { functions: { covered: 2, total: 2 } },
      { functions: { covered: 1, total: 2, at: [1, 1, 1, 9, 0, 1] } },
    ],
    ["what only one knows stays", { functions: { covered: 1, total: 2 } }, {}, { functions: { covered: 1, total: 2 } }],
  ])("%s", (_, a, b, expected) => {
    const lines = { covered: 0, total: 0 };
    expect(mergeFile({ path: "a", lines, ...a }, { path: "a", lines, ...b })).toMatchObject(expected);
  });
});

test("totals weigh files by their size; a kind of which there is none is absent", () => {
  const files: FileCoverage[] = [
    { path: "good", lines: { covered: 90, total: 90 }, functions: { covered: 0, total: 0 } },
    { path: "b", lines: { covered: 5, total: 10 } },
    { path: "a", lines: { covered: 0, total: 5 } },
    { path: "empty", lines: { covered: 0, total: 0 } },
  ];
  expect(coverageOfFiles(files)).toEqual({
    lineRatio: 95 / 105,
    branchRatio: undefined,
    functionRatio: undefined,
    uncoveredFiles: ["a", "b"],
  });
  expect(coverageOfFiles([]).lineRatio).toBeUndefined();
});
