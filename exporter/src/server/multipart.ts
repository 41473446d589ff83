/** multipart/form-data: every file into a spool of its own, every field into the context. Nothing is submitted from here. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import busboy from "busboy";
import { AppError } from "../errors.ts";
import { type ByteSink, contentDecoder, cut, gzipFileDecoder, pump, Waiter } from "./body.ts";
import { safeName } from "./context.ts";
import { quoted } from "./query.ts";
import type { ByteBudget, Spool, SpoolArea, Spooled } from "./spool.ts";

const MAX_FIELDS = 100;
const MAX_FIELD_BYTES = 8 * 1024;

export interface FormFile {
  readonly name: string;
  readonly spool: Spool;
  /** A file that cannot be taken (too large, damaged gzip) does not harm the others. */
  readonly result: Spooled | AppError;
}

export interface Form {
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly FormFile[];
}

export interface FormLimits {
  readonly area: SpoolArea;
  readonly budget: ByteBudget;
  readonly maxFiles: number;
  readonly idleMs: number;
}

/** Resolves when the closing boundary was read and all files are spooled. When it rejects, nothing is left behind. */
export async function receiveForm(request: IncomingMessage, limits: FormLimits): Promise<Form> {
  const parser = newParser(request, limits.maxFiles);
  const fields = new Map<string, string>();
  const receiving: Promise<FormFile>[] = [];
  const spools: Spool[] = [];

  const waiter = new Waiter();
  const fail = (error: AppError): void => waiter.fail(error);
  parser.on("error", (cause: Error) => fail(formError(cause)));
  parser.on("filesLimit", () =>
    fail(
      new AppError(
        "INPUT_TOO_LARGE",
        `more than ${limits.maxFiles} files in one upload`,
        {},
        {
          hint: "send them in several requests, or raise limits.maxPartsPerRequest",
        },
      ),
    ),
  );
  parser.on("fieldsLimit", () => fail(invalid(`more than ${MAX_FIELDS} fields in the form`)));
  parser.on("field", (name, value, info) => {
    if (info.nameTruncated || info.valueTruncated) fail(invalid(`field ${quoted(name)} is too long`));
    else if (fields.has(name)) fail(invalid(`field ${quoted(name)} is given twice`));
    else if (value !== "") fields.set(name, value);
  });
  parser.on("file", (field, stream, info) => {
    const spool = limits.area.spool(limits.budget);
    spools.push(spool);
    const name = safeName(info.filename ?? "") ?? safeName(field ?? "") ?? "report";
    receiving.push(receiveFile(name, stream, spool, limits.idleMs));
  });

  const sink: ByteSink = {
    write: (chunk) =>
      waiter.wait((resolve) => {
        if (parser.write(chunk)) resolve();
        else parser.once("drain", resolve);
      }),
    end: () =>
      waiter.wait((resolve) => {
        parser.once("close", resolve);
        parser.end();
      }),
    abort: () => void parser.destroy(),
  };
  try {
    await pump(request, contentDecoder(request, sink), limits.idleMs);
    const files = await Promise.all(receiving);
    waiter.check();
    return { fields: Object.fromEntries(fields), files };
  } catch (error) {
    parser.destroy();
    await Promise.allSettled(receiving);
    await Promise.all(spools.map((spool) => spool.discard()));
    throw error;
  }
}

function newParser(request: IncomingMessage, maxFiles: number): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: "utf8",
      preservePath: true,
      limits: { files: maxFiles, fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, fieldNameSize: 100, headerPairs: 50 },
    });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("REQUEST_INVALID", `not a usable multipart body: ${detail}`, {}, { cause });
  }
}

async function receiveFile(name: string, stream: Readable, spool: Spool, idleMs: number): Promise<FormFile> {
  let result: Spooled | AppError | undefined;
  const sink: ByteSink = {
    write: (chunk) => spool.write(chunk),
    async end() {
      result = await spool.end();
    },
    abort: () => undefined,
  };
  try {
    await pump(stream, gzipFileDecoder(sink), idleMs * 2);
    return { name, spool, result: result! };
  } catch (error) {
    // The rest of this file is read and dropped, so that the next ones are reached.
    stream.resume();
    spool.refund();
    await spool.discard();
    if (error instanceof AppError) return { name, spool, result: error };
    throw error;
  }
}

function formError(cause: Error): AppError {
  if (/Unexpected end/.test(cause.message)) return cut("the form ends before its closing boundary", cause);
  return new AppError("REQUEST_INVALID", `the form is not well-formed: ${cause.message}`, {}, { cause });
}

const invalid = (detail: string): AppError => new AppError("REQUEST_INVALID", detail);
