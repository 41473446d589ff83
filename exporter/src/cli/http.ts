/** The server's API, for commands with --server. Credentials in the address become a header and are never printed. */
import { AppError, ERROR_CODES, type ErrorCode, type Place } from "../errors.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Under the server's address, without a leading slash: `api/v1/runs`. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: AsyncIterable<Uint8Array> | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stalled server is given up. Undefined: no limit (uploads). */
  readonly timeoutMs?: number;
}

/** The `data` of the answer's envelope. Throws the server's own AppError, or SERVER_UNREACHABLE, SERVER_REFUSED. */
export async function callApi(server: URL, request: ApiRequest): Promise<unknown> {
  const { status, json } = await exchange(server, request);
  if (isRecord(json) && json.status === "success") return json.data;
  throw refusal(server, status, json);
}

/** As `callApi`, for answers that are documents of their own. */
export async function callForDocument(server: URL, request: ApiRequest): Promise<Readonly<Record<string, unknown>>> {
  const { status, json } = await exchange(server, request);
  if (isRecord(json)) return json;
  throw refusal(server, status, json);
}

async function exchange(server: URL, request: ApiRequest): Promise<{ status: number; json: unknown }> {
  const { url, headers } = address(server, request);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: request.method ?? "GET",
      headers,
      ...(request.body === undefined ? {} : { body: request.body, duplex: "half" }),
      ...(request.timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(request.timeoutMs) }),
    } as RequestInit);
    text = await response.text();
  } catch (cause) {
    if (cause instanceof Error && cause.cause instanceof AppError) throw cause.cause;
    throw new AppError(
      "SERVER_UNREACHABLE",
      `no answer (${unreachableReason(cause)})`,
      { file: display(server) },
      { cause },
    );
  }
  const json = parsed(text);
  if (!response.ok) throw refusal(server, response.status, json);
  return { status: response.status, json };
}

function address(server: URL, { path, query, headers }: ApiRequest): { url: URL; headers: Record<string, string> } {
  const url = new URL(server);
  const all: Record<string, string> = { Accept: "application/json", ...headers };
  if (url.username !== "" || url.password !== "") {
    const plain = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    all.Authorization = `Basic ${Buffer.from(plain).toString("base64")}`;
    url.username = "";
    url.password = "";
  }
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${path}`;
  url.search = "";
  url.hash = "";
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return { url, headers: all };
}

/** The address without credentials. */
export function display(server: URL): string {
  return `${server.protocol}//${server.host}${server.pathname.replace(/\/$/, "")}`;
}

/** fetch says "fetch failed" and hides why in the causes. */
export function unreachableReason(error: unknown): string {
  let last = String(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string") return cause.code;
    if (cause.name === "TimeoutError") return "it took too long";
    last = cause.message;
  }
  return last;
}

function refusal(server: URL, status: number, json: unknown): AppError {
  const file = display(server);
  if (!isRecord(json) || typeof json.detail !== "string") {
    const hint = "is that address a Plumbline server, and does a proxy in front of it allow the request?";
    return new AppError("SERVER_REFUSED", `answered ${status} with something else than expected`, { file }, { hint });
  }
  const code =
    typeof json.code === "string" && Object.hasOwn(ERROR_CODES, json.code) ? (json.code as ErrorCode) : undefined;
  const hint = typeof json.hint === "string" ? { hint: json.hint } : {};
  if (code === undefined) return new AppError("SERVER_REFUSED", `${status}: ${json.detail}`, { file }, hint);
  return new AppError(code, json.detail, placeOf(json.place) ?? { file }, hint);
}

function placeOf(value: unknown): Place | undefined {
  if (!isRecord(value) || typeof value.file !== "string") return undefined;
  const line = typeof value.line === "number" ? value.line : undefined;
  const column = typeof value.column === "number" ? value.column : undefined;
  return { file: value.file, line, column };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
