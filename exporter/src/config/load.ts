/** Reads a configuration file and reports everything that is wrong with it at once, each problem with its place. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { AppError } from "../errors.ts";
import { ConfigError, type ConfigProblem, readYaml, type YamlFile } from "./document.ts";
import { withCodeowners } from "./ownership.ts";
import { type Config, defaultConfig } from "./schema.ts";
import { withTargetFiles } from "./target-files.ts";
import { validate } from "./validate.ts";

export { ConfigError, type ConfigProblem, formatProblem } from "./document.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** The file it came from; undefined: defaults. */
  readonly path: string | undefined;
}

/** A configuration is a few kilobytes; more is a mistake such as naming a report. */
const MAX_CONFIG_BYTES = 4 * 1024 ** 2;

/** With the targets of its files and the teams of its CODEOWNERS. Throws ConfigError, INPUT_NOT_FOUND, INPUT_UNREADABLE. An empty file is the defaults. */
export async function loadConfig(path: string | undefined): Promise<LoadedConfig> {
  if (path === undefined) return { config: defaultConfig(), path };
  const { config, problemsOf } = parsed(await read(path), path);
  const resolve = (name: string): string => (isAbsolute(name) ? name : join(dirname(path), name));
  const around = { file: path, problemsOf, resolve, read };
  const [targets, owned] = await Promise.allSettled([withTargetFiles(config, around), withCodeowners(config, around)]);
  const problems: ConfigProblem[] = [];
  for (const part of [targets, owned]) {
    if (part.status === "fulfilled") continue;
    if (!(part.reason instanceof ConfigError)) throw part.reason;
    problems.push(...part.reason.problems);
  }
  if (targets.status === "rejected" || owned.status === "rejected") throw new ConfigError(path, problems);
  return { config: { ...owned.value, targets: targets.value.targets }, path };
}

async function read(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") {
      throw new AppError("INPUT_NOT_FOUND", "no such configuration file", { file: path }, { cause });
    }
    throw new AppError("INPUT_UNREADABLE", `configuration cannot be read (${String(code)})`, { file: path }, { cause });
  }
  if (bytes.length > MAX_CONFIG_BYTES) {
    throw new AppError("INPUT_TOO_LARGE", `a configuration of ${bytes.length} bytes`, { file: path });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const problem = { path: "", line: undefined, column: undefined, message: "expected UTF-8 text" };
    throw cause instanceof TypeError ? new ConfigError(path, [problem]) : cause;
  }
}

/** As `loadConfig`, from text and without the files it names; `file` is for messages. */
export const parseConfig = (text: string, file: string): Config => parsed(text, file).config;

function parsed(text: string, file: string): { config: Config } & Pick<YamlFile, "problemsOf"> {
  const { data, problemsOf } = readYaml(text, file);
  const result = validate(data);
  if ("config" in result) return { config: result.config, problemsOf };
  throw new ConfigError(file, problemsOf(result.findings));
}
