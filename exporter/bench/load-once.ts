/** `load-once.ts read|bare k6|jmeter WARM_UP FILE`: one side of one reading, and nothing else in this process. */
import { createReadStream } from "node:fs";
import { readReport } from "../src/formats/registry.ts";
import { DEFAULT_LIMITS, type ReportSink } from "../src/model/format.ts";
import { answer } from "./child.ts";
import type { Tool } from "./load-points.ts";
import { peakMegabytes } from "./numbers.ts";

export interface LoadAnswer {
  readonly seconds: number;
  /** Of all threads: what is left of a busy machine's noise. */
  readonly cpuSeconds: number;
  /** Requests in the result, or lines that were taken apart. */
  readonly rows: number;
  readonly peakMb: number | undefined;
  readonly idleMb: number | undefined;
}

/** Through the registry, as every report comes in. */
async function read(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let rows = 0;
  const nothing = (): void => {};
  const sink: ReportSink = {
    begin: nothing,
    suite: nothing,
    case: nothing,
    measure: nothing,
    coverage: nothing,
    load: ({ operation, requests }) => {
      if (operation !== undefined) rows += requests ?? 0;
    },
    warn: (warning) => {
      throw new Error(warning.message);
    },
    end: nothing,
  };
  await readReport({ name: "points", chunks }, sink, DEFAULT_LIMITS);
  return rows;
}

/** The yardstick: lines, and JSON.parse or the fields of each. */
async function bare(tool: Tool, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let rows = 0;
  let rest = "";
  const decoder = new TextDecoder();
  const take = tool === "k6" ? (line: string): unknown => JSON.parse(line) : (line: string): unknown => line.split(",");
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (take(line) !== undefined) rows++;
  }
  return rows;
}

const [side, tool, warmUp, file] = process.argv.slice(2) as ["read" | "bare", Tool, string, string];
const run = (path: string): Promise<number> => {
  const chunks = createReadStream(path, { highWaterMark: 256 * 1024 });
  return side === "read" ? read(chunks) : bare(tool, chunks);
};
await run(warmUp);
const idleMb = peakMegabytes();
const start = performance.now();
const cpu = process.cpuUsage();
const rows = await run(file);
const { user, system } = process.cpuUsage(cpu);
answer({
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: (user + system) / 1e6,
  rows,
  peakMb: peakMegabytes(),
  idleMb,
} satisfies LoadAnswer);
