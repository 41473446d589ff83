import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PULL_REQUEST } from "../model/run.ts";
import { OVERFLOW, type Scope, type StoreSettings } from "../model/store.ts";

type Label = keyof Scope;
export interface Admitted {
  readonly id: number;
  /** With what had to fold folded. */
  readonly names: Scope;
  /** Labels that had to fold. */
  readonly folded: readonly Label[];
  /** It stands for several suites, environments or branches at once: what is newest there says nothing. */
  readonly overflow: boolean;
}

/**
 * Admission of label values, first come first served: what is beyond its bound folds into `__overflow__`, once and for all
 * parts of a series alike. Admitted values stay, so that every restart and replica folds the same ones.
 */
export class Scopes {
  readonly #settings: StoreSettings;
  readonly #cache = new Map<string, number>();
  readonly #has: StatementSync;
  readonly #count: StatementSync;
  readonly #admit: StatementSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;

  constructor(db: DatabaseSync, settings: StoreSettings) {
    this.#settings = settings;
    this.#has = db.prepare("SELECT 1 FROM label_value WHERE label = ? AND parent = ? AND value = ?");
    this.#count = db.prepare("SELECT count(*) AS n FROM label_value WHERE label = ? AND parent = ?");
    this.#admit = db.prepare("INSERT INTO label_value VALUES (?, ?, ?)");
    this.#find = db.prepare("SELECT id FROM scope WHERE project = ? AND suite = ? AND environment = ? AND branch = ?");
    this.#insert = db.prepare(
      // Of a retired suite: not shown either, until a run says otherwise.
      `INSERT INTO scope (project, suite, environment, branch, retired_ms)
       VALUES (?1, ?2, ?3, ?4, (SELECT retired_ms FROM ended_suite WHERE project = ?1 AND suite = ?2))`,
    );
  }

  /** After a rollback, or when another process wrote. */
  clear(): void {
    this.#cache.clear();
  }

  /** `suite: ""` is the run level. Pull requests are always told apart: alerts leave them out. */
  admit(wanted: Scope): Admitted {
    const { bounds } = this.#settings;
    const folded: Label[] = [];
    const fold = (label: Label, parent: string, bound: number): string => {
      const value = wanted[label];
      if (value === OVERFLOW || (label === "branch" && value === PULL_REQUEST)) return value;
      if (this.admits(label, parent, value, bound)) return value;
      folded.push(label);
      return OVERFLOW;
    };
    const project = fold("project", "", bounds.projects);
    let suite = wanted.suite;
    if (suite !== "") suite = project === OVERFLOW ? OVERFLOW : fold("suite", project, bounds.suitesPerProject);
    const environment = fold("environment", "", bounds.environments);
    const branch = fold("branch", "", bounds.branches);
    return {
      id: this.#id(project, suite, environment, branch),
      names: { project, suite, environment, branch },
      folded,
      overflow: [project, suite, environment, branch].includes(OVERFLOW),
    };
  }

  /** Where a family without room counts the rest: one scope for pull requests, one for all others. */
  catchAll(scope: Scope): number {
    const suite = scope.suite === "" ? "" : OVERFLOW;
    return this.#id(OVERFLOW, suite, OVERFLOW, scope.branch === PULL_REQUEST ? PULL_REQUEST : OVERFLOW);
  }

  #id(project: string, suite: string, environment: string, branch: string): number {
    const key = JSON.stringify([project, suite, environment, branch]);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const row = this.#find.get(project, suite, environment, branch) as { id: number } | undefined;
    const id = row?.id ?? Number(this.#insert.run(project, suite, environment, branch).lastInsertRowid);
    this.#cache.set(key, id);
    return id;
  }

  /** True when the value is one of the first `bound` of its label below the same parent. */
  admits(label: string, parent: string, value: string, bound: number): boolean {
    const key = JSON.stringify([label, parent, value]);
    if (this.#cache.has(key)) return true;
    if (this.#has.get(label, parent, value) === undefined) {
      const { n } = this.#count.get(label, parent) as { n: number };
      if (n >= bound) return false;
      this.#admit.run(label, parent, value);
    }
    this.#cache.set(key, 0);
    return true;
  }
}
