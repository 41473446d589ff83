import { describe, expect, test } from "vitest";
import type { Better } from "../../model/measure.ts";
import { detect } from "../detect.ts";
import { explain } from "./explain.ts";
import { DEFAULT_JUDGE, type Judgement, judge, type OpenDeviation } from "./judge.ts";

/** Deterministic noise of about one percent. */
function noisy(levels: readonly (readonly [count: number, level: number])[]): number[] {
  let state = 42;
  const random = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32 - 0.5;
  };
  return levels.flatMap(([count, level]) => Array.from({ length: count }, () => level * (1 + 0.02 * random())));
}
const runsOf = (values: readonly number[]): string[] => values.map((_, i) => `run-${i}`);
function judged(values: readonly number[], previous?: OpenDeviation, side: Better | "none" = "lower"): Judgement {
  const better = side === "none" ? undefined : side;
  return judge({ values, runs: runsOf(values), better, unit: "seconds" }, detect(values), previous);
}
/** Run by run, as it happens: what was open before is handed on. */
function replay(values: readonly number[], side: Better | "none" = "lower"): Judgement[] {
  let open: OpenDeviation | undefined;
  return values.map((_, i) => {
    const verdict = judged(values.slice(0, i + 1), open, side);
    open = verdict.open;
    return verdict;
  });
}
const eventsOf = (all: readonly Judgement[]): string[] =>
  all.flatMap(({ event }) => (event === undefined || event === "refined" ? [] : [event]));

describe("judge", () => {
  test("too few values are insufficient data, not ok", () => {
    expect(judged([1, 1.01, 0.99])).toMatchObject({ state: "insufficient_data", open: undefined });
  });

  test("a steady series is ok, with its level to compare with", () => {
    const verdict = judged(noisy([[40, 0.2]]));
    expect(verdict).toMatchObject({ state: "ok", open: undefined, event: undefined });
    expect(verdict.reference).toBeCloseTo(0.2, 2);
  });

  test("a step of 12 % for the worse opens a warning since its first run", () => {
    const verdict = judged(
      noisy([
        [30, 0.184],
        [8, 0.207],
      ]),
    );
    expect(verdict).toMatchObject({ state: "warning", event: "opened", open: { since: "run-30", direction: "up" } });
    expect(verdict.open?.after).toBeCloseTo(0.207, 2);
  });

  test("a step of 40 % is critical; the same step for the better is ok", () => {
    const values = noisy([
      [30, 0.2],
      [8, 0.28],
    ]);
    expect(judged(values).state).toBe("critical");
    expect(judged(values, undefined, "higher")).toMatchObject({ state: "ok", open: undefined });
  });

  test("without a bad side every change counts", () => {
    expect(
      judged(
        noisy([
          [30, 0.28],
          [8, 0.2],
        ]),
        undefined,
        "none",
      ).state,
    ).toBe("critical");
  });

  test("a better level is what later ones are compared with", () => {
    const verdict = judged(
      noisy([
        [20, 0.3],
        [20, 0.2],
        [10, 0.24],
      ]),
    );
    expect(verdict.state).toBe("warning");
    expect(verdict.open?.before).toBeCloseTo(0.2, 2);
  });

  test("run by run it opens once, resolves once, and never flickers", () => {
    const all = replay(
      noisy([
        [30, 0.2],
        [15, 0.24],
        [15, 0.2],
      ]),
    );
    expect(eventsOf(all)).toEqual(["opened", "resolved"]);
    expect(all.at(-1)?.state).toBe("ok");
  });

  test("what is open stays open although the history that is looked at no longer shows the change", () => {
    const open: OpenDeviation = { since: "old", before: 0.2, after: 0.24, pValue: 1e-9, direction: "up" };
    const verdict = judged(noisy([[40, 0.24]]), open);
    expect(verdict).toMatchObject({ state: "warning", event: undefined, open: { since: "old" } });
  });

  test("a second step on top makes it worse: one event, the first run stays", () => {
    const all = replay(
      noisy([
        [30, 0.2],
        [12, 0.23],
        [12, 0.27],
      ]),
    );
    expect(eventsOf(all)).toEqual(["opened", "worsened"]);
    expect(all.at(-1)?.open?.since).toMatch(/^run-(29|30|31)$/);
    expect(all.at(-1)?.state).toBe("critical");
  });

  test("an old change that nobody saw happen is history", () => {
    const values = noisy([
      [30, 0.2],
      [DEFAULT_JUDGE.newsRuns + 10, 0.24],
    ]);
    expect(judged(values)).toMatchObject({ state: "ok", open: undefined });
  });

  test("a single odd run opens nothing", () => {
    const values = noisy([
      [30, 0.2],
      [1, 0.5],
      [6, 0.2],
    ]);
    expect(eventsOf(replay(values))).toEqual([]);
  });

  test("a change away from 0 has no share, and still counts", () => {
    const values = [...Array(20).fill(0), ...noisy([[10, 0.05]])];
    const verdict = judge({ values, runs: runsOf(values), better: "lower", unit: "ratio" }, detect(values), undefined);
    expect(verdict.state === "warning" || verdict.state === "ok").toBe(true);
    if (verdict.open !== undefined) expect(verdict.open.before).toBe(0);
  });
});

describe("explain", () => {
  const base = {
    what: "p95 of checkout",
    unit: "seconds",
    before: 0.184,
    after: 0.2068,
    pValue: 2e-6,
    lastGood: "a1b2",
    firstBad: "c3d4",
    runs: 6,
    confirmed: true,
  } as const;
  test.each([
    [{}, "p95 of checkout rose 12.4 % (184 to 206.8 ms) between a1b2 and c3d4, 6 runs since, p = 2e-6"],
    [
      { confirmed: false, runs: 1, lastGood: undefined },
      "p95 of checkout rose 12.4 % (184 to 206.8 ms) at c3d4, 1 run since, p = 2e-6 (suspected: may still be a spike)",
    ],
    [{ before: 0, firstBad: undefined, pValue: 0.04 }, "p95 of checkout rose (0 to 206.8 ms), 6 runs since, p = 0.04"],
    [
      { lastGood: "0123456789abcdef", firstBad: "0123456789abcdef", after: 0.092 },
      "p95 of checkout fell 50 % (184 to 92 ms) within 01234567, 6 runs since, p = 2e-6",
    ],
  ])("%j", (over, sentence) => {
    expect(explain({ ...base, ...over })).toBe(sentence);
  });
});
