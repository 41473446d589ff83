/**
 * `format-once.ts read|bare FORMAT WARM_UP FILE`: one side of one reading, and nothing else in this process.
 * `format-once.ts flat FORMAT COPIES`: peak memory of reading what is made while it is read.
 */
import { createReadStream, readFileSync } from "node:fs";
import { SaxesParser } from "saxes";
import { readReport } from "../src/formats/registry.ts";
import { DEFAULT_LIMITS, type ReportSink } from "../src/model/format.ts";
import { answer } from "./child.ts";
import { RECIPES, type Yardstick } from "./fixture-recipes.ts";
import { bytesOf, multiply } from "./multiply.ts";
import { peakMegabytes } from "./numbers.ts";

interface Rows {
  /** Cases or values. */
  readonly rows: number;
  /** Of coverage. */
  readonly files: number;
}

export interface ReadAnswer extends Rows {
  readonly seconds: number;
}

export interface FlatAnswer extends ReadAnswer {
  readonly peakMb: number | undefined;
  readonly idleMb: number | undefined;
}

const CHUNK = 256 * 1024;
/** As large as what a document format may hold by default, so that a fixture of any size is read. */
const LIMITS = { ...DEFAULT_LIMITS, maxDocumentBytes: 1024 ** 3 };

/** Everything is handed over and nothing is kept. */
async function read(format: string, chunks: AsyncIterable<Uint8Array>): Promise<Rows> {
  let rows = 0;
  let files = 0;
  const count = (): void => {
    rows++;
  };
  const nothing = (): void => {};
  const sink: ReportSink = {
    begin: nothing,
    suite: nothing,
    case: count,
    measure: count,
    coverage: nothing,
    coverageFile: () => {
      files++;
    },
    warn: nothing,
    end: nothing,
  };
  await readReport({ name: "report", chunks }, sink, LIMITS, format);
  return { rows, files };
}

const BARE: Readonly<Record<Yardstick, (path: string) => Promise<number>>> = {
  /** Told to do as little as it can: no positions, one handler that counts tags. */
  saxes: async (path) => {
    const parser = new SaxesParser({ position: false });
    let tags = 0;
    parser.on("opentag", () => {
      tags++;
    });
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK, encoding: "utf8" }))
      parser.write(chunk as string);
    parser.close();
    return tags;
  },
  "JSON.parse": async (path) => {
    JSON.parse(readFileSync(path, "utf8"));
    return 1;
  },
  /** Told where each one begins, which a reader has to find out. */
  "JSON.parse of documents": async (path) => {
    const documents = readFileSync(path, "utf8").split('}{"uuid"');
    documents.forEach((part, i) => {
      JSON.parse((i === 0 ? "" : '{"uuid"') + part + (i === documents.length - 1 ? "" : "}"));
    });
    return documents.length;
  },
  "JSON.parse of lines": async (path) => {
    let lines = 0;
    await splitLines(path, (line) => {
      JSON.parse(line);
      lines++;
    });
    return lines;
  },
  /** Lines and their fields as texts, as a parser of XML or JSON gives names and values; to find line breaks alone keeps nothing. */
  lines: async (path) => {
    let fields = 0;
    await splitLines(path, (line) => {
      fields += line.split(FIELDS).length;
    });
    return fields;
  },
};

const FIELDS = /[\s,:]+/;

async function splitLines(path: string, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK, encoding: "utf8" })) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}

async function timed(run: () => Promise<Rows>): Promise<ReadAnswer> {
  const start = performance.now();
  const rows = await run();
  return { seconds: (performance.now() - start) / 1000, ...rows };
}

async function* made(format: string, copies: number): AsyncGenerator<Uint8Array> {
  yield* bytesOf(multiply(RECIPES[format]!), copies);
}

const [side, format, ...rest] = process.argv.slice(2) as [string, string, string, string];
if (side === "flat") {
  const idleMb = peakMegabytes();
  const result = await timed(() => read(format, made(format, Number(rest[0]))));
  answer({ ...result, peakMb: peakMegabytes(), idleMb } satisfies FlatAnswer);
} else {
  const bare = BARE[RECIPES[format]!.yardstick];
  const once = async (path: string): Promise<Rows> =>
    side === "bare"
      ? { rows: await bare(path), files: 0 }
      : read(format, createReadStream(path, { highWaterMark: CHUNK }));
  await once(rest[0]);
  answer(await timed(() => once(rest[1])));
}
