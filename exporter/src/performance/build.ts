/** Which build the environment runs: read before a load, compared with what should be tested (R3). */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Config } from "../config/schema.ts";
import type { Build } from "./cycle.ts";

type BuildConfig = Config["performance"]["build"];

/** Never rejects: a build that cannot be read is not verified, and `problem` says why. */
export async function readBuild(config: BuildConfig, expected: string | undefined): Promise<Build> {
  const source = config.url ?? config.command?.join(" ");
  if (source === undefined)
    return { expected, actual: undefined, source, verified: false, problem: "performance.build is not configured" };
  try {
    const text = config.url === undefined ? await printed(config.command ?? []) : await fetched(config.url);
    const actual = versionIn(text, config.pattern);
    if (actual === undefined)
      return { expected, actual, source, verified: false, problem: `no version in the answer (${text.slice(0, 80)})` };
    if (expected === undefined)
      return { expected, actual, source, verified: false, problem: "no version was expected (--build)" };
    // Systems shorten commits: abc1234 is abc1234def when it has at least seven characters.
    const same = actual === expected || (Math.min(actual.length, expected.length) >= 7 && starts(actual, expected));
    return {
      expected,
      actual,
      source,
      verified: same,
      ...(same ? {} : { problem: `expected ${expected}, found ${actual}` }),
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    return { expected, actual: undefined, source, verified: false, problem };
  }
}

const starts = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

/** The pattern's first group, else the whole match, else the text itself, else a JSON document's version field. */
export function versionIn(text: string, pattern: string | undefined): string | undefined {
  const trimmed = text.trim();
  if (pattern !== undefined) {
    const match = new RegExp(pattern, "m").exec(trimmed);
    return match === null ? undefined : (match[1] ?? match[0]);
  }
  if (trimmed.startsWith("{")) {
    try {
      const { version, commit } = JSON.parse(trimmed) as Record<string, unknown>;
      const found = version ?? commit;
      return typeof found === "string" && found !== "" ? found : undefined;
    } catch {
      return undefined;
    }
  }
  const line = trimmed.split("\n", 1)[0]?.trim() ?? "";
  return line === "" || line.length > 200 ? undefined : line;
}

async function fetched(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

async function printed([program = "", ...args]: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 30_000, maxBuffer: 1024 * 1024 });
  return stdout;
}
