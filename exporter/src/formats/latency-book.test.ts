import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type ReportSink, type Warning } from "../model/format.ts";
import { type LoadResult, MAX_SLICES } from "../model/load.ts";
import { Distribution, EXACT_SAMPLES } from "./distribution.ts";
import { LatencyBook } from "./latency-book.ts";
import { binOf, middleOf, SKETCH_ERROR } from "./latency-sketch.ts";
import { summarize } from "./summarize.ts";

function recorder(): { sink: ReportSink; loads: LoadResult[]; warnings: Warning[] } {
  const loads: LoadResult[] = [];
  const warnings: Warning[] = [];
  const nothing = (): void => {};
  const sink: ReportSink = {
    begin: nothing,
    suite: nothing,
    case: nothing,
    measure: nothing,
    coverage: nothing,
    load: (result) => loads.push(result),
    warn: (warning) => warnings.push(warning),
    end: nothing,
  };
  return { sink, loads, warnings };
}

/** The same numbers in every run. */
function* random(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}
const PERCENTILES = [
  ["p50", 0.5],
  ["p75", 0.75],
  ["p90", 0.9],
  ["p95", 0.95],
  ["p99", 0.99],
  ["p999", 0.999],
] as const;
const START = Date.UTC(2026, 0, 2, 3, 4, 5);

describe("a distribution", () => {
  test("is exact as long as it is small: the same as of all samples", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (samples) => {
          const distribution = new Distribution();
          for (const sample of samples) distribution.add(sample);
          const { count, ...expected } = summarize(samples);
          expect(distribution.count).toBe(count);
          const stats = distribution.stats()!;
          for (const [stat, value] of Object.entries(expected))
            if (value !== undefined)
              expect(stats[stat as "avg"], stat).toBeCloseTo(
                value,
                value > 1 ? 6 - Math.ceil(Math.log10(value)) + 2 : 8,
              );
        },
      ),
    );
  });

  const SHAPES: readonly (readonly [string, (next: () => number) => number])[] = [
    ["uniform", (next) => 0.001 + next()],
    ["heavy-tailed", (next) => 0.002 / (1 - next()) ** 1.2],
    ["two peaks", (next) => (next() < 0.93 ? 0.01 + next() / 1e3 : 2 + next())],
    ["whole milliseconds", (next) => Math.floor(next() * 400) / 1000],
    ["microseconds", (next) => 1e-6 * (1 + next() * 30)],
  ];
  test.each(SHAPES)("of many samples is within the stated error: %s", (_, shape) => {
    const numbers = random(42);
    const samples = Array.from({ length: 4 * EXACT_SAMPLES }, () => shape(() => numbers.next().value));
    const distribution = new Distribution();
    for (const sample of samples) distribution.add(sample);
    const sorted = Float64Array.from(samples).sort();
    const stats = distribution.stats()!;
    for (const [stat, share] of PERCENTILES) {
      const rank = (sorted.length - 1) * share;
      const [below, above] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
      const exact = below + (above - below) * (rank % 1);
      expect(Math.abs(stats[stat]! - exact), stat).toBeLessThanOrEqual(exact * SKETCH_ERROR * 1.0001);
    }
    expect(SKETCH_ERROR).toBeLessThan(0.005);
    expect(stats.min).toBeCloseTo(sorted[0]!, 12);
    expect(stats.max).toBeCloseTo(sorted.at(-1)!, 9);
    expect(stats.avg).toBeCloseTo(samples.reduce((a, b) => a + b, 0) / samples.length, 9);
  });

  test("is the same in parts, joined in any way", () => {
    const numbers = random(7);
    const samples = Array.from({ length: 2_000 }, () => numbers.next().value);
    const whole = new Distribution(1_000);
    for (const sample of samples) whole.add(sample);
    for (const cutAt of [0, 1, 400, 1_000, 1_999, 2_000]) {
      const [a, b] = [new Distribution(1_000), new Distribution(1_000)];
      samples.forEach((sample, i) => {
        (i < cutAt ? a : b).add(sample);
      });
      a.merge(b);
      expect(a.count).toBe(whole.count);
      const [joined, one] = [a.stats()!, whole.stats()!];
      for (const stat of Object.keys(one) as (keyof typeof one)[])
        expect(joined[stat], stat).toBeCloseTo(one[stat]!, 9);
    }
  });

  test("has no percentiles of negative numbers beyond what it keeps, since its bins have no room for them", () => {
    const distribution = new Distribution(10);
    for (let i = 0; i < 20; i++) distribution.add(i - 10);
    expect(distribution.stats()).toEqual({ avg: -0.5, min: -10, max: 9, stddev: 5.9160797831 });
  });

  test("zero, the very small and the very large have bins", () => {
    expect(middleOf(binOf(0))).toBe(0);
    expect(middleOf(binOf(1e-12))).toBe(0);
    for (const value of [1e-8, 0.001, 1, 12345, 1e12])
      expect(Math.abs(middleOf(binOf(value)) / value - 1)).toBeLessThanOrEqual(SKETCH_ERROR * 1.0001);
  });
});

describe("the book", () => {
  test("a value equal to a bound is in its bucket, and what is beyond all is in the last", () => {
    const { sink, loads } = recorder();
    const book = new LatencyBook(sink, { ...DEFAULT_LIMITS, latencyBounds: [0.2, 0.5] });
    for (const seconds of [0, 0.2, 0.200001, 0.5, 0.6, 30]) book.series(undefined, "a").add(START, seconds, false);
    book.emit({ knowsFailures: false });
    expect(loads[0]!.histogram).toEqual({ bounds: [0.2, 0.5], counts: [2, 2, 2], sum: 31.500001 });
    expect(loads[0]!.failures).toBeUndefined();
  });

  test("gives each operation, and a total per scenario that is their sum", () => {
    const { sink, loads } = recorder();
    const book = new LatencyBook(sink, DEFAULT_LIMITS);
    for (let i = 0; i < 1_000; i++)
      book
        .series(i % 2 === 0 ? "browse" : "buy", `/users/${i}`, i % 4 < 2 ? "GET" : "PUT")
        .add(START + i * 10, (i + 1) / 1_000, i % 10 === 0);
    book.emit({ knowsFailures: true });
    expect(
      loads.map(({ scenario, operation, requests, failures }) => [scenario, operation, requests, failures]),
    ).toEqual([
      ["browse", "GET /users/{id}", 250, 50],
      ["buy", "GET /users/{id}", 250, 0],
      ["browse", "PUT /users/{id}", 250, 50],
      ["buy", "PUT /users/{id}", 250, 0],
      ["browse", undefined, 500, 100],
      ["buy", undefined, 500, 0],
    ]);
    const total = loads.at(-1)!;
    expect(total.latency).toMatchObject({ min: 0.002, max: 1, p50: 0.501 });
    expect(total.slices!.reduce((sum, slice) => sum + slice.requests, 0)).toBe(500);
    // From the begin of the first request, 999 * 10 ms before the end of the last.
    expect(total.requestsPerSecond).toBeCloseTo(500 / 9.991, 3);
  });

  test("slices double their width instead of becoming too many, and lose nothing", () => {
    for (const seconds of [1, 100, 239, 240, 241, 3_600, 200_000]) {
      const { sink, loads } = recorder();
      const book = new LatencyBook(sink, DEFAULT_LIMITS);
      const series = book.series("s", "a");
      const step = Math.max(1, Math.floor(seconds / 1_500));
      let count = 0;
      for (let at = 0; at < seconds; at += step) {
        series.add(START + at * 1000 + 500, at < seconds / 2 ? 0.1 : 0.3, at % 7 === 0);
        series.sawUsers(START + at * 1000, at < seconds / 2 ? 5 : 9);
        count++;
      }
      book.emit({ knowsFailures: true });
      const slices = loads.at(-1)!.slices!;
      expect(slices.length).toBeLessThanOrEqual(MAX_SLICES);
      if (seconds >= 240) expect(slices.length).toBeGreaterThan(MAX_SLICES / 4);
      expect(slices.reduce((sum, slice) => sum + slice.requests, 0)).toBe(count);
      expect(slices.reduce((sum, slice) => sum + slice.failures, 0)).toBe(loads.at(-1)!.failures);
      if (seconds < 2) continue;
      expect(slices[0]).toMatchObject({ avgSeconds: 0.1, users: 5 });
      expect(slices.at(-1)).toMatchObject({ avgSeconds: 0.3, users: 9 });
      expect(Math.abs(slices.at(-1)!.p95Seconds! / 0.3 - 1)).toBeLessThan(0.0101);
      // One after the other, without gaps of their own making.
      slices.slice(1).forEach((slice, i) => {
        expect(slice.startedAtMs).toBeGreaterThanOrEqual(
          slices[i]!.startedAtMs + Math.floor(slices[i]!.seconds * 1000) - 1,
        );
      });
    }
  });

  test("samples come in any order of time; the slices are in order", () => {
    const { sink, loads } = recorder();
    const book = new LatencyBook(sink, DEFAULT_LIMITS);
    // Slices of two seconds; the last request ends where a slice begins.
    for (const at of [6_000, 2_000, 301_000, 1_000, 3_000])
      book.series(undefined, undefined).add(START + at, 0.01, false);
    book.emit({ knowsFailures: true });
    expect(loads).toHaveLength(1);
    expect(loads[0]!.slices!.map(({ requests }) => requests)).toEqual([2, 1, 1, 1]);
    expect(loads[0]!.slices!.every(({ seconds }) => seconds >= 1 && seconds <= 3)).toBe(true);
  });

  test("users before the first request and after the last make no slices of their own", () => {
    const { sink, loads } = recorder();
    const book = new LatencyBook(sink, DEFAULT_LIMITS);
    for (let at = -5; at < 15; at++) book.slices(undefined).users(START + at * 1000, 3);
    for (let at = 500; at < 5_000; at += 500) book.series(undefined, "a").add(START + at, 0.1, false);
    book.emit({ knowsFailures: true });
    const slices = loads.at(-1)!.slices!;
    expect(slices.map(({ seconds }) => seconds > 0)).toEqual([true, true, true, true, true]);
    expect(slices.every(({ users }) => users === 3)).toBe(true);
  });

  test("absorbs another book as if all had been added to one", () => {
    const one = recorder();
    const two = recorder();
    const [whole, a, b] = [
      new LatencyBook(one.sink, DEFAULT_LIMITS),
      new LatencyBook(two.sink, DEFAULT_LIMITS),
      new LatencyBook(two.sink, DEFAULT_LIMITS),
    ];
    for (let i = 0; i < 3_000; i++) {
      const add = (book: LatencyBook): void =>
        book.series("s", `op ${i % 3}`).add(START + i * (i % 2 === 0 ? 10 : 900), (i % 50) / 100, i % 9 === 0);
      add(whole);
      add(i % 2 === 0 ? a : b);
    }
    a.absorb(b);
    whole.emit({ knowsFailures: true });
    a.emit({ knowsFailures: true });
    const byName = (x: LoadResult, y: LoadResult): number => (x.operation ?? "~").localeCompare(y.operation ?? "~");
    const rounded = (loads: LoadResult[]) =>
      loads
        .sort(byName)
        .map((load) => ({ ...load, latency: { ...load.latency, stddev: load.latency.stddev?.toFixed(9) } }));
    expect(rounded(two.loads)).toEqual(rounded(one.loads));
  });

  test("addresses that are all different stay within the budget", () => {
    const { sink, loads, warnings } = recorder();
    const book = new LatencyBook(sink, DEFAULT_LIMITS);
    for (let i = 0; i < 5_000; i++)
      book.series(`scenario ${i % 70}`, `name${"abcdefghij"[i % 10]}${i}x`).add(START + i, 0.1, false);
    book.emit({ knowsFailures: true });
    expect(loads.filter(({ operation }) => operation !== undefined && operation !== "__overflow__")).toHaveLength(200);
    expect(
      loads.filter(({ operation }) => operation === undefined).reduce((sum, { requests }) => sum + requests!, 0),
    ).toBe(5_000);
    expect(warnings.map(({ code }) => code)).toEqual(["LIMIT", "LIMIT"]);
  });
});
