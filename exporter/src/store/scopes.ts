import type { DatabaseSync, StatementSync } from "node:sqlite";
import { OVERFLOW, type Scope, type StoreSettings } from "../model/store.ts";

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
    this.#insert = db.prepare("INSERT INTO scope (project, suite, environment, branch) VALUES (?, ?, ?, ?)");
  }

  /** After a rollback, or when another process wrote. */
  clear(): void {
    this.#cache.clear();
  }

  /** Id of the admitted scope. `folded` gets the label names that had to fold. `suite: ""` is the run level. */
  idOf(wanted: Scope, folded: (label: "project" | "suite" | "environment" | "branch") => void): number {
    const { bounds } = this.#settings;
    const fold = (
      label: "project" | "suite" | "environment" | "branch",
      parent: string,
      value: string,
      bound: number,
    ): string => {
      if (value === OVERFLOW || this.#admitted(label, parent, value, bound)) return value;
      folded(label);
      return OVERFLOW;
    };
    const project = fold("project", "", wanted.project, bounds.projects);
    const suite =
      wanted.suite === ""
        ? ""
        : project === OVERFLOW
          ? OVERFLOW
          : fold("suite", project, wanted.suite, bounds.suitesPerProject);
    const environment = fold("environment", "", wanted.environment, bounds.environments);
    const branch = fold("branch", "", wanted.branch, bounds.branches);
    return this.#id(project, suite, environment, branch);
  }

  /** The suite-overflow scope beside a scope, for a family that has no room left. */
  overflowOf(scope: Scope): number {
    return this.#id(scope.project, OVERFLOW, scope.environment, scope.branch);
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

  #admitted(label: string, parent: string, value: string, bound: number): boolean {
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
