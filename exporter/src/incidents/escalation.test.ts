import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configSchema } from "../config/schema.ts";
import type { Climb } from "../model/alert.ts";
import { escalationPolicy } from "./escalation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const policyOf = (config: object = {}, listeningSinceMs = 0) =>
  escalationPolicy(configSchema.parse(config), listeningSinceMs);
const at = (more: Partial<Climb> = {}): Climb => ({
  ...{ sinceMs: 0, level: 1, levelAtMs: 0, resumedAtMs: undefined },
  ...more,
});

describe("what climbs", () => {
  const critical = { alertname: "TestRunFailed", severity: "critical", kind: "tests" };
  test.each([
    [true, critical, {}],
    [false, { ...critical, severity: "warning" }, {}],
    [true, { ...critical, severity: "warning" }, { severities: ["warning"] }],
    [false, critical, { severities: ["warning"] }],
    [false, { ...critical, severity: "" }, { severities: ["warning"] }],
    [false, { ...critical, kind: "escalation" }, {}],
    [false, { ...critical, alertname: "Watchdog" }, {}],
    [false, critical, { engine: "prometheus" }],
    [false, critical, { engine: "off" }],
  ])("%s for %j with %j", (climbs, alert, escalation) => {
    expect(policyOf({ escalation }).climbs(alert)).toBe(climbs);
  });
});

describe("the next level", () => {
  test.each<[string, Climb, number | undefined, number | undefined]>([
    ["counts from when it fired", at(), 2, 15 * MINUTE],
    ["each counts from when it fired", at({ level: 2, levelAtMs: 15 * MINUTE }), 3, HOUR],
    ["there is none above the last", at({ level: 4, levelAtMs: 4 * HOUR }), undefined, undefined],
    ["is due at once after an acknowledgement that lasted longer", at({ resumedAtMs: 5 * HOUR }), 2, 5 * HOUR],
    ["is due when it always was after one that was shorter", at({ resumedAtMs: MINUTE }), 2, 15 * MINUTE],
    ["keeps its distance to one that came late", at({ level: 2, levelAtMs: 5 * HOUR }), 3, 5 * HOUR + 45 * MINUTE],
  ])("%s", (_, climb, level, dueMs) => {
    expect(policyOf().next(climb)).toEqual(level === undefined ? undefined : { level, dueMs });
  });

  test("levels may be left out", () => {
    const levels = [
      { level: 2, afterSeconds: 60 },
      { level: 4, afterSeconds: 600 },
    ];
    const { next } = policyOf({ escalation: { levels } });
    expect(next(at())).toEqual({ level: 2, dueMs: MINUTE });
    expect(next(at({ level: 2, levelAtMs: MINUTE }))).toEqual({ level: 4, dueMs: 10 * MINUTE });
    // The configuration is another than when it came to level 3.
    expect(next(at({ level: 3, levelAtMs: 5 * MINUTE }))).toEqual({ level: 4, dueMs: 14 * MINUTE });
  });

  test("any climb: levels rise one after the other, none before its time nor before somebody gave up", () => {
    const times = fc.integer({ min: 0, max: 20 * HOUR });
    fc.assert(
      fc.property(times, fc.option(times, { nil: undefined }), (sinceMs, resumed) => {
        const { next } = policyOf();
        const resumedAtMs = resumed === undefined ? undefined : sinceMs + resumed;
        let climb: Climb = { sinceMs, level: 1, levelAtMs: sinceMs, resumedAtMs };
        for (const afterMs of [15 * MINUTE, HOUR, 4 * HOUR]) {
          const above = next(climb)!;
          expect(above.level).toBe(climb.level + 1);
          expect(above.dueMs).toBeGreaterThanOrEqual(sinceMs + afterMs);
          expect(above.dueMs).toBeGreaterThanOrEqual(resumedAtMs ?? 0);
          expect(above.dueMs).toBeGreaterThan(climb.levelAtMs);
          if (resumedAtMs === undefined) expect(above.dueMs).toBe(sinceMs + afterMs);
          climb = { ...climb, level: above.level, levelAtMs: above.dueMs };
        }
        expect(next(climb)).toBeUndefined();
      }),
    );
  });
});

describe("silence", () => {
  test("two repeats and a group interval, once this process has listened that long", () => {
    const { silentSinceMs } = policyOf({}, 1000);
    const silence = 11 * MINUTE;
    expect(silentSinceMs(1000 + silence)).toBeUndefined();
    expect(silentSinceMs(1001 + silence)).toBe(1001);
  });

  test("is ten minutes at least: a restart of Alertmanager is no end", () => {
    const { silentSinceMs } = policyOf({ notifications: { repeatIntervalSeconds: 5, groupIntervalSeconds: 1 } });
    expect(silentSinceMs(10 * MINUTE)).toBeUndefined();
    expect(silentSinceMs(10 * MINUTE + 1)).toBe(1);
  });
});
