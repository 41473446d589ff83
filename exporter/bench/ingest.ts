/**
 * A JUnit file of a million cases into a fresh durable store, against the time saxes alone needs to read the same file. Each
 * reading has a process of its own; the two take turns, so that a busy machine slows both.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild } from "./child.ts";
import { writeJUnit } from "./corpus.ts";
import type { IngestTimes } from "./ingest-once.ts";
import { median, round2 } from "./numbers.ts";
import type { BenchResult } from "./result.ts";

const ROUNDS = 3;
const BIG = { suites: 2000, casesPerSuite: 500 };
/** Enough to compile what the million cases run through. */
const WARM_UP = { suites: 40, casesPerSuite: 500 };
const GOAL_RATIO = 2.5;
const GOAL_MB = 250;

export async function benchIngest(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
  try {
    const big = join(folder, "big.xml");
    const small = join(folder, "small.xml");
    writeJUnit(big, BIG);
    writeJUnit(small, WARM_UP, 2);

    const saxes: number[] = [];
    const runs: IngestTimes[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const once = join(import.meta.dirname, "saxes-once.ts");
      saxes.push((await runChild<{ seconds: number }>(once, [small, big])).seconds);
      const store = join(folder, `store-${round}.db`);
      runs.push(await runChild<IngestTimes>(join(import.meta.dirname, "ingest-once.ts"), [small, big, store]));
      for (const suffix of ["", "-wal", "-shm"]) rmSync(store + suffix, { force: true });
    }
    return resultsOf(saxes, runs, statSync(big).size / 1e6);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultsOf(saxes: readonly number[], runs: readonly IngestTimes[], megabytes: number): BenchResult[] {
  const yard = median(saxes);
  const yardstick = `saxes alone reads the ${Math.round(megabytes)} MB in ${round2(yard)} s (${list(saxes)})`;
  const timed = (name: string, of: (run: IngestTimes) => number): BenchResult => {
    const seconds = median(runs.map(of));
    return {
      name: `${name} (rounds: ${list(runs.map(of))})`,
      value: round2(seconds),
      unit: "s",
      yardstick,
      ratio: round2(seconds / yard),
      goal: `at most ${GOAL_RATIO} times saxes`,
      ok: seconds / yard <= GOAL_RATIO,
    };
  };
  const memory = median(runs.map((run) => run.peakMb ?? Number.NaN));
  return [
    timed("ingest: 1 M cases into a new store, to the receipt", (run) => run.firstSeconds),
    timed("ingest: the same tests again, as another run", (run) => run.againSeconds),
    {
      name: "ingest: peak memory of the process that took the first file",
      value: memory,
      unit: "MB",
      yardstick: `an idle ingest service ${median(runs.map((run) => run.idleMb ?? Number.NaN))} MB`,
      ratio: round2(memory / GOAL_MB),
      goal: `under ${GOAL_MB} MB`,
      ok: memory < GOAL_MB,
    },
  ];
}

const list = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(", ");
