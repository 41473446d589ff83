/** What any reading of any bytes must be: a possible report, or one error. */
import { expect } from "vitest";
import { AppError } from "../../src/errors.ts";
import { MAX_MESSAGE, MAX_NAME, MAX_OUTPUT, MAX_STACK, OUTCOMES, suitePath } from "../../src/model/test.ts";
import { type Received, read } from "./reading.ts";

/** Reads with the format, or as what the registry makes of it. */
export async function holds(bytes: Buffer, format: string | undefined): Promise<void> {
  let received: Received | undefined;
  try {
    received = await read(bytes, { name: "r", ...(format === undefined ? {} : { format }) });
  } catch (error) {
    expect(error, String((error as Error).stack)).toBeInstanceOf(AppError);
    const { code, message, place } = error as AppError;
    expect(code, `${message}\n${String(((error as AppError).cause as Error | undefined)?.stack)}`).not.toBe("INTERNAL");
    expect(message).not.toBe("");
    expect(place.file?.startsWith("r")).toBe(true);
    for (const number of [place.line, place.column])
      if (number !== undefined) expect(number, `${code} ${message}`).toBeGreaterThan(0);
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  if (received !== undefined) isPossible(received);
}

/** What every reader of the model may rely on. */
function isPossible({ cases, suites, measures, coverage, coverageFiles, meta, calls, warnings }: Received): void {
  expect(calls).toMatch(/^begin( (case|suite|measure|coverage|load))* end$/);
  const isTime = (ms: number | undefined): boolean => ms === undefined || (ms > 0 && ms < 253_402_300_800_000);
  const isDuration = (s: number | undefined): boolean => s === undefined || (Number.isFinite(s) && s >= 0);
  expect([meta.startedAtMs, meta.endedAtMs].every(isTime), JSON.stringify(meta)).toBe(true);
  expect(isDuration(meta.durationSeconds), JSON.stringify(meta)).toBe(true);
  for (const one of cases) {
    const shown = JSON.stringify({ ...one, suite: suitePath(one.suite) }).slice(0, 500);
    expect(one.name.length > 0 && one.name.length <= MAX_NAME, shown).toBe(true);
    expect(typeof one.name === "string" && !one.name.includes("\0"), shown).toBe(true);
    expect(isTime(one.startedAtMs), shown).toBe(true);
    expect(one.line === undefined || (Number.isInteger(one.line) && one.line > 0), shown).toBe(true);
    expect((one.output ?? "").length, shown).toBeLessThanOrEqual(MAX_OUTPUT + 100);
    for (const text of [one.className, one.file]) {
      expect(text === undefined || (typeof text === "string" && text.length <= MAX_NAME), shown).toBe(true);
    }
    for (const part of suitePath(one.suite)) expect(typeof part === "string" && part.length <= MAX_NAME).toBe(true);
    // Some tools tell of an earlier attempt only that it failed.
    if (one.outcome === "failed" || one.outcome === "errored") expect(one.failure, shown).toBeDefined();
    for (const attempt of [...(one.earlierAttempts ?? []), one]) {
      expect(OUTCOMES, shown).toContain(attempt.outcome);
      expect(isDuration(attempt.durationSeconds), shown).toBe(true);
      const { message, type, stack, expected, actual } = attempt.failure ?? { message: "-" };
      expect(typeof message === "string" && message.length > 0 && message.length <= MAX_MESSAGE, shown).toBe(true);
      for (const text of [type, stack, expected, actual])
        expect(text === undefined || (typeof text === "string" && text.length <= MAX_STACK), shown).toBe(true);
    }
  }
  for (const { durationSeconds, startedAtMs } of suites) {
    expect(isDuration(durationSeconds)).toBe(true);
    expect(isTime(startedAtMs)).toBe(true);
  }
  for (const measure of measures) {
    const shown = JSON.stringify(measure).slice(0, 500);
    expect(Number.isFinite(measure.value) && Number.isFinite(measure.sourceValue), shown).toBe(true);
    expect(measure.name.length > 0 && measure.measure.length > 0, shown).toBe(true);
  }
  for (const ratio of [coverage?.lineRatio, coverage?.branchRatio, coverage?.functionRatio])
    if (ratio !== undefined) expect(ratio >= 0 && ratio <= 1, JSON.stringify(coverage)).toBe(true);
  for (const { path, lines, branches, functions } of coverageFiles) {
    expect(path).not.toBe("");
    for (const tally of [lines, branches, functions])
      if (tally !== undefined)
        expect(
          Number.isSafeInteger(tally.covered) && tally.covered >= 0 && tally.covered <= tally.total,
          `${path} ${JSON.stringify(tally).slice(0, 300)}`,
        ).toBe(true);
  }
  for (const warning of warnings) expect(warning.message).not.toBe("");
}
