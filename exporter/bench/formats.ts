/**
 * Each format of tests and of coverage: its time beside that of the bare parser underneath, on a fixture multiplied to some megabytes, each
 * reading in a process of its own and the two in turns; and the peak memory of those that are read as a stream, of a million cases
 * or of the coverage of ten thousand files, which are made while they are read.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FORMATS } from "../src/formats/registry.ts";
import type { Format } from "../src/model/format.ts";
import { runChild } from "./child.ts";
import { RECIPES, type Recipe, type Yardstick } from "./fixture-recipes.ts";
import type { FlatAnswer, ReadAnswer } from "./format-once.ts";
import { type Multiplied, multiply, writeMultiplied } from "./multiply.ts";
import { median, round2 } from "./numbers.ts";
import type { BenchResult } from "./result.ts";

const ROUNDS = 3;
const BYTES = 32e6;
/** Enough to compile what the large file runs through. */
const WARM_UP_BYTES = 4e6;
const CASES = 1_000_000;
/** Copies that tell how much is in one. */
const FEW = 100;
const GOAL_RATIO = 1.5;
const GOAL_MB = 200;
/** A large repository. */
const COVERED_FILES = 10_000;
/** As the thread has that reads reports for the store: its young generation is bounded to 16 MB, of which a third is a half. */
const LIKE_THE_WRITER = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=5"];

const ONCE = join(import.meta.dirname, "format-once.ts");

const SAID: Readonly<Record<Yardstick, string>> = {
  saxes: "saxes that counts tags",
  "JSON.parse": "JSON.parse of the whole file",
  "JSON.parse of documents": "JSON.parse of each document, told where it begins",
  "JSON.parse of lines": "lines split, JSON.parse of each",
  lines: "lines split, each into its fields",
};

export async function benchFormats(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
  const results: BenchResult[] = [];
  try {
    for (const format of FORMATS) {
      if (format.yields === "measures") continue;
      const recipe = RECIPES[format.id];
      if (recipe === undefined) throw new Error(`no recipe for ${format.id} in fixture-recipes.ts`);
      console.error(`  ${format.id}`);
      const multiplied = multiply(recipe);
      results.push(await speedOf(format, recipe, multiplied, folder));
      if (format.reads === "stream") results.push(await memoryOf(format));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

async function speedOf(format: Format, recipe: Recipe, multiplied: Multiplied, folder: string): Promise<BenchResult> {
  const big = join(folder, "big");
  const small = join(folder, "small");
  writeMultiplied(big, multiplied, Math.ceil(BYTES / multiplied.copyBytes));
  writeMultiplied(small, multiplied, Math.ceil(WARM_UP_BYTES / multiplied.copyBytes));
  const bare: number[] = [];
  const read: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push((await runChild<ReadAnswer>(ONCE, ["bare", format.id, small, big])).seconds);
    read.push((await runChild<ReadAnswer>(ONCE, ["read", format.id, small, big])).seconds);
  }
  const megabytes = statSync(big).size / 1e6;
  const ratio = median(read) / median(bare);
  return {
    name: `formats: ${format.id}`,
    value: Math.round(megabytes / median(read)),
    unit: "MB/s",
    yardstick: `${SAID[recipe.yardstick]}: ${Math.round(megabytes / median(bare))} MB/s`,
    ratio: round2(ratio),
    goal: `at most ${GOAL_RATIO} times its time`,
    ok: ratio <= GOAL_RATIO,
  };
}

async function memoryOf(format: Format): Promise<BenchResult> {
  const flat = (copies: number): Promise<FlatAnswer> =>
    runChild<FlatAnswer>(ONCE, ["flat", format.id, String(copies)], LIKE_THE_WRITER);
  const few = await flat(FEW);
  const isTests = format.yields === "tests";
  const one = (isTests ? few.rows : few.files) / FEW;
  const all = await flat(Math.ceil((isTests ? CASES : COVERED_FILES) / one));
  const { peakMb = Number.NaN, idleMb = Number.NaN } = all;
  return {
    name: `formats: ${format.id}, peak memory of ${isTests ? `${round2(all.rows / 1e6)} M cases` : `${all.files} files`}`,
    value: peakMb,
    unit: "MB",
    yardstick: `before the first byte ${idleMb} MB`,
    ratio: round2(peakMb / GOAL_MB),
    goal: `under ${GOAL_MB} MB`,
    ok: peakMb < GOAL_MB,
  };
}
