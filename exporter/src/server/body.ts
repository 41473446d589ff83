/** Reading a request's body: from the socket, through gzip where there is any, into whatever takes the bytes. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AppError } from "../errors.ts";

/** Takes bytes in order. `write` calls do not overlap: a returned promise is awaited before the next. */
export interface ByteSink {
  write(chunk: Buffer): Promise<void> | undefined;
  /** All bytes were there. */
  end(): Promise<void>;
  /** The source failed or a later stage did; frees what is held. Never throws. */
  abort(): void;
}

/**
 * Moves a stream into a sink, with back-pressure. Rejects with INPUT_CUT when the stream breaks off or stays silent for
 * `idleMs`, or with the sink's own error; the stream is then left paused for the caller to drain or destroy.
 */
export function pump(source: Readable, sink: ByteSink, idleMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let writing: Promise<void> | undefined;
    let settled = false;
    const timer = setTimeout(() => {
      if (writing === undefined) fail(cut(`no byte came for ${Math.round(idleMs / 1000)} seconds`));
      else timer.refresh();
    }, idleMs);

    function settle(): boolean {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      source.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
      // An abort after this point has nobody to tell.
      source.on("error", () => undefined);
      return true;
    }
    function fail(error: unknown): void {
      if (!settle()) return;
      source.pause();
      sink.abort();
      reject(error);
    }
    function onData(chunk: Buffer): void {
      timer.refresh();
      try {
        const written = sink.write(chunk);
        if (written === undefined) return;
        source.pause();
        writing = written;
        written.then(() => {
          writing = undefined;
          timer.refresh();
          if (!settled) source.resume();
        }, fail);
      } catch (error) {
        fail(error);
      }
    }
    function onEnd(): void {
      // The last write may still be under way: a paused stream ends all the same.
      Promise.resolve(writing)
        .then(() => sink.end())
        .then(() => {
          if (settle()) resolve();
        }, fail);
      source.off("close", onClose);
      clearTimeout(timer);
    }
    function onError(cause: unknown): void {
      fail(cut("the connection broke before the whole body was received", cause));
    }
    function onClose(): void {
      fail(cut("the connection closed before the whole body was received"));
    }
    source.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  });
}

/** Decodes by `Content-Encoding`; codings other than gzip are INPUT_ENCODING. */
export function contentDecoder(request: IncomingMessage, sink: ByteSink): ByteSink {
  const coding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (coding === "" || coding === "identity") return sink;
  if (coding === "gzip" || coding === "x-gzip") return gunzipTo(sink);
  throw new AppError("INPUT_ENCODING", `Content-Encoding ${JSON.stringify(coding.slice(0, 60))} is not supported`);
}

/** A gzip file is read as what it holds: decided by its first two bytes, for one level. */
export function gzipFileDecoder(sink: ByteSink): ByteSink {
  let head: Buffer | undefined;
  let decided: ByteSink | undefined;
  const decide = (bytes: Buffer): ByteSink => {
    decided = isGzip(bytes) ? gunzipTo(sink) : sink;
    return decided;
  };
  return {
    write(chunk) {
      if (decided !== undefined) return decided.write(chunk);
      const seen = head === undefined ? chunk : Buffer.concat([head, chunk]);
      if (seen.length < 2) {
        head = seen;
        return undefined;
      }
      return decide(seen).write(seen);
    },
    async end() {
      if (decided === undefined && head !== undefined) await decide(head).write(head);
      await (decided ?? sink).end();
    },
    abort: () => (decided ?? sink).abort(),
  };
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

function gunzipTo(sink: ByteSink): ByteSink {
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  const waiter = new Waiter();
  let writing: Promise<void> | undefined;
  const fail = (error: unknown): void => {
    waiter.fail(error);
    gunzip.destroy();
  };
  gunzip.on("data", (chunk: Buffer) => {
    try {
      writing = sink.write(chunk);
    } catch (error) {
      fail(error);
      return;
    }
    if (writing === undefined) return;
    gunzip.pause();
    writing.then(() => gunzip.resume(), fail);
  });
  gunzip.on("error", (cause) => waiter.fail(gzipError(cause)));
  return {
    write: (chunk) => waiter.wait((resolve) => gunzip.write(chunk, () => resolve())),
    async end() {
      await waiter.wait((resolve) => {
        gunzip.on("end", resolve);
        gunzip.end();
      });
      await writing;
      await sink.end();
    },
    abort() {
      gunzip.destroy();
      sink.abort();
    },
  };
}

/** One thing to wait for at a time, and a failure that ends the waiting, now or later. */
export class Waiter {
  #error: { readonly value: unknown } | undefined;
  #reject: ((error: unknown) => void) | undefined;

  /** The first failure counts. */
  fail(value: unknown): void {
    this.#error ??= { value };
    this.#reject?.(this.#error.value);
  }

  wait(start: (resolve: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#error === undefined) start(resolve);
      else reject(this.#error.value);
    });
  }

  /** Throws what has failed, if anything did. */
  check(): void {
    if (this.#error !== undefined) throw this.#error.value;
  }
}

function gzipError(cause: Error): AppError {
  if ("code" in cause && cause.code === "Z_BUF_ERROR") {
    return new AppError("INPUT_CUT", "the gzip data ends before its end mark", {}, { cause });
  }
  return new AppError("INPUT_ENCODING", `the gzip data cannot be decoded (${cause.message})`, {}, { cause });
}

export function cut(detail: string, cause?: unknown): AppError {
  return new AppError("INPUT_CUT", detail, {}, cause === undefined ? {} : { cause });
}
