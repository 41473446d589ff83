import {
  type FileCoverage,
  MAX_UNCOVERED_FILES,
  mergeFile,
  type Ranges,
  rangesText,
  type Tally,
  type UncoveredFile,
} from "../model/coverage.ts";
import type { Coverage } from "../model/measure.ts";
import type { RunFileCoverage } from "../model/run.ts";
import type { Sql } from "./statements.ts";

interface Row {
  suite: string;
  path: string;
  lines_covered: number;
  lines_total: number;
  branches_covered: number | null;
  branches_total: number | null;
  functions_covered: number | null;
  functions_total: number | null;
  detail: string;
}

/** JSON of `coverage_file.detail`: where the counts are, for merging with another part and for people. */
interface Detail {
  hit?: Ranges | undefined;
  missed?: Ranges | undefined;
  lines?: readonly number[] | undefined;
  branches?: readonly number[] | undefined;
  functions?: readonly number[] | undefined;
}

const SHOWN_RANGES = 20;
const WORST_FIRST = "ORDER BY lines_total - lines_covered DESC, path, suite LIMIT ?";

/** Coverage per file of a run's suites; parts of one run are merged file by file. */
export class CoverageRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  add(run: number, suite: string, given: FileCoverage): void {
    const path = given.path.toWellFormed();
    const before = this.#sql("SELECT * FROM coverage_file WHERE run = ? AND suite = ? AND path = ?").get(
      run,
      suite,
      path,
    ) as Row | undefined;
    const file = before === undefined ? given : mergeFile(fileOf(before), given);
    const { lines, branches, functions, hit, missed } = file;
    const detail: Detail = { hit, missed, lines: lines.at, branches: branches?.at, functions: functions?.at };
    this.#sql("INSERT OR REPLACE INTO coverage_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      run,
      suite,
      path,
      lines.covered,
      lines.total,
      branches?.covered ?? null,
      branches?.total ?? null,
      functions?.covered ?? null,
      functions?.total ?? null,
      JSON.stringify(detail),
    );
  }

  /** Of all files of a suite that any part has brought. */
  totals(run: number, suite: string): Coverage {
    const sums = this.#sql(
      `SELECT sum(lines_covered) AS lc, sum(lines_total) AS lt, sum(branches_covered) AS bc, sum(branches_total) AS bt,
         sum(functions_covered) AS fc, sum(functions_total) AS ft FROM coverage_file WHERE run = ? AND suite = ?`,
    ).get(run, suite) as Record<"lc" | "lt" | "bc" | "bt" | "fc" | "ft", number | null>;
    return {
      lineRatio: ratio(sums.lc, sums.lt),
      branchRatio: ratio(sums.bc, sums.bt),
      functionRatio: ratio(sums.fc, sums.ft),
      uncoveredFiles: this.#worst(run, suite, MAX_UNCOVERED_FILES).map(({ path }) => path),
    };
  }

  /** With their uncovered lines, worst first. */
  uncovered(run: number, suite: string, limit: number): UncoveredFile[] {
    return this.#worst(run, suite, limit).map((row) => ({ path: row.path, uncoveredLines: uncoveredOf(row) }));
  }

  #worst(run: number, suite: string, limit: number): Row[] {
    return this.#sql(
      `SELECT * FROM coverage_file WHERE run = ? AND suite = ? AND lines_covered < lines_total ${WORST_FIRST}`,
    ).all(run, suite, limit) as unknown as Row[];
  }
}

/** For `RunDetail`. */
export const COVERAGE_FILES_OF_RUN = `SELECT * FROM coverage_file WHERE run = ? ${WORST_FIRST}`;

export function runFileCoverage(row: Row): RunFileCoverage {
  return {
    suite: row.suite,
    path: row.path,
    lineRatio: ratio(row.lines_covered, row.lines_total),
    branchRatio: ratio(row.branches_covered, row.branches_total),
    functionRatio: ratio(row.functions_covered, row.functions_total),
    uncoveredLines: uncoveredOf(row),
  };
}
export type CoverageFileRow = Row;

function uncoveredOf(row: Row): string | undefined {
  const { missed } = JSON.parse(row.detail) as Detail;
  return missed === undefined ? undefined : rangesText(missed, SHOWN_RANGES);
}

function fileOf(row: Row): FileCoverage {
  const { hit, missed, ...at } = JSON.parse(row.detail) as Detail;
  const tally = (covered: number | null, total: number | null, places: readonly number[] | undefined) =>
    covered === null || total === null ? undefined : ({ covered, total, at: places } satisfies Tally);
  return {
    path: row.path,
    lines: { covered: row.lines_covered, total: row.lines_total, at: at.lines },
    branches: tally(row.branches_covered, row.branches_total, at.branches),
    functions: tally(row.functions_covered, row.functions_total, at.functions),
    hit,
    missed,
  };
}

const ratio = (covered: number | null, total: number | null): number | undefined =>
  covered === null || total === null || total === 0 ? undefined : covered / total;
