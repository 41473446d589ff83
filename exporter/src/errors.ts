/**
 * One class, one table of codes. A code is also the HTTP problem type, the `code` label of the rejection counter and,
 * through the table, the exit status of the command line.
 */

/** What a code means to each reader. `hint` is the default next step; the thrower may give a better one. */
interface CodeEntry {
  /** HTTP status of the problem document. */
  readonly http: number;
  /** Exit status of the command line: 2 is "our input or our own fault", never 1 (that is "tests or gate failed"). */
  readonly exit: 2;
  readonly title: string;
  readonly hint: string;
}

const entry = (http: number, title: string, hint: string): CodeEntry => ({ http, exit: 2, title, hint });

export const ERROR_CODES = {
  INPUT_NOT_FOUND: entry(404, "File or pattern not found", "check the path; a pattern must match at least one file"),
  INPUT_UNREADABLE: entry(400, "File cannot be read", "check its permissions and that it is a regular file"),
  INPUT_EMPTY: entry(422, "Report is empty", "did the test process write its report before it ended?"),
  INPUT_TOO_LARGE: entry(
    413,
    "Input exceeds a limit",
    "split the report, or raise the limit in the configuration (limits.*)",
  ),
  INPUT_CUT: entry(
    400,
    "Body ended early",
    "the client closed the connection before the whole report was sent; send it again",
  ),
  INPUT_ENCODING: entry(
    400,
    "Content encoding cannot be decoded",
    "send the report plain or as gzip, and name the encoding in Content-Encoding",
  ),
  FORMAT_UNKNOWN: entry(
    415,
    "Format not recognised",
    "see 'plumbline formats' for what is read; --format NAME skips the guess",
  ),
  FORMAT_SYNTAX: entry(
    422,
    "Report is not well-formed",
    "the file looks cut short or damaged; did the test process exit early?",
  ),
  FORMAT_SCHEMA: entry(
    422,
    "Report does not have the expected shape",
    "compare it with the format's documentation in docs/formats.md",
  ),
  FORMAT_HOSTILE: entry(
    422,
    "Report refused for safety",
    "entities, external references and extreme nesting are not read; write the report without them",
  ),
  CONTEXT_INVALID: entry(
    400,
    "Context value is not usable",
    "context comes from flags, environment, CI variables, then the configuration",
  ),
  REQUEST_INVALID: entry(400, "Request is not understood", "see /api/v1/openapi.json for parameters and their ranges"),
  USAGE: entry(400, "Wrong command line", "see 'plumbline --help'"),
  CONFIG_INVALID: entry(
    400,
    "Configuration is not valid",
    "'plumbline config check' lists every problem with its path",
  ),
  NOT_FOUND: entry(404, "No such resource", "it may have been deleted; list what there is first"),
  METHOD_NOT_ALLOWED: entry(405, "Method not allowed here", "see /api/v1/openapi.json"),
  UNAUTHORIZED: entry(401, "Authentication required", "send the user and password of the web configuration file"),
  FORBIDDEN: entry(403, "Not allowed", "start the server with --web.enable-lifecycle to allow it"),
  STORE_CONFLICT: entry(
    409,
    "Same part, other content",
    "give the second report its own --part, or another --run-id; to replace the run, delete it first",
  ),
  RUN_KEPT: entry(409, "A baseline names this run", "delete the baseline first, or give its name to another run"),
  STORE_BUSY: entry(
    503,
    "Store is in use by another process",
    "stop the other server, or send the report to it with --server URL",
  ),
  STORE_FULL: entry(
    507,
    "No space left for the store",
    "free disk space or move the store; nothing of this report was kept",
  ),
  STORE_CORRUPT: entry(
    500,
    "Store cannot be read",
    "restore the file from a backup; 'sqlite3 FILE .recover' saves what is readable",
  ),
  STORE_VERSION: entry(500, "Store was written by a newer Plumbline", "update Plumbline, or use another --store"),
  STORE_UNSUPPORTED: entry(400, "Store address is not supported", "use sqlite:PATH"),
  SERVER_UNREACHABLE: entry(
    502,
    "Server cannot be reached",
    "is it running at that address? 'plumbline serve' starts one",
  ),
  SERVER_REFUSED: entry(502, "Server refused the request", "the server's own message says why"),
  LISTEN_FAILED: entry(
    500,
    "Cannot listen on the address",
    "is another server running there? choose one with --web.listen-address",
  ),
  SHUTTING_DOWN: entry(503, "Server is shutting down", "send the report again in a moment"),
  INTERNAL: entry(
    500,
    "Internal error",
    "this is a fault of Plumbline; please report it with the command and its output",
  ),
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Where the problem is. `file` may be a file name, a URL, or a configuration path. Lines and columns count from 1. */
export interface Place {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly place: Place;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, place: Place = {}, options: { cause?: unknown; hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.place = place;
    this.hint = options.hint ?? ERROR_CODES[code].hint;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exit;
  }
}

/** `results/api.xml:41:17`, or as much of it as is known. */
export function formatPlace(place: Place): string {
  if (place.file === undefined) return "";
  const line = place.line === undefined ? "" : `:${place.line}${place.column === undefined ? "" : `:${place.column}`}`;
  return `${oneLine(place.file)}${line}`;
}

/** The line users read: `results/api.xml:41:17: FORMAT_SYNTAX: <testcase> is never closed`. Always a single line. */
export function formatError(error: AppError): string {
  const place = formatPlace(error.place);
  return `${place === "" ? "" : `${place}: `}${error.code}: ${oneLine(error.message)}`;
}

/** Any thrown value as an AppError; what is not ours becomes INTERNAL with the original as its cause. */
export function toAppError(thrown: unknown, place: Place = {}): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError("INTERNAL", message, place, { cause: thrown });
}

/** The same error with its place completed: what the thrower knew wins. */
export function atPlace(error: AppError, place: Place): AppError {
  return new AppError(
    error.code,
    error.message,
    { ...place, ...definedOnly(error.place) },
    { cause: error.cause, hint: error.hint },
  );
}

/** A form that crosses a worker boundary or a wire; see `reviveError`. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly place: Place;
  readonly hint: string;
}

export function serializeError(error: AppError): SerializedError {
  return { code: error.code, message: error.message, place: error.place, hint: error.hint };
}

export function reviveError(error: SerializedError): AppError {
  return new AppError(error.code, error.message, error.place, { hint: error.hint });
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ").slice(0, 500);
}

function definedOnly(place: Place): Place {
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
}
