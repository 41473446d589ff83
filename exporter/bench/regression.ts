/**
 * A real regression, from end to end: a real server is measured 40 times, each in a process of its own, from the 21st time on 5 % slower.
 * Every result is ingested by the command line into a store, as a CI job does; then the server is asked what it exports. The
 * yardstick is the change that was planted.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Deviation } from "../src/model/deviation.ts";
import { startPlumbline } from "../test/stack/plumbline.ts";
import { runChild } from "./child.ts";
import { median, round2 } from "./numbers.ts";
import type { BenchResult } from "./result.ts";

const MAIN = resolve(import.meta.dirname, "../src/cli/main.ts");
const RUNS = 40;
const CHANGE_AT = 20;
const SLOWER = 1.05;
const WAIT_MS = 40;
/** Runs after the change, the first of them included. */
const GOAL_RUNS = 5;

export async function benchRegression(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
  const store = `sqlite:${join(folder, "plumbline.db")}`;
  const plumbline = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", MAIN, ...args, "--store", store],
      { cwd: folder },
    );
    return stdout;
  };
  try {
    const start = Date.now() - RUNS * 60_000;
    let foundAfter: number | undefined;
    let early = 0;
    const values: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const wait = WAIT_MS * (i < CHANGE_AT ? 1 : SLOWER);
      const samples = await runChild<number[]>(join(import.meta.dirname, "regression-work.ts"), [String(wait)]);
      const file = join(folder, `run-${i}.json`);
      const measure = { name: "api_response_time", stat: "p50", value: median(samples), unit: "s" };
      values.push(measure.value);
      writeFileSync(
        file,
        JSON.stringify({ name: "api", timestamp: new Date(start + i * 60_000).toISOString(), measures: [measure] }),
      );
      await plumbline("ingest", file, "--history", "--branch", "main", "--run-id", `run-${i}`, "--commit", `c${i}`);
      const open = (JSON.parse(await plumbline("deviations", "list", "--json")) as { deviations: Deviation[] })
        .deviations;
      if (open.length > 0 && i < CHANGE_AT) early++;
      if (open.length > 0 && i >= CHANGE_AT) foundAfter ??= i - CHANGE_AT + 1;
    }
    const [found] = (JSON.parse(await plumbline("deviations", "list", "--json")) as { deviations: Deviation[] })
      .deviations;
    console.error(`  ${values.map((value) => (value * 1000).toFixed(2)).join(" ")} ms`);
    console.error(`  ${found?.summary ?? "nothing was found"}`);
    const exported = await exportedRatio(folder);
    const size = found === undefined ? 0 : found.after / found.before - 1;
    return [
      {
        name: "a real server made 5 % slower: runs until it is confirmed",
        value: foundAfter ?? Number.NaN,
        unit: "runs",
        yardstick: "runs since the change",
        ratio: foundAfter === undefined ? Number.NaN : round2(foundAfter / (RUNS - CHANGE_AT)),
        goal: `<= ${GOAL_RUNS}, nothing before the change`,
        ok: foundAfter !== undefined && foundAfter <= GOAL_RUNS && early === 0,
      },
      {
        name: "its size as found, and as exported (deviation_ratio)",
        value: round2(size * 100),
        unit: "%",
        yardstick: "the planted 5 %",
        ratio: round2(size / (SLOWER - 1)),
        goal: "0.5 to 1.5, exported alike",
        ok: size > 0.025 && size < 0.075 && exported !== undefined && Math.abs(exported - size) < 0.02,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a scrape of the server says of the series. */
async function exportedRatio(data: string): Promise<number | undefined> {
  const server = await startPlumbline({ data, config: "" });
  try {
    const line = (await server.metrics())
      .split("\n")
      .find((one) => /^deviation_ratio\{.*measure="api_response_time"/.test(one));
    return line === undefined ? undefined : Number(line.split(" ").at(-1));
  } finally {
    await server.stop();
  }
}
