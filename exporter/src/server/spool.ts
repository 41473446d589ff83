/**
 * Where an upload waits until it is complete: small ones in memory, others in a file. Only complete reports reach the
 * ingest, so a slow or broken client never holds the writer, and nothing is ever half-stored.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import type { ReportBody } from "../ingest/types.ts";

/** Bodies up to here stay in memory. */
export const MEMORY_BYTES = 256 * 1024;
/** All bodies in memory together; beyond it even small ones go to the disk. */
const MEMORY_TOTAL_BYTES = 64 * 1024 * 1024;
const FIRST_BYTES = 16 * 1024;

export interface Spooled {
  readonly body: ReportBody;
  readonly sizeBytes: number;
  /** Lower-case hex SHA-256. */
  readonly contentHash: string;
}

/** What one request may still bring, counted uncompressed over all its files. */
export interface ByteBudget {
  left: number;
  readonly limit: number;
}

export class SpoolArea {
  readonly #folder: string;
  readonly #memoryLimit: number;
  #memory = 0;
  #count = 0;

  /** Creates the folder, and empties it of what servers left that no longer run. */
  constructor(folder: string, memoryLimit = MEMORY_TOTAL_BYTES) {
    this.#folder = folder;
    this.#memoryLimit = memoryLimit;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const pid = /^upload-(\d+)-\d+$/.exec(name)?.[1];
      if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) {
        rmSync(join(folder, name), { force: true });
      }
    }
  }

  spool(budget: ByteBudget, sizeHint = 0): Spool {
    return new Spool(this, budget, sizeHint);
  }

  /** Bytes held in memory now. */
  get memoryInUse(): number {
    return this.#memory;
  }

  reserve(bytes: number): boolean {
    if (this.#memory + bytes > this.#memoryLimit) return false;
    this.#memory += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#memory -= bytes;
  }

  nextPath(): string {
    this.#count += 1;
    return join(this.#folder, `upload-${process.pid}-${this.#count}`);
  }
}

/** One file of an upload. `write` calls do not overlap; after `end` or a failure the owner calls `discard`, always. */
export class Spool {
  readonly #area: SpoolArea;
  readonly #budget: ByteBudget;
  readonly #hash = createHash("sha256");
  #size = 0;
  /** Own memory rather than the chunks: a client that sends single bytes must not cost an object for each. */
  #memory: Uint8Array | undefined;
  readonly #sizeHint: number;
  #file: { path: string; handle: FileHandle | undefined } | undefined;
  #writing: Promise<void> | undefined;

  constructor(area: SpoolArea, budget: ByteBudget, sizeHint: number) {
    this.#area = area;
    this.#budget = budget;
    this.#sizeHint = sizeHint;
  }

  /** Returns a promise only when the disk has to be waited for. Throws INPUT_TOO_LARGE, rejects with STORE_FULL. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#size += chunk.length;
    this.#budget.left -= chunk.length;
    if (this.#budget.left < 0) throw tooLarge(this.#budget.limit);
    this.#hash.update(chunk);
    if (this.#file === undefined && this.#fits(this.#size)) {
      this.#memory!.set(chunk, this.#size - chunk.length);
      return undefined;
    }
    this.#writing = this.#writeFile(chunk);
    return this.#writing;
  }

  async end(): Promise<Spooled> {
    await this.#close();
    const body: ReportBody =
      this.#file === undefined ? { kind: "bytes", bytes: this.#takeBytes() } : { kind: "file", path: this.#file.path };
    return { body, sizeBytes: this.#size, contentHash: this.#hash.digest("hex") };
  }

  /** Frees memory and file. The bytes of a failed file no longer count against its request. */
  async discard(): Promise<void> {
    // A client can go away while the disk works; the file may only just be opening.
    await this.#writing?.catch(() => undefined);
    this.#freeMemory();
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    await file.handle?.close().catch(() => undefined);
    await rm(file.path, { force: true });
  }

  refund(): void {
    this.#budget.left += this.#size;
  }

  /** Makes room in memory for `size` bytes; false when they belong into a file. */
  #fits(size: number): boolean {
    const have = this.#memory?.length ?? 0;
    if (size <= have) return true;
    if (size > MEMORY_BYTES) return false;
    const want = Math.min(MEMORY_BYTES, Math.max(size, have === 0 ? this.#sizeHint || FIRST_BYTES : have * 2));
    if (!this.#area.reserve(want - have)) return false;
    const grown = new Uint8Array(want);
    if (this.#memory !== undefined) grown.set(this.#memory);
    this.#memory = grown;
    return true;
  }

  #takeBytes(): Uint8Array {
    const memory = this.#memory ?? new Uint8Array(0);
    return memory.length === this.#size ? memory : memory.slice(0, this.#size);
  }

  #freeMemory(): void {
    if (this.#memory === undefined) return;
    this.#area.release(this.#memory.length);
    this.#memory = undefined;
  }

  async #writeFile(chunk: Uint8Array): Promise<void> {
    try {
      if (this.#file === undefined) {
        const path = this.#area.nextPath();
        this.#file = { path, handle: undefined };
        this.#file.handle = await open(path, "wx", 0o600);
        if (this.#memory !== undefined) {
          await writeAll(this.#file.handle, this.#memory.subarray(0, this.#size - chunk.length));
          this.#freeMemory();
        }
      }
      await writeAll(this.#file.handle!, chunk);
    } catch (cause) {
      throw spoolError(cause);
    }
  }

  async #close(): Promise<void> {
    if (this.#file?.handle === undefined) return;
    const { handle } = this.#file;
    this.#file.handle = undefined;
    // Some file systems report a full disk only here.
    await handle.close().catch((cause: unknown) => {
      throw spoolError(cause);
    });
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

function spoolError(cause: unknown): AppError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new AppError(
      "STORE_FULL",
      "no space left to receive the report",
      {},
      { cause, hint: "free disk space where the server keeps its uploads; nothing of this report was kept" },
    );
  }
  return new AppError("INTERNAL", "the report could not be written to the upload folder", {}, { cause });
}

export function tooLarge(limit: number): AppError {
  return new AppError(
    "INPUT_TOO_LARGE",
    `the report is larger than ${limit} bytes uncompressed`,
    {},
    { hint: "split the report, or raise limits.maxReportBytes in the configuration" },
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
