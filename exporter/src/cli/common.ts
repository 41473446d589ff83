/** Options that several commands share, and what they resolve to. */
import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { AppError } from "../errors.ts";
import { createLogger, LOG_FORMATS, LOG_LEVELS, type LogFormat, type Logger, type LogLevel } from "../log.ts";
import type { CliIo } from "./io.ts";

/** What every command is registered with. */
export interface Cli {
  readonly io: CliIo;
  readonly version: string;
  /** Sets the exit status of a command that did its work: 1 for failed tests, 2 for a batch with bad files. */
  exit(status: number): void;
}

/** Values of commander's options, by attribute name. */
export type Flags = Readonly<Record<string, unknown>>;

export const text = (flags: Flags, name: string): string | undefined => {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
};

export const storeOption = () =>
  new Option("--store <address>", "store to use, such as sqlite:./data/plumbline.db (env: PLUMBLINE_STORE)");
export const serverOption = () =>
  new Option("--server <url>", "use the server at this address instead of a local store (env: PLUMBLINE_SERVER)");
export const jsonOption = () => new Option("--json", "print a stable JSON document");

/** On the program: commander accepts them before and after a command's name. */
export function globalOptions(program: Command): void {
  program
    .addOption(
      new Option("--config.file <path>", "configuration (env: PLUMBLINE_CONFIG; default: ./plumbline.yml if present)"),
    )
    .addOption(
      new Option("--log.level <level>", "least level of log lines; debug also shows stacks")
        .choices(LOG_LEVELS)
        .default("info"),
    )
    .addOption(new Option("--log.format <format>", "form of log lines").choices(LOG_FORMATS).default("logfmt"));
}

const DEFAULT_CONFIG = "plumbline.yml";

/** `--config.file`, else PLUMBLINE_CONFIG, else ./plumbline.yml when present; undefined: defaults. */
export function configPath(flags: Flags, io: CliIo): string | undefined {
  const named = text(flags, "config.file") ?? nonEmpty(io.env.PLUMBLINE_CONFIG);
  if (named !== undefined) return inCwd(io, named);
  const usual = join(io.cwd, DEFAULT_CONFIG);
  return existsSync(usual) ? inCwd(io, DEFAULT_CONFIG) : undefined;
}

export function loadedConfig(flags: Flags, io: CliIo): Promise<LoadedConfig> {
  return loadConfig(configPath(flags, io));
}

export function logger(flags: Flags, io: CliIo): Logger {
  return createLogger({
    level: (text(flags, "log.level") ?? "info") as LogLevel,
    format: (text(flags, "log.format") ?? "logfmt") as LogFormat,
    write: (line) => io.stderr.write(line),
    now: () => io.now(),
  });
}

/** Where results are read and written: a local store or a server. */
export type Target =
  | { readonly kind: "store"; readonly address: string }
  | { readonly kind: "server"; readonly url: URL };

/** Flags, then environment, then the configuration; a flag of one kind beats the variable of the other. */
export function target(flags: Flags, io: CliIo, configuredStore: string): Target {
  const store = text(flags, "store");
  const server = text(flags, "server");
  if (store !== undefined && server !== undefined) {
    throw new AppError("USAGE", "--store and --server exclude each other", {}, { hint: "name one of them" });
  }
  if (store !== undefined) return { kind: "store", address: storeInCwd(io, store) };
  const url = server ?? nonEmpty(io.env.PLUMBLINE_SERVER);
  if (url !== undefined) return { kind: "server", url: serverUrl(url) };
  return { kind: "store", address: storeInCwd(io, nonEmpty(io.env.PLUMBLINE_STORE) ?? configuredStore) };
}

function serverUrl(given: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new AppError(
      "USAGE",
      "--server: expected an http or https address",
      {},
      { hint: "such as http://host:10970" },
    );
  }
  return url;
}

/** As the user wrote it when that works from here; tests run in another folder than the process. */
export function inCwd(io: CliIo, path: string): string {
  return isAbsolute(path) || resolve(path) === resolve(io.cwd, path) ? path : join(io.cwd, path);
}

export function storeInCwd(io: CliIo, address: string): string {
  return address.replace(/^sqlite:(?!\/\/)(.+)$/, (_, path: string) => `sqlite:${inCwd(io, path)}`);
}

export function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

/** An option's parser for whole numbers within bounds. */
export function wholeNumber(min: number, max: number): (given: string) => number {
  return (given) => {
    const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
    return value;
  };
}
