import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { configSchema } from "../src/config/schema.ts";
import { formatError, toAppError } from "../src/errors.ts";
import { createIngestService } from "../src/ingest/service.ts";
import { note } from "./console.ts";

const FOLDER = join(import.meta.dirname, "../examples/history");
export const SUITES: Readonly<Record<string, string>> = {
  "api.junit.xml": "api",
  "web.vitest.json": "web",
  "load.measures.json": "load",
  "stock.gotest.jsonl": "stock",
};

/**
 * Four weeks of reports with their own times, moved by whole days so that the last one is of yesterday: the reports are
 * real, and as old as this repository.
 */
export async function ingestHistory(
  data: string,
  config: string,
): Promise<{ runs: number; cases: number; days: number; rejected: number }> {
  const service = await createIngestService({
    storeAddress: `sqlite:${join(data, "plumbline.db")}`,
    config: configSchema.parse(parse(config)),
  });
  const folders = readdirSync(FOLDER).sort();
  const shift = shiftFor(folders.at(-1)!);
  const result = { runs: 0, cases: 0, days: new Set(folders.map((folder) => folder.slice(0, 10))).size, rejected: 0 };
  const submitted = folders.flatMap((folder) =>
    readdirSync(join(FOLDER, folder)).map(async (file) => {
      const bytes = readFileSync(join(FOLDER, folder, file));
      try {
        const receipt = await service.submit({
          body: { kind: "bytes", bytes },
          name: file,
          contentHash: createHash("sha256").update(bytes).digest("hex"),
          sizeBytes: bytes.length,
          context: {
            suite: SUITES[file] ?? file,
            runId: `nightly-${folder}-${SUITES[file]}`,
            parts: 1,
            history: true,
            startedAtMs: startOf(folder) + shift,
          },
        });
        result.runs++;
        result.cases += Object.values(receipt.counts).reduce((sum, count) => sum + count, 0);
      } catch (error) {
        result.rejected++;
        note(formatError(toAppError(error)));
      }
    }),
  );
  await Promise.all(submitted);
  await service.close();
  return result;
}

const DAY_MS = 86_400_000;
/** `2026-11-19-06` is six o'clock UTC of that day. */
const startOf = (folder: string): number => Date.parse(`${folder.slice(0, 10)}T${folder.slice(11, 13)}:15:00Z`);
function shiftFor(last: string): number {
  const yesterday = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
  return yesterday - Date.parse(`${last.slice(0, 10)}T00:00:00Z`);
}
