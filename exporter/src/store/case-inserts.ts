import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Measure, thinned } from "../model/measure.ts";
import { normalizedMessage } from "../model/signature.ts";
import { type ErrorType, OUTCOMES, type Outcome } from "../model/test.ts";
import { samplesBytes } from "./rows.ts";

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

/** A stored result of a test in a run. */
export interface StoredResult {
  readonly attempt: number;
  /** Results of one line follow each other: the last one counts. See `partLine`. */
  readonly line: number;
  readonly outcome: Outcome;
  readonly micros: number | null;
  readonly errorType: ErrorType | undefined;
}

/** Statements of the hot path, prepared once per connection. */
export class CaseInserts {
  readonly #firsts: Rows;
  readonly #tests: Rows;
  readonly #later: StatementSync;
  readonly #detail: StatementSync;
  readonly #measure: StatementSync;
  readonly #results: StatementSync;
  readonly #renumber: readonly StatementSync[];

  constructor(db: DatabaseSync) {
    // First attempts of a run's first line: three values a row instead of six.
    this.#firsts = new Rows(db, "INSERT INTO case_result VALUES", "(?1, ?, 1, ?, ?, 1)");
    this.#tests = new Rows(db, "INSERT INTO test VALUES", "(?, ?)");
    this.#later = db.prepare("INSERT INTO case_result VALUES (?, ?, ?, ?, ?, ?)");
    this.#detail = db.prepare("INSERT INTO case_detail VALUES (?, ?, ?, ?, ?, ?)");
    this.#measure = db.prepare("INSERT INTO measure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)");
    this.#results = db.prepare(
      `SELECT c.attempt, c.line, c.outcome, c.duration_us AS micros, d.error_type AS type
       FROM case_result c LEFT JOIN case_detail d ON d.run = c.run AND d.test = c.test AND d.attempt = c.attempt
       WHERE c.run = ? AND c.test = ? ORDER BY c.attempt`,
    );
    this.#renumber = ["case_result", "case_detail"].map((table) =>
      db.prepare(`UPDATE ${table} SET attempt = ? WHERE run = ? AND test = ? AND attempt = ?`),
    );
  }

  /** What earlier parts said of a test, by attempt, the deciding result last. What this part has buffered is not seen. */
  results(run: number, test: number): StoredResult[] {
    const rows = this.#results.all(run, test) as {
      attempt: number;
      line: number;
      outcome: number;
      micros: number | null;
      type: ErrorType | null;
    }[];
    return rows.map(({ outcome, type, ...row }) => ({
      ...row,
      outcome: OUTCOMES[outcome]!,
      errorType: type ?? undefined,
    }));
  }

  /** Makes a stored result the last, which is the one that decides. */
  putLast(run: number, test: number, from: number, to: number): void {
    for (const statement of this.#renumber) statement.run(to, run, test, from);
  }

  test(id: number, name: string): void {
    this.#tests.add2(id, name);
  }

  /** The rows that `case` buffers are of this run. What a failed part left in the buffers is dropped. */
  begin(run: number): void {
    this.#firsts.begin(run);
    this.#tests.begin();
  }

  case(run: number, test: number, attempt: number, outcome: Outcome, micros: number | null, line: number): void {
    if (attempt === 1 && line === 1) this.#firsts.add3(test, OUTCOME_CODE[outcome], micros);
    else this.#later.run(run, test, attempt, OUTCOME_CODE[outcome], micros, line);
  }

  detail(run: number, test: number, attempt: number, errorType: ErrorType | undefined, detail: Detail): void {
    const signature = errorType === undefined ? null : normalizedMessage(detail.message ?? "");
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
      m.better ?? null,
      m.samples === undefined || m.samples.length === 0 ? null : samplesBytes(thinned(m.samples)),
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
