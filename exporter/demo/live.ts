import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plumbline } from "../test/stack/plumbline.ts";
import { check, note } from "./console.ts";
import { SUITES } from "./history.ts";

const FOLDER = join(import.meta.dirname, "../examples/live");

interface Ack {
  status: string;
  message: string;
  counts: Record<string, number>;
}

/** Pushes one round of reports as a CI step would, as of now. Returns how many test cases it held. */
export async function liveRun(plumbline: Plumbline, kind: "good" | "bad", number: number): Promise<number> {
  let cases = 0;
  for (const file of readdirSync(join(FOLDER, kind)).sort()) {
    const suite = SUITES[file] ?? file;
    const { status, body } = await plumbline.report(readFileSync(join(FOLDER, kind, file)), {
      suite,
      filename: file,
      run_id: `demo-${number}-${suite}`,
      parts: "1",
      commit: `${number}`.repeat(8),
      started_at: new Date(Date.now() - 3000).toISOString(),
    });
    const ack = body as unknown as Ack;
    const held = Object.values(ack.counts ?? {}).reduce((sum, count) => sum + count, 0);
    cases += held;
    check(`run ${number}, ${suite}: ${held} cases`, status === 201);
    note(`${ack.status}: ${ack.message}`);
  }
  return cases;
}
