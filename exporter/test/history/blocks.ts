/** A history as blocks of Prometheus' storage. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promtool } from "../stack/command.ts";
import { temporaryFolder } from "../temporary.ts";
import { toOpenMetrics } from "./open-metrics.ts";
import type { History } from "./replay.ts";

/** A length that Prometheus' blocks have (2 h times a power of 3), so that no file of ours is cut into several. */
const BLOCK_MS = 2 * 27 * 3_600_000;

/**
 * Writes blocks into `folder`. promtool reads its whole file once to learn its times and once more for each block in it, and takes
 * most of the time: so each block gets a file of its own, and is made while the next is written.
 */
export async function createBlocks(history: History, folder: string): Promise<{ samples: number }> {
  const { startMs, endMs, stepSeconds, steps } = history;
  const stepMs = stepSeconds * 1000;
  const stepAt = (ms: number): number => Math.min(steps, Math.max(0, Math.ceil((ms - startMs) / stepMs)));
  const scratch = temporaryFolder("samples");
  let samples = 0;
  let making: Promise<void> = Promise.resolve();
  for (let at = Math.floor(startMs / BLOCK_MS) * BLOCK_MS; at <= endMs; at += BLOCK_MS) {
    const file = join(scratch, `${at}.om`);
    samples += toOpenMetrics(history, file, stepAt(at), stepAt(at + BLOCK_MS));
    await making;
    making = makeBlocks(file, folder);
    // It is awaited later; without a listener a failure meanwhile would end the process.
    making.catch(() => undefined);
  }
  await making;
  rmSync(scratch, { recursive: true, force: true });
  return { samples };
}

async function makeBlocks(file: string, folder: string): Promise<void> {
  const limit = `--max-block-duration=${BLOCK_MS / 3_600_000}h`;
  const ran = await promtool(["tsdb", "create-blocks-from", "openmetrics", "--quiet", limit, file, folder], {
    timeoutMs: 300_000,
  });
  rmSync(file, { force: true });
  if (ran.code !== 0) throw new Error(`promtool made no blocks: ${ran.stderr.slice(0, 2000)}`);
}
