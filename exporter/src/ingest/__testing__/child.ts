/** A process that ingests a file into a store: `child.ts STORE-FILE REPORT [SMALL-REPORTS]`. Prints one line per step. */
import { statSync } from "node:fs";
import { createIngestService } from "../service.ts";
import { configOf, junit, submission } from "./reports.ts";

const [storeFile, report, small] = process.argv.slice(2) as [string, string, string | undefined];
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const codeOf = (promise: Promise<{ outcome: string }>): Promise<string> =>
  promise.then(
    (receipt) => receipt.outcome,
    (error: { code?: string }) => error.code ?? String(error),
  );

const service = await createIngestService({ storeAddress: `sqlite:${storeFile}`, config: configOf(), exclusive: true });
const body = { kind: "file", path: report } as const;
const sizeBytes = statSync(report).size;
const big = codeOf(service.submit({ body, name: "big.xml", contentHash: "b1".repeat(32), sizeBytes, context: {} }));
const rest = Array.from({ length: Number(small ?? 0) }, (_, i) =>
  codeOf(service.submit(submission(`${i}.xml`, junit(2, { from: i })))),
);
say("submitted");
say(await big);
say((await Promise.all(rest)).join(" "));
await service.close();
say("closed");
