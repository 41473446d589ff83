/** Logs go to stderr, one line each, as logfmt or JSON. What looks like a secret is masked here, whoever passed it. */
import { AppError, formatError } from "./errors.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ["logfmt", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Values: undefined is left out; an Error becomes one line (its stack only for INTERNAL, which is our own fault). */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Gets a whole line with its newline. */
  readonly write: (line: string) => void;
  readonly now: () => Date;
}

export function createLogger({ level, format, write, now }: LoggerOptions): Logger {
  const least = LOG_LEVELS.indexOf(level);
  const render = format === "json" ? renderJson : renderLogfmt;
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(name) < least) return;
      const entries: [string, Plain][] = [
        ["ts", now().toISOString()],
        ["level", name],
        ["msg", mask(message)],
      ];
      for (const [key, value] of Object.entries(fields)) {
        if (value !== undefined) entries.push([key, SECRET_KEY.test(key) ? "<redacted>" : plain(value)]);
      }
      write(`${render(entries)}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** For tests and callers that have nowhere to write. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

type Plain = string | number | boolean | null;
const SECRET_KEY = /password|passwd|secret|token|authorization|cookie|api_?key/i;

function plain(value: unknown): Plain {
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (value instanceof Error) return mask(describe(value));
  if (typeof value === "string") return mask(value);
  return mask(JSON.stringify(value) ?? String(value));
}

function describe(error: Error): string {
  if (!(error instanceof AppError)) return error.stack ?? `${error.name}: ${error.message}`;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  if (error.code === "INTERNAL") return `${formatError(error)} ${(cause ?? error).stack ?? ""}`;
  return cause === undefined ? formatError(error) : `${formatError(error)} (${cause.message})`;
}

/** Credentials inside addresses and headers. */
function mask(text: string): string {
  return text
    .replace(/:\/\/[^\s/@:]*:[^\s/@]*@/g, "://<redacted>@")
    .replace(/\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{8,}/gi, "$1 <redacted>");
}

function renderJson(entries: readonly [string, Plain][]): string {
  return JSON.stringify(Object.fromEntries(entries));
}

function renderLogfmt(entries: readonly [string, Plain][]): string {
  return entries.map(([key, value]) => `${key.replace(/[^\w.-]/g, "_")}=${quote(String(value))}`).join(" ");
}

/** A value with anything but plain printable characters is quoted as in JSON, so a line is always one line. */
function quote(text: string): string {
  if (/^[\w.:/@+-]+$/.test(text)) return text;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
