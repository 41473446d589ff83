import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import { signatureOf } from "../model/error-type.ts";
import type { Coverage, Measure } from "../model/measure.ts";
import type { PartWriter } from "../model/store.ts";
import {
  type Attempt,
  type CaseResult,
  type ErrorType,
  isFlaky,
  OUTCOMES,
  type Outcome,
  type SuiteNode,
  suitePath,
} from "../model/test.ts";
import type { TestIds } from "./identity.ts";
import { bucketOf, newTally, type Tally } from "./rollup.ts";

/** Rows per INSERT: several at once cost less than half of one by one (270 instead of 645 ms per million cases). */
const ROWS = 100;
const OUTCOME_CODE: Readonly<Record<Outcome, number>> = { passed: 0, failed: 1, errored: 2, skipped: 3 };

/** JSON of `case_detail.detail`: what only some cases have. */
export interface Detail {
  errorClass?: string | undefined;
  message?: string | undefined;
  stack?: string | undefined;
  expected?: string | undefined;
  actual?: string | undefined;
  output?: string | undefined;
  file?: string | undefined;
  line?: number | undefined;
  attachments?: readonly { kind: string; path: string }[] | undefined;
}

/** Statements of the hot path, prepared once per connection. */
export class CaseInserts {
  readonly #firsts: Rows;
  readonly #tests: Rows;
  readonly #later: StatementSync;
  readonly #detail: StatementSync;
  readonly #measure: StatementSync;
  readonly lastAttempt: StatementSync;
  readonly errorOf: StatementSync;

  constructor(db: DatabaseSync) {
    // First attempts of one run: three values a row instead of five.
    this.#firsts = new Rows(db, "INSERT INTO case_result VALUES", "(?1, ?, 1, ?, ?)");
    this.#tests = new Rows(db, "INSERT INTO test VALUES", "(?, ?)");
    this.#later = db.prepare("INSERT INTO case_result VALUES (?, ?, ?, ?, ?)");
    this.#detail = db.prepare("INSERT INTO case_detail VALUES (?, ?, ?, ?, ?, ?)");
    this.#measure = db.prepare("INSERT INTO measure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.lastAttempt = db.prepare(
      "SELECT attempt, outcome FROM case_result WHERE run = ? AND test = ? ORDER BY attempt DESC LIMIT 1",
    );
    this.errorOf = db.prepare("SELECT error_type FROM case_detail WHERE run = ? AND test = ? AND attempt = ?");
  }

  test(id: number, name: string): void {
    this.#tests.add2(id, name);
  }

  /** The rows that `case` buffers are of this run. */
  begin(run: number): void {
    this.#firsts.begin(run);
    this.#tests.begin();
  }

  case(run: number, test: number, attempt: number, result: Attempt): void {
    const seconds = result.durationSeconds;
    const micros = seconds === undefined ? null : Math.round(seconds * 1e6);
    if (attempt === 1) this.#firsts.add3(test, OUTCOME_CODE[result.outcome], micros);
    else this.#later.run(run, test, attempt, OUTCOME_CODE[result.outcome], micros);
  }

  detail(run: number, test: number, attempt: number, errorType: ErrorType | undefined, detail: Detail): void {
    const signature = errorType === undefined ? null : signatureOf(detail.message ?? "");
    this.#detail.run(run, test, attempt, errorType ?? null, signature, JSON.stringify(detail));
  }

  measure(run: number, seq: number, suite: string, m: Measure): void {
    const tags = m.tags === undefined ? null : JSON.stringify(m.tags);
    this.#measure.run(
      run,
      seq,
      suite,
      m.kind,
      m.name,
      m.measure,
      m.stat,
      m.component ?? null,
      m.scenario ?? null,
      m.value,
      m.unit,
      m.sourceValue,
      m.sourceUnit ?? null,
      tags,
    );
  }

  flush(): void {
    this.#tests.flush();
    this.#firsts.flush();
  }
}

/** Buffers rows and inserts them many at a time. With `?1` in the row, the first value buffered serves all rows. */
class Rows {
  readonly #many: StatementSync;
  readonly #one: StatementSync;
  readonly #width: number;
  readonly #shared: 0 | 1;
  readonly #values: (number | string | null)[];
  #used = 0;

  constructor(db: DatabaseSync, insert: string, row: string) {
    this.#many = db.prepare(`${insert} ${new Array(ROWS).fill(row).join(",")}`);
    this.#one = db.prepare(`${insert} ${row}`);
    this.#shared = row.includes("?1") ? 1 : 0;
    this.#width = row.split("?").length - 1 - this.#shared;
    this.#values = new Array(ROWS * this.#width + this.#shared).fill(null);
  }
  /** Starts anew; `shared` is the value of `?1`. */
  begin(shared?: number): void {
    if (shared !== undefined) this.#values[0] = shared;
    this.#used = this.#shared;
  }
  add2(a: number, b: string): void {
    const values = this.#values;
    values[this.#used++] = a;
    values[this.#used++] = b;
    if (this.#used === values.length) this.#write();
  }
  add3(a: number, b: number, c: number | null): void {
    const values = this.#values;
    values[this.#used++] = a;
    values[this.#used++] = b;
    values[this.#used++] = c;
    if (this.#used === values.length) this.#write();
  }
  #write(): void {
    this.#used = this.#shared;
    this.#many.run(...this.#values);
  }
  flush(): void {
    const rows = this.#values.slice(0, this.#used);
    this.#used = this.#shared;
    const shared = rows.slice(0, this.#shared);
    for (let i = this.#shared; i < rows.length; i += this.#width)
      this.#one.run(...shared, ...rows.slice(i, i + this.#width));
  }
}

/** Writes one part's rows and tallies what it adds to its suite. */
export class SqlitePartWriter implements PartWriter {
  readonly #inserts: CaseInserts;
  readonly #ids: TestIds;
  readonly #run: number;
  readonly #project: string;
  readonly #suite: string;
  /** Other parts have results in this run: a test may have been tried before. */
  readonly #mayExist: boolean;
  readonly #bounds: readonly number[];
  #lastSuite: SuiteNode | undefined;
  #lastClass: string | undefined;
  #lastGroup: ReturnType<TestIds["group"]> | undefined;
  #measures: number;
  readonly firstMeasure: number;
  coverage: Coverage | undefined;
  /** What changes in the suite's roll-up. */
  readonly total: Tally;
  /** Of it, what belongs to tests the run did not have before, plus retries and flaky: what a late part may still count. */
  readonly fresh: Tally;
  /** Cases of this part alone. */
  readonly own: Tally;

  constructor(options: {
    inserts: CaseInserts;
    ids: TestIds;
    run: number;
    project: string;
    suite: string;
    mayExist: boolean;
    bounds: readonly number[];
    firstMeasure: number;
  }) {
    this.#inserts = options.inserts;
    this.#ids = options.ids;
    this.#run = options.run;
    this.#project = options.project;
    this.#suite = options.suite;
    this.#mayExist = options.mayExist;
    this.#bounds = options.bounds;
    this.firstMeasure = options.firstMeasure;
    this.#measures = options.firstMeasure;
    this.total = newTally(options.bounds);
    this.fresh = newTally(options.bounds);
    this.own = newTally(options.bounds);
    this.#ids.beginPart();
    this.#inserts.begin(options.run);
  }

  get measures(): number {
    return this.#measures - this.firstMeasure;
  }

  addCase(result: CaseResult, errorType: ErrorType | undefined): void {
    if (this.#lastGroup === undefined || result.suite !== this.#lastSuite || result.className !== this.#lastClass) {
      const path = suitePath(result.suite);
      if (result.className !== undefined && result.className !== path.at(-1)) path.push(result.className);
      this.#lastGroup = this.#ids.group(this.#project, this.#suite, JSON.stringify(path));
      this.#lastSuite = result.suite;
      this.#lastClass = result.className;
    }
    const test = this.#ids.resolve(this.#lastGroup, result.name);
    if (this.#ids.created) this.#inserts.test(test, this.#ids.storedName);

    let attempt = 0;
    const before = this.#mayExist && !this.#ids.created ? this.#previous(test) : undefined;
    if (before !== undefined) attempt = before.attempt;
    const earlier = result.earlierAttempts;
    if (earlier !== undefined) {
      for (const one of earlier) {
        attempt++;
        this.#inserts.case(this.#run, test, attempt, one);
        if (one.failure !== undefined) this.#inserts.detail(this.#run, test, attempt, undefined, failureDetail(one));
      }
    }
    attempt++;
    this.#inserts.case(this.#run, test, attempt, result);
    this.#addDetail(test, attempt, result, errorType);
    this.#tally(result, errorType, before, earlier?.length ?? 0);
  }

  #previous(test: number): { attempt: number; outcome: Outcome; errorType: ErrorType | undefined } | undefined {
    const row = this.#inserts.lastAttempt.get(this.#run, test) as { attempt: number; outcome: number } | undefined;
    if (row === undefined) return undefined;
    const error = this.#inserts.errorOf.get(this.#run, test, row.attempt) as
      | { error_type: ErrorType | null }
      | undefined;
    return { attempt: row.attempt, outcome: OUTCOMES[row.outcome]!, errorType: error?.error_type ?? undefined };
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

  #tally(
    result: CaseResult,
    errorType: ErrorType | undefined,
    before: { outcome: Outcome; errorType: ErrorType | undefined } | undefined,
    earlier: number,
  ): void {
    const { outcome, durationSeconds } = result;
    const flaky =
      isFlaky(result) ||
      (before !== undefined && outcome === "passed" && (before.outcome === "failed" || before.outcome === "errored"))
        ? 1
        : 0;
    const retries = earlier + (before === undefined ? 0 : 1);
    const tallies = before === undefined ? [this.total, this.fresh, this.own] : [this.total, this.own];
    for (const tally of tallies) {
      tally.counts[outcome]++;
      if (errorType !== undefined) tally.errors[errorType] = (tally.errors[errorType] ?? 0) + 1;
    }
    if (retries !== 0 || flaky !== 0)
      for (const tally of [this.total, this.fresh, this.own]) {
        tally.retries += retries;
        tally.flaky += flaky;
      }
    if (before !== undefined) {
      this.total.counts[before.outcome]--;
      if (before.errorType !== undefined)
        this.total.errors[before.errorType] = (this.total.errors[before.errorType] ?? 0) - 1;
    } else if (durationSeconds !== undefined && outcome !== "skipped") {
      const bucket = bucketOf(this.#bounds, durationSeconds);
      for (const tally of [this.total, this.fresh]) {
        tally.buckets[bucket]!++;
        tally.secondsSum += durationSeconds;
        tally.secondsCount++;
      }
    }
  }

  addMeasure(measure: Measure): void {
    if (!Number.isFinite(measure.value))
      throw new AppError("FORMAT_SCHEMA", `measure ${measure.name} is not a finite number`);
    this.#inserts.measure(this.#run, this.#measures++, this.#suite, measure);
  }

  addCoverage(coverage: Coverage): void {
    this.coverage = coverage;
  }
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
