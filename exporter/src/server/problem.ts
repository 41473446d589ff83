/** Errors as RFC 9457 problem documents. What a code means stands in the table of errors.ts; nothing else leaves here. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, ERROR_CODES, type ErrorCode, type Place } from "../errors.ts";

export interface Problem {
  /** Address of the page that explains the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly hint: string;
  readonly place?: Place;
}

export function problemOf(error: AppError, base: string): Problem {
  const { http, title } = ERROR_CODES[error.code];
  const { file, line, column } = error.place;
  return {
    type: `${base}/problems/${error.code}`,
    title,
    status: http,
    // A fault of our own may carry paths or worse in its message; that belongs in the log.
    detail: error.code === "INTERNAL" ? "an unexpected fault; the server's log has the details" : error.message,
    code: error.code,
    hint: error.hint,
    ...(file === undefined ? {} : { place: { file, ...(line && { line }), ...(column && { column }) } }),
  };
}

/** Anything thrown on the way of a request. Express and its router throw errors with a status of their own. */
export function requestError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const status = thrown instanceof Error && "status" in thrown ? thrown.status : undefined;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new AppError("REQUEST_INVALID", "the address is not well-formed", {}, { cause: thrown });
  }
  return new AppError("INTERNAL", thrown instanceof Error ? thrown.message : String(thrown), {}, { cause: thrown });
}

/** Not the client's doing, so worth an operator's look. Who shuts a server down knows that it takes no more. */
export function isFault(error: AppError): boolean {
  return ERROR_CODES[error.code].http >= 500 && error.code !== "SHUTTING_DOWN";
}

const DRAIN_BYTES = 64 * 1024 * 1024;
const DRAIN_MS = 5_000;

/**
 * Answers with a body of known length. When the request's body is not read to its end, the answer is sent at once and
 * the rest is read and thrown away for a while: closing with unread bytes resets the connection, and the client then
 * loses the answer that says why. The connection ends afterwards.
 */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  const silent = request.method === "HEAD";
  if (request.complete || !hasBody(request)) {
    response.end(silent ? undefined : body);
    return;
  }
  response.setHeader("Connection", "close");
  if (!silent) response.write(body);
  let drained = 0;
  const timer = setTimeout(done, DRAIN_MS);
  function done(): void {
    clearTimeout(timer);
    response.end();
    if (!request.complete) request.destroy();
  }
  request.on("data", (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > DRAIN_BYTES) done();
  });
  request.on("end", done);
  request.on("error", done);
  request.on("close", done);
  request.resume();
}

function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers["transfer-encoding"] !== undefined ||
    (request.headers["content-length"] !== undefined && request.headers["content-length"] !== "0")
  );
}

export function answerJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
  contentType = "application/json; charset=utf-8",
): void {
  answer(
    request,
    response,
    status,
    { "Content-Type": contentType, "Cache-Control": "no-store" },
    JSON.stringify(value),
  );
}

export function answerProblem(request: IncomingMessage, response: ServerResponse, error: AppError, base: string): void {
  const problem = problemOf(error, base);
  if (problem.status === 503 && !response.headersSent) response.setHeader("Retry-After", "5");
  answerJson(request, response, problem.status, problem, "application/problem+json; charset=utf-8");
}
