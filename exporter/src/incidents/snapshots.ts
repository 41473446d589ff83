/** The figures of the moment in which an alert fires (R1's performance snapshot): what the panels show, and how busy the environment is. */
import { reportTargets } from "../analysis/target-report.ts";
import { currentValues } from "../analysis/targets.ts";
import type { Config } from "../config/schema.ts";
import { type AppError, toAppError } from "../errors.ts";
import type { AlertMatter, DueSnapshot } from "../model/alert.ts";
import type { LastRunRow, StoreReader } from "../model/store.ts";

/** As the environment was just before; `performance/moment.ts` reads it. */
export interface EnvironmentFigures {
  /** Where from: Prometheus' address, or this host. */
  readonly source: string;
  readonly readings: readonly {
    readonly name: string;
    readonly unit: string;
    /** Absent: it could not be read, and `problem` says why. */
    readonly value: number | undefined;
    readonly peak: number | undefined;
    readonly problem?: string | undefined;
  }[];
}

/** Suites that an alert about none, or about a whole project, is shown with. */
const MAX_SUITES = 20;
/** Of a suite. */
const MAX_VALUES = 200;
/** With one look at the environment. */
const AT_ONCE = 500;

/** Absent: not measured. */
export function snapshotOf(
  { alertname: _, ...scope }: AlertMatter,
  rows: readonly LastRunRow[],
  targets: Config["targets"],
  environment: EnvironmentFigures,
  takenAtMs: number,
): object {
  const within = Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== ""));
  const found = rows.filter((row) =>
    Object.entries(within).every(([key, value]) => row.scope[key as keyof typeof row.scope] === value),
  );
  return {
    takenAtMs,
    source: "newest complete runs in the store",
    suites: found.slice(0, MAX_SUITES).map((row) => ({
      ...row.scope,
      run: row.run,
      values: currentValues(row).slice(0, MAX_VALUES),
    })),
    suitesLeftOut: Math.max(0, found.length - MAX_SUITES),
    targets: reportTargets(targets, found.slice(0, MAX_SUITES))
      .filter(({ results }) => results.length > 0)
      .map(({ name, level, results }) => ({
        name,
        level,
        results: results.slice(0, MAX_VALUES).map(({ scope, current, level, reason }) => ({
          ...{ suite: scope.suite, environment: scope.environment, branch: scope.branch },
          ...{ value: current.value, unit: current.unit, operation: current.operation, level, reason },
        })),
      })),
    environment,
  };
}

export interface Snapshots {
  /** Takes what is due; while it does, another call makes it look once more. Resolves when nothing is left to do; never rejects. */
  take(): Promise<void>;
  /** What is not taken stays due. */
  stop(): void;
}

/** What is due stands in the store, so that a restart loses none. `save` is durable when it resolves. */
export function createSnapshots(parts: {
  readonly reader: Pick<StoreReader, "dueSnapshots" | "lastRuns">;
  readonly config: () => Config;
  readonly environment: (config: Config) => Promise<EnvironmentFigures>;
  readonly save: (alerts: readonly string[], snapshot: object) => Promise<unknown>;
  readonly now: () => number;
  readonly onError: (error: AppError) => void;
}): Snapshots {
  const { reader, config, environment, save, now, onError } = parts;
  let again = false;
  let stopped = false;
  let running: Promise<void> | undefined;

  async function takeSome(due: readonly DueSnapshot[]): Promise<void> {
    const figures = await environment(config());
    const rows = await reader.lastRuns();
    for (const { matter, alerts } of due)
      await save(alerts, snapshotOf(matter, rows, config().targets, figures, now()));
  }

  async function work(): Promise<void> {
    try {
      do {
        again = false;
        while (!stopped) {
          const due = await reader.dueSnapshots(AT_ONCE);
          if (due.length === 0) break;
          await takeSome(due);
        }
      } while (again && !stopped);
    } catch (thrown) {
      // The store closes under a snapshot that is under way.
      if (!stopped) onError(toAppError(thrown));
    }
  }

  return {
    take() {
      again = true;
      running ??= work().finally(() => {
        running = undefined;
      });
      return running;
    },
    stop() {
      stopped = true;
    },
  };
}
