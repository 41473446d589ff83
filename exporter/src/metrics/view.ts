import type { Config } from "../config/schema.ts";
import type { StoreReader } from "../model/store.ts";
import type { Family } from "./catalogue.ts";
import { labelNames } from "./labels.ts";
import { createState } from "./state.ts";
import { shownBuckets, shownValue, type Table } from "./table.ts";

/** Absent labels are left out. A held series reads 0, or what its suite began with when it came back or got its label. */
export type ExposedSeries =
  | {
      readonly kind: "sample";
      readonly labels: Readonly<Record<string, string>>;
      readonly value: number;
      /** Counters: since when it counts. */
      readonly createdAtMs: number | undefined;
      readonly runId: string | undefined;
    }
  | {
      readonly kind: "histogram";
      readonly labels: Readonly<Record<string, string>>;
      readonly bounds: readonly number[];
      /** Per bucket, not cumulative; the last is above all bounds. */
      readonly counts: readonly number[];
      readonly sum: number;
      readonly count: number;
      readonly createdAtMs: number | undefined;
      readonly runId: string | undefined;
    };
export interface ExposedFamily {
  readonly family: Family;
  readonly series: Iterable<ExposedSeries>;
}

/**
 * The report-derived series, in memory. A new configuration needs a new view: nothing is lost, since everything comes
 * from the store.
 */
export interface MetricsView {
  /**
   * Brings the view up to the store's generation and ends zero holds that are over. Reads nothing when the generation is
   * the same. Concurrent calls share one refresh. Rejects with the store's error; the view then stays as it was.
   */
  refresh(): Promise<void>;
  /** Changes exactly when a series or a value does. */
  readonly revision: number;
  /** The store's generation that is shown. */
  readonly generation: number;
  /** In catalogue order, series sorted by label set; families without series are left out. Valid until `refresh`. */
  families(): Iterable<ExposedFamily>;
  /** For the exposition writer. */
  readonly tables: readonly Table[];
}

export function createMetricsView(options: {
  store: Pick<StoreReader, "generation" | "changesSince">;
  config: Config;
  now: () => number;
}): MetricsView {
  const { store, config, now } = options;
  let state = createState(config, now);
  let generation = 0;
  let revision = 0;
  let refreshing: Promise<void> | undefined;

  async function refreshOnce(): Promise<void> {
    const current = await store.generation();
    if (current !== generation) {
      // Behind us: the store was replaced by an older copy, so nothing we hold can be trusted.
      const restart = current < generation;
      const changes = await store.changesSince(restart ? 0 : generation);
      if (restart) state = createState(config, now);
      state.apply(changes);
      generation = changes.generation;
    }
    state.endHolds();
    if (state.settle()) revision++;
  }

  return {
    refresh() {
      refreshing ??= refreshOnce().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    get revision() {
      return revision;
    },
    get generation() {
      return generation;
    },
    get tables() {
      return state.tables;
    },
    *families() {
      for (const table of state.tables) {
        if (table.exposed.length > 0) yield { family: table.family, series: seriesOf(table) };
      }
    },
  };
}

function* seriesOf(table: Table): Iterable<ExposedSeries> {
  const names = labelNames(table.family);
  for (const entry of table.exposed) {
    const { createdAtMs, runId } = entry;
    const labels: Record<string, string> = {};
    entry.labels.forEach((value, i) => {
      if (value !== "") labels[names[i]!] = value;
    });
    if (entry.kind === "sample") {
      yield { kind: "sample", labels, value: shownValue(entry), createdAtMs, runId };
    } else {
      const { counts, sum } = shownBuckets(entry);
      const count = counts.reduce((total, one) => total + one, 0);
      yield { kind: "histogram", labels, bounds: entry.bounds, counts, sum, count, createdAtMs, runId };
    }
  }
}
