import { describe, expect, test } from "vitest";
import { judgeTargets } from "../exporter/src/analysis/targets.ts";
import { type Config, configSchema, defaultConfig } from "../exporter/src/config/schema.ts";
import type { LastRunRow } from "../exporter/src/model/store.ts";
import { silences, silentValues } from "./src/silent-targets.ts";

type Target = Config["targets"][number];
const withTargets = (targets: readonly object[]): Config => configSchema.parse({ targets });

/** Two operations of a load test, with or without the scenario as a whole. */
const row = (whole: boolean): LastRunRow =>
  ({
    scope: { project: "shop", suite: "api", environment: "ci", branch: "main" },
    run: undefined,
    coverage: undefined,
    measures: [],
    load: ["pay", "cart", ...(whole ? [undefined] : [])].map((operation) => ({
      scenario: "peak",
      operation,
      latency: { avg: 1, p95: 2 },
    })),
  }) as unknown as LastRunRow;

/** Numbers that a list of targets is for, and which of them holds for each. */
const judged = (targets: readonly Target[], whole: boolean): Map<string, number> =>
  new Map(
    judgeTargets(targets, row(whole)).map(({ current, target }) => [`${current.operation} ${current.stat}`, target]),
  );

/** Minimal standard generator (Park and Miller 1988): the same cases every time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

describe("which numbers are silent", () => {
  test("as shipped: throughput", () => {
    const { targets } = defaultConfig();
    expect(silences(targets).map(({ target, except }) => [target.measure, except])).toEqual([
      ["requests_per_second", []],
    ]);
  });

  test("none, where every target alerts", () => {
    expect(silentValues(withTargets([{ measure: "latency", target: 1 }]))).toBeUndefined();
  });

  test("are those whose most specific target is silent, in 2000 random lists", () => {
    const pick = random(8);
    const one = <T>(...of: readonly T[]): T => of[pick(of.length)]!;
    let silentOnes = 0;
    for (let i = 0; i < 2000; i++) {
      const { targets } = withTargets(
        Array.from({ length: 1 + pick(5) }, () => ({
          measure: "latency",
          target: 1,
          project: one(undefined, "shop", "other"),
          suite: one(undefined, "api"),
          scenario: one(undefined, "peak", "calm"),
          operation: one(undefined, undefined, "pay", "cart"),
          stat: one(undefined, "p95", "avg"),
          alert: one(true, false),
        })),
      );
      const whole = one(true, false);
      const isFor = (target: Target, number: string): boolean => judged([target], whole).has(number);
      for (const [number, holds] of judged(targets, whole)) {
        const silent = silences(targets).some(
          ({ target, except }) => isFor(target, number) && !except.some((other) => isFor(other, number)),
        );
        expect(silent, `${number} of ${JSON.stringify(targets)}`).toBe(!targets[holds]!.alert);
        if (silent) silentOnes++;
      }
    }
    expect(silentOnes).toBeGreaterThan(500);
  });

  test("are written as matchers that take names literally; a more specific target that alerts is taken out", () => {
    const text = silentValues(
      withTargets([
        { measure: "latency", stat: "p95", target: 1, alert: false, suite: 'a "b"' },
        { measure: "latency", stat: "p95", target: 1, suite: 'a "b"', operation: "GET /a.b" },
      ]),
    );
    expect(text).toContain('measure="latency",stat=~"p95",suite="a \\"b\\"",operation=~"|__all__"');
    expect(text).toContain(
      'unless\n(max without (instance, pod, job) (last_over_time(measure_value{measure="latency",stat=~"p95",',
    );
    expect(text).toContain('operation="GET /a.b"');
  });
});
