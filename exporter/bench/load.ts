/**
 * k6's points and JMeter's samples, as many as asked for, against the time that splitting and parsing the same lines takes: JSON.parse of
 * each line, the fields of each line. Each reading has a process of its own; the two take turns, so that a busy machine slows both.
 */
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { runChild } from "./child.ts";
import type { LoadAnswer } from "./load-once.ts";
import { pointsOf, type Tool } from "./load-points.ts";
import { median, round2 } from "./numbers.ts";
import type { BenchResult } from "./result.ts";

const ROUNDS = 3;
const DEFAULT_POINTS = 1_000_000;
const WARM_UP = 50_000;
const GOAL_RATIO = 2;
const GOAL_MB = 200;
/** The young generation of the process that reads uploads is bounded so, too. */
const EXEC_ARGV = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=16"];

const TOOLS: Readonly<Record<Tool, { readonly what: string; readonly yardstick: string }>> = {
  k6: { what: "k6 NDJSON", yardstick: "split and JSON.parse of each line" },
  jmeter: { what: "JMeter CSV", yardstick: "split into lines and fields" },
};

export async function benchLoad(): Promise<BenchResult[]> {
  const points = Number(process.env.BENCH_POINTS ?? DEFAULT_POINTS);
  if (!(points >= 1_000)) throw new Error(`--points: expected 1000 or more, got ${process.env.BENCH_POINTS}`);
  const results: BenchResult[] = [];
  for (const tool of Object.keys(TOOLS) as Tool[]) results.push(...(await benchTool(tool, points)));
  return results;
}

async function benchTool(tool: Tool, points: number): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
  try {
    const [small, big] = [join(folder, "small"), join(folder, "big")];
    await pipeline(Readable.from(pointsOf(tool, WARM_UP)), createWriteStream(small));
    await pipeline(Readable.from(pointsOf(tool, points)), createWriteStream(big));
    const once = (side: "read" | "bare"): Promise<LoadAnswer> =>
      runChild<LoadAnswer>(join(import.meta.dirname, "load-once.ts"), [side, tool, small, big], EXEC_ARGV);
    const [bare, read]: [LoadAnswer[], LoadAnswer[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await once("bare"));
      read.push(await once("read"));
    }
    return resultsOf(tool, points, statSync(big).size / 1e6, bare, read);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultsOf(
  tool: Tool,
  points: number,
  megabytes: number,
  bare: readonly LoadAnswer[],
  read: readonly LoadAnswer[],
): BenchResult[] {
  const { what, yardstick } = TOOLS[tool];
  const count = `${round2(points / 1e6)} M lines of ${what}`;
  const cpu = (runs: readonly LoadAnswer[]): number => median(runs.map(({ cpuSeconds }) => cpuSeconds));
  const list = (runs: readonly LoadAnswer[]): string => runs.map(({ cpuSeconds }) => cpuSeconds.toFixed(2)).join(", ");
  const wall = median(read.map(({ seconds }) => seconds));
  const memory = Math.max(...read.map(({ peakMb }) => peakMb ?? Number.NaN));
  return [
    {
      name: `load: ${count}, ${Math.round(megabytes)} MB, processor time (rounds: ${list(read)}; by the clock ${round2(wall)} s)`,
      value: round2(cpu(read)),
      unit: "s",
      yardstick: `${yardstick} ${round2(cpu(bare))} s (${list(bare)})`,
      ratio: round2(cpu(read) / cpu(bare)),
      goal: `at most ${GOAL_RATIO} times the yardstick`,
      ok: cpu(read) / cpu(bare) <= GOAL_RATIO,
    },
    {
      name: `load: peak memory of the process that read ${count}, most of ${ROUNDS} rounds`,
      value: memory,
      unit: "MB",
      yardstick: `before the file ${median(read.map(({ idleMb }) => idleMb ?? Number.NaN))} MB; the yardstick's ${median(bare.map(({ peakMb }) => peakMb ?? Number.NaN))} MB`,
      ratio: round2(memory / GOAL_MB),
      goal: `under ${GOAL_MB} MB`,
      ok: memory < GOAL_MB,
    },
  ];
}
