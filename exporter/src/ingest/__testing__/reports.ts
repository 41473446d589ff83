/** Reports and stores for tests of the ingest. */
import { createHash } from "node:crypto";
import { type Config, defaultConfig } from "../../config/schema.ts";
import type { RunContext } from "../../model/run.ts";
import type { Submission } from "../types.ts";

export function configOf(overrides: Partial<Config["runs"]> = {}): Config {
  const config = defaultConfig();
  return { ...config, project: "shop", environment: "ci", runs: { ...config.runs, ...overrides } };
}

/** A JUnit report; `from` tells its tests apart from those of another. */
export function junit(tests: number, { failed = 0, suite = "unit", from = 0 } = {}): string {
  const cases = Array.from({ length: tests }, (_, i) => {
    const bad = i < failed ? "<failure message='expected 1' type='AssertionError'>at x</failure>" : "";
    return `<testcase classname='c${i % 3}' name='test number ${from + i}' time='0.01'>${bad}</testcase>`;
  });
  return `<testsuites name='${suite}'><testsuite name='s'>${cases.join("\n")}</testsuite></testsuites>`;
}

export function submission(name: string, text: string, context: Partial<RunContext> = {}): Submission {
  const bytes = new TextEncoder().encode(text);
  const contentHash = createHash("sha256").update(bytes).digest("hex");
  return { body: { kind: "bytes", bytes }, name, contentHash, sizeBytes: bytes.length, context };
}
