/** What the contract tests build on: a clock, short ways to write parts, and readable forms of what a store answers. */
import type { ReportMeta, Yields } from "../../model/format.ts";
import type { LoadResult } from "../../model/load.ts";
import type { Coverage, Measure } from "../../model/measure.ts";
import type { RunKey } from "../../model/run.ts";
import type {
  Changes,
  Completion,
  PartHeader,
  PartOutcome,
  Scope,
  Store,
  StoreReader,
  StoreSettings,
  WriteTransaction,
} from "../../model/store.ts";
import type { CaseResult, ErrorType, Outcome } from "../../model/test.ts";

/** A store as the contract needs it: on storage of its own, with ways to come back to it. */
export interface Opened {
  readonly store: Store;
  /** Closes every connection and opens the store again, as a restart does; with other settings, when given. */
  reopen(settings?: StoreSettings): Promise<Store>;
  /** A second writer, as another process would be. */
  otherWriter(): Promise<Store>;
  reader(): Promise<StoreReader>;
  /** Closes everything and removes the storage. */
  close(): Promise<void>;
}
export type OpenStore = (settings: StoreSettings) => Promise<Opened>;

export const T0 = Date.UTC(2026, 0, 15, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** How long a run waits for its parts. */
export const HANG_MS = 1.5 * HOUR;
export const DAY = 24 * HOUR;

export class Clock {
  now = T0;
  readonly read = (): number => this.now;
  advance(ms: number): void {
    this.now += ms;
  }
}

export type Overrides = Partial<Omit<StoreSettings, "bounds">> & { bounds?: Partial<StoreSettings["bounds"]> };
export function settingsOf(clock: Clock, { bounds, ...rest }: Overrides = {}): StoreSettings {
  return {
    now: clock.read,
    caseDurationBounds: [0.1, 0.5, 1],
    runDurationBounds: [1, 60],
    loadLatencyBounds: [0.1, 0.5, 1],
    errorWindowMs: 2 * HOUR,
    hangMs: HANG_MS,
    busyMs: 2_000,
    ...rest,
    bounds: {
      projects: 50,
      suitesPerProject: 500,
      environments: 20,
      branches: 20,
      measures: 200,
      scenarios: 20,
      operations: 100,
      seriesPerFamily: 50_000,
      ...bounds,
    },
  };
}

export function kase(name: string, outcome: Outcome = "passed", more: Partial<CaseResult> = {}): CaseResult {
  const bad = outcome === "failed" || outcome === "errored";
  const failure = bad ? { failure: { message: `${name} went wrong`, type: "Oops" } } : {};
  return { suite: undefined, name, outcome, ...failure, ...more };
}

export function measure(name: string, value: number, more: Partial<Measure> = {}): Measure {
  const unit = { unit: "seconds", sourceValue: value, sourceUnit: "s" } as const;
  return { kind: "measure", name, measure: name, stat: "avg", value, ...unit, ...more };
}

export function load(operation: string | undefined, requests: number, more: Partial<LoadResult> = {}): LoadResult {
  const counts = { scenario: "peak", requests, failures: 0, requestsPerSecond: requests / 10 };
  return { operation, ...counts, latency: { avg: 0.2, p95: 0.4 }, ...more };
}

const yieldsOf = (spec: PartSpec): Yields => {
  const measured = spec.measures !== undefined || spec.load !== undefined;
  if (spec.cases !== undefined || (!measured && spec.coverage === undefined)) return "tests";
  return measured ? "measures" : "coverage";
};

export interface PartSpec {
  /** Left out: tests, unless there are only measures or coverage. */
  yields?: Yields;
  readonly project?: string;
  readonly environment?: string;
  readonly runId?: string;
  readonly part?: string;
  readonly suite?: string;
  readonly branch?: string;
  readonly branchLabel?: string;
  readonly history?: boolean;
  readonly hash?: string;
  readonly startedAtMs?: number;
  readonly more?: Partial<PartHeader["context"]>;
  readonly completion?: Completion;
  readonly meta?: ReportMeta;
  readonly cases?: readonly (string | CaseResult)[];
  readonly measures?: readonly Measure[];
  readonly load?: readonly LoadResult[];
  readonly runnerClass?: string;
  readonly coverage?: Coverage;
  readonly errorType?: ErrorType;
  /** Throws this after the rows were written. */
  readonly fails?: unknown;
  /** Called in the middle of the rows. */
  readonly during?: () => Promise<void>;
}

export const keyOf = (spec: PartSpec = {}): RunKey => ({
  project: spec.project ?? "shop",
  environment: spec.environment ?? "ci",
  runId: spec.runId ?? "r1",
});

export function addPart(tx: WriteTransaction, clock: Clock, spec: PartSpec): Promise<PartOutcome> {
  const header: PartHeader = {
    context: {
      ...keyOf(spec),
      part: spec.part ?? "report",
      branch: spec.branch ?? spec.branchLabel ?? "main",
      history: spec.history,
      startedAtMs: spec.startedAtMs,
      ...spec.more,
    },
    branchLabel: spec.branchLabel ?? "main",
    source: `${spec.part ?? "report"}.xml`,
    contentHash: spec.hash ?? "00",
    receivedAtMs: clock.now,
  };
  return tx.part(header, spec.completion ?? { when: "now" }, async (open) => {
    const writer = open(spec.suite ?? "unit", "junit", spec.yields ?? yieldsOf(spec));
    for (const one of spec.cases ?? []) {
      const result = typeof one === "string" ? kase(one) : one;
      const bad = result.outcome === "failed" || result.outcome === "errored";
      writer.addCase(result, bad ? (spec.errorType ?? "assertion") : undefined);
    }
    await spec.during?.();
    for (const one of spec.measures ?? []) writer.addMeasure(one);
    for (const one of spec.load ?? []) writer.addLoad(one);
    if (spec.coverage !== undefined) writer.addCoverage(spec.coverage);
    if (spec.fails !== undefined) throw spec.fails;
    return { meta: spec.meta ?? {}, warnings: [], failures: [], runnerClass: spec.runnerClass };
  });
}

export const putPart = (store: Store, clock: Clock, spec: PartSpec = {}): Promise<PartOutcome> =>
  store.write((tx) => addPart(tx, clock, spec));
export const tick = (store: Store) => store.write((tx) => tx.tick());
export const finish = (store: Store, spec: PartSpec = {}, state?: "cancelled" | "partial") =>
  store.write((tx) => tx.finishRun(keyOf(spec), state));
export const remove = (store: Store, spec: PartSpec = {}) => store.write((tx) => tx.deleteRun(keyOf(spec)));
export const move = (store: Store, spec: PartSpec, to: Partial<RunKey>) =>
  store.write((tx) => tx.moveRun(keyOf(spec), to));

export const retire = (store: Store, suite = "unit", named = false) =>
  store.write((tx) => tx.retireSuite({ project: "shop", suite }, named));
export const rename = (store: Store, to: string, suite = "unit") =>
  store.write((tx) => tx.renameSuite({ project: "shop", suite }, to));

export const scopeText = ({ project, suite, environment, branch }: Scope): string =>
  [project, suite, environment, branch].join("/");

/** `{ "executions shop/unit/ci/main passed": 3 }`, histograms by count and sum. Zeros are left out unless asked for. */
export function countersOf(changes: Changes, zeros = false): Record<string, number> {
  const out: Record<string, number> = {};
  for (const row of changes.counters)
    if (zeros || row.value !== 0)
      out[`${row.counter} ${scopeText(row.scope)} ${row.labels.join("|")}`.trimEnd()] = row.value;
  for (const row of changes.histograms) {
    const count = row.counts.reduce((sum, one) => sum + one, 0);
    if (!zeros && count === 0) continue;
    const of = [row.histogram, scopeText(row.scope), ...(row.labels.length > 0 ? [row.labels.join("|")] : [])].join(
      " ",
    );
    out[`${of} count`] = count;
    out[`${of} sum`] = Math.round(row.sum * 1e6) / 1e6;
  }
  return out;
}
export const counters = async (store: StoreReader): Promise<Record<string, number>> =>
  countersOf(await store.changesSince(0));

/** By scope: id of the newest run with tests, or undefined. */
export async function newest(store: StoreReader): Promise<Record<string, string | undefined>> {
  const { lastRuns } = await store.changesSince(0);
  return Object.fromEntries(lastRuns.map((row) => [scopeText(row.scope), row.run?.runId]));
}

/** What an incremental reader holds: rows by identity, as the metrics view keeps them. */
export class View {
  generation = 0;
  readonly rows = new Map<string, unknown>();
  apply(changes: Changes): this {
    for (const { project, suite } of changes.ended)
      for (const [key, row] of this.rows) {
        const { scope } = row as { scope: Scope };
        if (scope.project === project && scope.suite === suite) this.rows.delete(key);
      }
    for (const row of changes.active) this.rows.set(`a ${scopeText(row.scope)}`, row);
    for (const row of changes.counters)
      this.rows.set(`c ${row.counter} ${scopeText(row.scope)} ${row.labels.join("|")}`, row);
    for (const row of changes.histograms)
      this.rows.set(`h ${row.histogram} ${scopeText(row.scope)} ${row.labels.join("|")}`, row);
    for (const row of changes.lastRuns) this.rows.set(`l ${scopeText(row.scope)}`, row);
    for (const row of changes.errorWindows) this.rows.set(`e ${row.errorType} ${scopeText(row.scope)}`, row);
    this.generation = changes.generation;
    return this;
  }
  get content(): Record<string, unknown> {
    return Object.fromEntries(this.rows);
  }
}

/** The code of what a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "resolved";
}

/** All pages of a query. */
export async function allPages<T>(
  page: (cursor: string | undefined) => Promise<{ items: readonly T[]; nextCursor: string | undefined }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const answer = await page(cursor);
    items.push(...answer.items);
    cursor = answer.nextCursor;
  } while (cursor !== undefined);
  return items;
}

export const casesOf = (store: StoreReader, runId = "r1", filter: Parameters<StoreReader["cases"]>[1] = {}) =>
  allPages((cursor) => store.cases(runId, filter, { limit: 1000, cursor }));
