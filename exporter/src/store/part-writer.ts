import { AppError } from "../errors.ts";
import type { FileCoverage } from "../model/coverage.ts";
import type { Yields } from "../model/format.ts";
import type { LoadResult } from "../model/load.ts";
import type { Coverage, Measure } from "../model/measure.ts";
import type { PartWriter } from "../model/store.ts";
import {
  type Attempt,
  type CaseResult,
  casePath,
  type ErrorType,
  isFlaky,
  noCounts,
  type SuiteNode,
} from "../model/test.ts";
import type { CaseInserts, Detail, StoredResult } from "./case-inserts.ts";
import type { CoverageRows } from "./coverage-rows.ts";
import type { TestIds } from "./identity.ts";
import type { LoadRows } from "./load-rows.ts";
import { decidingBeside, lineHistory, worse } from "./part-line.ts";
import { bucketOf, newTally, type Tally } from "./rollup.ts";
import { usableSeconds } from "./times.ts";

export interface PartOptions {
  readonly inserts: CaseInserts;
  readonly ids: TestIds;
  readonly coverage: CoverageRows;
  readonly load: LoadRows;
  readonly run: number;
  readonly project: string;
  readonly suite: string;
  readonly yields: Yields;
  /** Number of the part's line in the run, from 1; see `lineBase`. */
  readonly line: number;
  /** Other parts have results in this run: a test may have been tried before. */
  readonly mayExist: boolean;
  readonly bounds: readonly number[];
  /** Measures that the run has already. */
  readonly firstMeasure: number;
}

/** What counts of a result. */
type Result = Pick<StoredResult, "outcome" | "micros" | "errorType">;
const NONE: readonly StoredResult[] = [];

/** Writes one part's rows and tallies what it adds to its suite. */
export class SqlitePartWriter implements PartWriter {
  readonly #options: PartOptions;
  readonly #inserts: CaseInserts;
  readonly #ids: TestIds;
  readonly #run: number;
  #lastSuite: SuiteNode | undefined;
  #lastClass: string | undefined;
  #lastGroup: ReturnType<TestIds["group"]> | undefined;
  readonly yields: Yields;
  measures = 0;
  coverage: Coverage | undefined;
  coverageFiles = 0;
  /** What changes in the suite's roll-up. */
  readonly total: Tally;
  /** Of it, what a late part may still count: tests the run did not have before, worse results of those it had, retries, flaky. */
  readonly fresh: Tally;
  /** Cases of this part alone. */
  readonly own = noCounts();

  constructor(options: PartOptions) {
    this.#options = options;
    this.yields = options.yields;
    this.#inserts = options.inserts;
    this.#ids = options.ids;
    this.#run = options.run;
    this.total = newTally(options.bounds);
    this.fresh = newTally(options.bounds);
    this.#ids.beginPart();
    this.#inserts.begin(options.run);
  }

  addCase(result: CaseResult, errorType: ErrorType | undefined): void {
    if (this.#lastGroup === undefined || result.suite !== this.#lastSuite || result.className !== this.#lastClass) {
      const path = JSON.stringify(casePath(result));
      this.#lastGroup = this.#ids.group(this.#options.project, this.#options.suite, path);
      this.#lastSuite = result.suite;
      this.#lastClass = result.className;
    }
    const test = this.#ids.resolve(this.#lastGroup, result.name);
    if (this.#ids.created) this.#inserts.test(test, this.#ids.storedName);

    const before = this.#options.mayExist && !this.#ids.created ? this.#inserts.results(this.#run, test) : NONE;
    const { line } = this.#options;
    let attempt = before.at(-1)?.attempt ?? 0;
    if (result.earlierAttempts !== undefined) {
      for (const one of result.earlierAttempts) {
        attempt++;
        this.#inserts.case(this.#run, test, attempt, one.outcome, microsOf(one), line);
        if (one.failure !== undefined) this.#inserts.detail(this.#run, test, attempt, undefined, failureDetail(one));
      }
    }
    attempt++;
    const own: Result = { outcome: result.outcome, micros: microsOf(result), errorType };
    this.#inserts.case(this.#run, test, attempt, own.outcome, own.micros, line);
    this.#addDetail(test, attempt, result, errorType);
    this.own[result.outcome]++;
    if (before.length === 0) this.#tallyNew(result, own);
    else this.#tallyKnown(test, attempt, result, own, before);
  }

  #addDetail(test: number, attempt: number, result: CaseResult, errorType: ErrorType | undefined): void {
    if (
      errorType === undefined &&
      result.failure === undefined &&
      result.output === undefined &&
      result.attachments === undefined
    )
      return;
    this.#inserts.detail(this.#run, test, attempt, errorType, {
      ...failureDetail(result),
      output: result.output,
      file: result.file,
      line: result.line,
      attachments: result.attachments,
    });
  }

  #tallyNew(result: CaseResult, own: Result): void {
    const retries = result.earlierAttempts?.length ?? 0;
    const flaky = retries > 0 && isFlaky(result) ? 1 : 0;
    for (const tally of [this.total, this.fresh]) {
      this.#add(tally, own, 1);
      tally.retries += retries;
      tally.flaky += flaky;
    }
  }

  /** The run knows the test from another part: `before` holds its results, the deciding one last. */
  #tallyKnown(test: number, attempt: number, result: CaseResult, own: Result, before: readonly StoredResult[]): void {
    const { total, fresh } = this;
    const { line } = this.#options;
    const decided = before.at(-1)!;
    const beside = decidingBeside(before, line, own.outcome);
    if (beside !== undefined) this.#inserts.putLast(this.#run, test, beside.attempt, attempt + 1);
    const decides = beside ?? own;
    this.#add(total, decided, -1);
    this.#add(total, decides, 1);
    // A late part cannot take a counted result back, but bad news is counted.
    if (worse(decides.outcome, decided.outcome) && decides.outcome !== "passed") {
      fresh.counts[decides.outcome]++;
      if (decides.errorType !== undefined) fresh.errors[decides.errorType] = (fresh.errors[decides.errorType] ?? 0) + 1;
    }
    const history = lineHistory(before, line);
    const retries = (result.earlierAttempts?.length ?? 0) + (history.tried ? 1 : 0);
    total.retries += retries;
    fresh.retries += retries;
    const flaky = isFlaky(result) || (own.outcome === "passed" && history.bad);
    total.flaky += Number(flaky) - Number(history.last === "passed" && history.bad);
    if (flaky && !history.recovered) fresh.flaky++;
  }

  #add(tally: Tally, { outcome, micros, errorType }: Result, sign: 1 | -1): void {
    tally.counts[outcome] += sign;
    if (errorType !== undefined) tally.errors[errorType] = (tally.errors[errorType] ?? 0) + sign;
    if (micros === null || outcome === "skipped") return;
    // As stored, so that what takes its place finds the bucket again.
    const seconds = micros / 1e6;
    tally.buckets[bucketOf(this.#options.bounds, seconds)]! += sign;
    tally.secondsSum += sign * seconds;
    tally.secondsCount += sign;
  }

  addMeasure(measure: Measure): void {
    if (!Number.isFinite(measure.value) || !Number.isFinite(measure.sourceValue))
      throw new AppError("FORMAT_SCHEMA", `measure ${measure.name} is not a finite number`);
    const seq = this.#options.firstMeasure + this.measures++;
    this.#inserts.measure(this.#run, seq, this.#options.suite, measure);
  }

  addLoad(result: LoadResult): void {
    this.#options.load.add(result);
  }

  get loads(): number {
    return this.#options.load.count;
  }

  addCoverageFile(file: FileCoverage): void {
    this.coverageFiles++;
    this.#options.coverage.add(this.#run, this.#options.suite, file);
  }

  addCoverage(coverage: Coverage): void {
    this.coverage = mergeCoverage(this.coverage, coverage);
  }
}

/** Later values win; what is absent keeps the earlier one. */
export function mergeCoverage(before: Coverage | undefined, now: Coverage): Coverage {
  return { ...before, ...Object.fromEntries(Object.entries(now).filter(([, value]) => value !== undefined)) };
}

function microsOf(attempt: Attempt): number | null {
  const seconds = usableSeconds(attempt.durationSeconds);
  return seconds === undefined ? null : Math.round(seconds * 1e6);
}

function failureDetail(attempt: Attempt): Detail {
  const failure = attempt.failure;
  if (failure === undefined) return {};
  return {
    errorClass: failure.type,
    message: failure.message,
    stack: failure.stack,
    expected: failure.expected,
    actual: failure.actual,
  };
}
