/** Where results belong: flags, then PLUMBLINE_* variables, then the CI system. The configuration fills the rest later. */
import { InvalidArgumentError, Option } from "commander";
import { AppError } from "../errors.ts";
import { FORMATS } from "../formats/registry.ts";
import type { RunContext } from "../model/run.ts";
import { parseTime, TIME_HELP } from "../server/time.ts";
import { ciContext, type Environment } from "./ci.ts";

type ContextKey = Exclude<keyof RunContext, "traceParent" | "history" | "hostRunnerClass">;

interface ContextOption {
  readonly key: ContextKey;
  readonly flag: string;
  readonly env: string;
  readonly description: string;
  readonly parse: (text: string, nowMs: number) => string | number;
}

const MAX_VALUE = 200;
const MAX_URL = 2_000;
/** The CI system's values are nobody's mistake: too long ones are cut. */
const MAX_CI_VALUE = MAX_VALUE;

/** The one table of context values: flags, variables, help and docs come from it. */
export const CONTEXT_OPTIONS: readonly ContextOption[] = [
  option("project", "--project <name>", "project the results belong to"),
  option("suite", "--suite <name>", "name of this suite of tests, such as unit (default: the report's own name)"),
  option("environment", "--environment <name>", "where the tests ran, such as ci or staging"),
  option("branch", "--branch <name>", "branch that was tested"),
  option("commit", "--commit <sha>", "revision that was tested"),
  option(
    "runId",
    "--run-id <id>",
    "run the reports belong to (default: the CI run and attempt, else the content hash)",
  ),
  option("runUrl", "--run-url <url>", "address of the CI run, for links", webAddress),
  option("part", "--part <name>", "name of this part of the run (default: the CI job and file, else the file)"),
  option("parts", "--parts <n>", "the run is complete when so many parts are in", positiveInteger),
  option("executor", "--executor <name>", "who or what ran the tests"),
  option("testPlanId", "--test-plan <id>", "test plan the run belongs to"),
  option(
    "runnerClass",
    "--runner-class <name>",
    "kind of machine that benchmarks ran on (default: what their report says, else this host)",
  ),
  option(
    "dependencies",
    "--dependencies <id>",
    "identity of what the tested code depends on (default: a hash of the lock files in the current folder)",
  ),
  option("startedAtMs", "--started-at <time>", `start of the run: ${TIME_HELP}`, requiredTime),
  option("format", "--format <id>", "read the files as this format instead of recognising it"),
];

function option(
  key: ContextKey,
  flag: string,
  description: string,
  parse: ContextOption["parse"] = plainText,
): ContextOption {
  const words = flag.slice(2).split(" ")[0] ?? "";
  return { key, flag, env: `PLUMBLINE_${words.replaceAll("-", "_").toUpperCase()}`, description, parse };
}

/** Commander options for all context values. */
export function contextFlags(): Option[] {
  return CONTEXT_OPTIONS.map(({ key, flag, env, description }) => {
    const made = new Option(flag, `${description} (env: ${env})`);
    return key === "format" ? made.choices(FORMATS.map(({ id }) => id)) : made;
  });
}

export interface ResolvedContext {
  readonly context: Partial<RunContext>;
  /** Which of them only the CI system stated. A part among them is implicit: the job may hold several reports. */
  readonly fromCi: ReadonlySet<keyof RunContext>;
}

/** `flags` are commander's option values. Throws CONTEXT_INVALID naming the flag or variable. */
export function resolveContext(
  flags: Readonly<Record<string, unknown>>,
  env: Environment,
  nowMs: number,
): ResolvedContext {
  const ci = ciContext(env);
  const values: Partial<Record<keyof RunContext, string | number | boolean>> = {};
  const fromCi = new Set<keyof RunContext>();
  for (const { key, flag, env: variable, parse } of CONTEXT_OPTIONS) {
    const long = flag.split(" ")[0] ?? flag;
    const name = new Option(flag).attributeName();
    const fromFlag = flags[name];
    const fromEnv = env[variable] === "" ? undefined : env[variable];
    const ciValue = (ci as Partial<Record<ContextKey, string>> | undefined)?.[key];
    if (typeof fromFlag === "string") values[key] = checked(parse, fromFlag, long, nowMs);
    else if (fromEnv !== undefined) values[key] = checked(parse, fromEnv, variable, nowMs);
    else if (ciValue !== undefined) {
      const text = key === "runUrl" ? ciValue : ciValue.slice(0, MAX_CI_VALUE);
      values[key] = checked(parse, text, `${ci?.executor} ${key}`, nowMs);
      fromCi.add(key);
    }
  }
  const traceParent = env.TRACEPARENT;
  if (traceParent !== undefined && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceParent)) {
    values.traceParent = traceParent;
  }
  if (flags.history === true) values.history = true;
  return { context: values as Partial<RunContext>, fromCi };
}

function checked<T>(parse: (text: string, nowMs: number) => T, text: string, source: string, nowMs: number): T {
  try {
    return parse(text, nowMs);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new AppError("CONTEXT_INVALID", `${source}: ${error.message}`, {}, { cause: error });
  }
}

function plainText(text: string): string {
  return limited(text, MAX_VALUE);
}

function limited(text: string, max: number): string {
  if (text.trim() === "") throw new InvalidArgumentError("expected a text that is not empty");
  if (text.length > max) throw new InvalidArgumentError(`expected at most ${max} characters, got ${text.length}`);
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new InvalidArgumentError("must not hold control characters");
  return text;
}

function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // It becomes a link on pages and in messages: javascript: and the like must not pass.
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(`expected an http or https address, got "${text.slice(0, 100)}"`);
  }
  return limited(text, MAX_URL);
}

export function positiveInteger(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError(`expected a whole number > 0, got "${text.slice(0, 100)}"`);
  return value;
}

/** Milliseconds; see `parseTime`. Throws InvalidArgumentError. */
export function requiredTime(text: string, nowMs: number): number {
  const value = parseTime(text.trim(), nowMs);
  if (value === undefined) throw new InvalidArgumentError(`expected ${TIME_HELP}, got "${text.slice(0, 100)}"`);
  return value;
}
