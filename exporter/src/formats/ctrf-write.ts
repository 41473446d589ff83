/** Writes the Common Test Report Format (specification 0.0.0, schema of ctrf.io). */
import { type Attempt, type CaseResult, isFlaky, noCounts, type Outcome, suitePath, totalOf } from "../model/test.ts";
import type { CollectedReport } from "./collect.ts";
import { toMs } from "./js-values.ts";

/** What CTRF has no place for is in `extra`, and read back by `ctrf.ts`. Keys without a value are left out. */
export function toCtrf({ meta, cases }: CollectedReport): object {
  const counts = noCounts();
  for (const result of cases) counts[result.outcome]++;
  const start = meta.startedAtMs ?? 0;
  const seconds = meta.durationSeconds;
  return {
    reportFormat: "CTRF",
    specVersion: "0.0.0",
    generatedBy: "plumbline",
    results: {
      tool: { name: meta.framework ?? "unknown" },
      summary: {
        tests: totalOf(counts),
        passed: counts.passed,
        // CTRF knows no errors: they are failed tests, told apart by their rawStatus.
        failed: counts.failed + counts.errored,
        pending: 0,
        skipped: counts.skipped,
        other: 0,
        flaky: cases.filter(isFlaky).length,
        start,
        stop: meta.endedAtMs ?? start + Math.round((seconds ?? 0) * 1000),
        ...(seconds === undefined ? {} : { duration: toMs(seconds) }),
      },
      tests: cases.map(testOf),
      ...filled("extra", { name: meta.name, state: meta.state, stateMessage: meta.stateMessage }),
    },
  };
}

function testOf(result: CaseResult): object {
  const { suite, earlierAttempts, output, attachments } = result;
  const path = suitePath(suite);
  return {
    name: result.name,
    ...attemptOf(result, { className: result.className, suiteFile: suite?.file }),
    ...optional("start", result.startedAtMs),
    ...(path.length === 0 ? {} : { suite: path }),
    ...optional("filePath", result.file),
    ...optional("line", result.line),
    ...(earlierAttempts === undefined || earlierAttempts.length === 0
      ? {}
      : {
          retries: earlierAttempts.length,
          flaky: isFlaky(result),
          retryAttempts: earlierAttempts.map((attempt, index) => ({ attempt: index + 1, ...attemptOf(attempt, {}) })),
        }),
    ...(output === undefined ? {} : { stdout: output.split("\n") }),
    ...(attachments === undefined
      ? {}
      : {
          attachments: attachments.map(({ kind, path: file }) => ({
            name: file.split(/[/\\]/).at(-1) || kind,
            contentType:
              kind === "screenshot" ? "image/png" : kind === "log" ? "text/plain" : "application/octet-stream",
            path: file,
          })),
        }),
  };
}

const STATUS: Readonly<Record<Outcome, string>> = {
  passed: "passed",
  failed: "failed",
  errored: "failed",
  skipped: "skipped",
};

/** `duration` is required: a missing one is a zero that says so. */
function attemptOf({ outcome, durationSeconds, failure }: Attempt, more: Record<string, unknown>): object {
  return {
    status: STATUS[outcome],
    ...(outcome === "errored" ? { rawStatus: "errored" } : {}),
    duration: durationSeconds === undefined ? 0 : toMs(durationSeconds),
    ...optional("message", failure?.message),
    ...optional("trace", failure?.stack),
    ...filled("extra", {
      ...more,
      noDuration: durationSeconds === undefined ? true : undefined,
      exact: failure === undefined ? undefined : true,
      failureType: failure?.type,
      expected: failure?.expected,
      actual: failure?.actual,
    }),
  };
}

function optional(key: string, value: unknown): object {
  return value === undefined ? {} : { [key]: value };
}

function filled(key: string, values: Record<string, unknown>): object {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return known.length === 0 ? {} : { [key]: Object.fromEntries(known) };
}
