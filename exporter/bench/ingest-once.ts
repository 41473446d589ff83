/** `ingest-once.ts WARM_UP FILE STORE`: hash and submit as the command line does, and nothing else in this process. */
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { defaultConfig } from "../src/config/schema.ts";
import { createIngestService } from "../src/ingest/service.ts";
import type { IngestService } from "../src/ingest/types.ts";
import { answer } from "./child.ts";
import { peakMegabytes } from "./numbers.ts";

export interface IngestTimes {
  readonly firstSeconds: number;
  readonly againSeconds: number;
  /** After the first file, before the second. */
  readonly peakMb: number | undefined;
  readonly idleMb: number | undefined;
}

/** The writer tidies its log 0.3 s after the last report; a second file never comes at once. */
const SETTLE_MS = 1500;

async function ingest(service: IngestService, path: string, runId: string): Promise<number> {
  const start = performance.now();
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(chunk);
  const receipt = await service.submit({
    body: { kind: "file", path },
    name: path,
    contentHash: hash.digest("hex"),
    sizeBytes: statSync(path).size,
    context: { runId, parts: 1 },
  });
  if (receipt.outcome !== "stored") throw new Error(`${path} was not stored: ${receipt.outcome}`);
  return (performance.now() - start) / 1000;
}

const [warmUp, file, store] = process.argv.slice(2) as [string, string, string];
const service = await createIngestService({ storeAddress: `sqlite:${store}`, config: defaultConfig() });
const idleMb = peakMegabytes();
await ingest(service, warmUp, "warm-up");
await sleep(SETTLE_MS);
const firstSeconds = await ingest(service, file, "first");
const peakMb = peakMegabytes();
await sleep(SETTLE_MS);
const againSeconds = await ingest(service, file, "again");
await service.close();
answer({ firstSeconds, againSeconds, peakMb, idleMb } satisfies IngestTimes);
