/** Report files as uncompressed bytes: plain, gzip (by its first bytes), or standard input. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AppError, atPlace } from "../errors.ts";
import { fileHeader } from "../formats/json-sequence.ts";
import type { ReportBody } from "../ingest/types.ts";
import type { Input } from "./inputs.ts";
import type { CliIo } from "./io.ts";

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = Buffer.from("\n");
/** Up to here a report is held in memory: what was hashed is then exactly what is read. */
const MEMORY_BYTES = 4 * 1024 ** 2;

/** The bytes as they lie there; of a folder's report, its files with their names before them. */
export function rawStream(io: CliIo, input: Input): Readable {
  if (input.files !== undefined) return Readable.from(folderChunks(io, input.files), { objectMode: false });
  return input.path === undefined ? io.stdin : createReadStream(input.path, { highWaterMark: CHUNK_BYTES });
}

/** See `FolderReport`. Files are small and many: they are sent on in chunks of a usual size. */
async function* folderChunks(io: CliIo, files: readonly string[]): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for (const path of files) {
    held.push(Buffer.from(fileHeader(basename(path))));
    try {
      for await (const chunk of reportChunks(io, { name: path, path })) {
        held.push(chunk);
        size += chunk.length;
        if (size < CHUNK_BYTES) continue;
        yield Buffer.concat(held);
        held = [];
        size = 0;
      }
    } catch (error) {
      throw atPlace(readError(error), { file: path });
    }
    held.push(NEWLINE);
  }
  yield Buffer.concat(held);
}

/** The report's own bytes. Throws AppError without a place: the caller knows the name. */
export async function* reportChunks(io: CliIo, input: Input): AsyncGenerator<Buffer> {
  const source = rawStream(io, input);
  try {
    yield* gunzipped(source);
  } catch (error) {
    throw readError(error);
  } finally {
    source.destroy();
  }
}

/** Decided by the first two bytes. Members of a gzip file that was written in pieces are read as one. */
async function* gunzipped(source: Readable): AsyncGenerator<Buffer> {
  const chunks = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  async function* all(): AsyncGenerator<Buffer> {
    yield first.value as Buffer;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  if (!(first.value[0] === 0x1f && first.value[1] === 0x8b)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Errors of either end arrive at the loop below, through the gunzip stream.
  pipeline(all(), gunzip, () => {});
  yield* gunzip as AsyncIterable<Buffer>;
}

export function readError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOENT") return new AppError("INPUT_NOT_FOUND", "no such file", {}, { cause });
  if (code === "EISDIR") return new AppError("INPUT_UNREADABLE", "is a folder, not a report", {}, { cause });
  if (code === "Z_BUF_ERROR") {
    const hint = "the file was cut short; was it copied while it was still being written?";
    return new AppError("INPUT_CUT", "the gzip data ends before its end mark", {}, { cause, hint });
  }
  if (code.startsWith("Z_")) {
    const hint = "the file begins like gzip but is damaged; write it again";
    return new AppError("INPUT_ENCODING", `the gzip data cannot be decoded (${code})`, {}, { cause, hint });
  }
  return new AppError("INPUT_UNREADABLE", `cannot be read (${code || String(cause)})`, {}, { cause });
}

export interface Prepared {
  readonly body: ReportBody;
  /** Of the uncompressed bytes. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  /** Removes what was spooled. */
  dispose(): Promise<void>;
}

/**
 * Reads a report once for its hash and size. A plain file is used where it lies; what can be read only once (pipes,
 * standard input) or must be decompressed is spooled. Throws INPUT_TOO_LARGE beyond `maxBytes`. `hold`: keep small plain
 * files in memory as well; not for many files at once.
 */
export async function prepare(
  io: CliIo,
  input: Input,
  { maxBytes, hold }: { readonly maxBytes: number; readonly hold: boolean },
): Promise<Prepared> {
  const hash = createHash("sha256");
  const held: Buffer[] = [];
  let sizeBytes = 0;
  let spool: Spool | undefined;
  const direct = await isPlainFile(input);
  try {
    for await (const chunk of reportChunks(io, input)) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        const hint = "split the report, or raise limits.maxReportBytes in the configuration";
        throw new AppError("INPUT_TOO_LARGE", `larger than ${maxBytes} bytes uncompressed`, {}, { hint });
      }
      hash.update(chunk);
      if (direct && !hold) continue;
      if (sizeBytes <= MEMORY_BYTES) held.push(chunk);
      else if (!direct) {
        spool ??= await createSpool();
        for (const part of held.splice(0)) await spool.write(part);
        await spool.write(chunk);
      }
    }
    await spool?.close();
  } catch (error) {
    await spool?.remove();
    throw error;
  }
  const inMemory = sizeBytes <= MEMORY_BYTES && (hold || !direct);
  const body = bodyOf(inMemory ? held : undefined, spool?.path ?? input.path);
  return { body, contentHash: hash.digest("hex"), sizeBytes, dispose: async () => spool?.remove() };
}

function bodyOf(held: readonly Buffer[] | undefined, path: string | undefined): ReportBody {
  if (held !== undefined || path === undefined) return { kind: "bytes", bytes: Buffer.concat(held ?? []) };
  return { kind: "file", path };
}

/** Can be read again, and holds the report as it is. */
async function isPlainFile({ path }: Input): Promise<boolean> {
  if (path === undefined) return false;
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  const handle = await open(path).catch(() => undefined);
  if (handle === undefined) return true;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return !(bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b);
  } finally {
    await handle.close();
  }
}

interface Spool {
  readonly path: string;
  write(chunk: Buffer): Promise<void>;
  close(): Promise<void>;
  remove(): Promise<void>;
}

async function createSpool(): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-"));
  const path = join(folder, "report");
  const handle = await open(path, "wx", 0o600);
  let isOpen = true;
  const close = async () => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    path,
    write: async (chunk) => {
      try {
        await handle.writeFile(chunk);
      } catch (cause) {
        const full = cause instanceof Error && "code" in cause && cause.code === "ENOSPC";
        if (!full) throw cause;
        const hint = `free space in ${tmpdir()}, or point TMPDIR elsewhere`;
        throw new AppError("STORE_FULL", "no space left to decompress the report", {}, { cause, hint });
      }
    },
    close,
    remove: async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
