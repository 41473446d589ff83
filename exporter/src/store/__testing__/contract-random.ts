/** Random sequences of operations against a store, compared with a model in memory that keeps no state but the truth. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LoadResult } from "../../model/load.ts";
import type { Store } from "../../model/store.ts";
import type { CaseResult, Outcome } from "../../model/test.ts";
import { Model } from "./model.ts";
import {
  Clock,
  codeOf,
  counters,
  DAY,
  finish,
  HOUR,
  keyOf,
  move,
  newest,
  type OpenStore,
  type PartSpec,
  putPart,
  remove,
  settingsOf,
  tick,
  View,
} from "./support.ts";

const outcome = fc.constantFrom<Outcome>("passed", "failed", "errored", "skipped");
const seconds = fc.option(fc.constantFrom(0, 0.05, 0.3, 2), { nil: undefined });
const result: fc.Arbitrary<CaseResult> = fc.record({
  suite: fc.constant(undefined),
  name: fc.constantFrom("a", "b", "c", "d"),
  outcome,
  durationSeconds: seconds,
  earlierAttempts: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ outcome, durationSeconds: seconds }), { minLength: 1, maxLength: 2 }),
    },
  ),
});

const operationResult: fc.Arbitrary<LoadResult> = fc.record({
  scenario: fc.constantFrom(undefined, "peak"),
  operation: fc.constantFrom(undefined, "GET /a", "GET /b"),
  requests: fc.constantFrom(undefined, 0, 3),
  failures: fc.constantFrom(undefined, 1),
  requestsPerSecond: fc.constant(undefined),
  latency: fc.constant({ avg: 0.2 }),
  histogram: fc.constantFrom(undefined, { bounds: [0.1, 0.5, 1], counts: [1, 0, 2, 0], sum: 1.5 }),
});

const place = {
  project: fc.constantFrom("p1", "p2"),
  environment: fc.constantFrom("e1", "e2"),
  runId: fc.constantFrom("r1", "r2", "r3"),
};
const part = fc.record({
  ...place,
  part: fc.constantFrom("x", "x#2", "y", "z"),
  suite: fc.constantFrom("unit", "e2e"),
  branchLabel: fc.oneof(
    { weight: 4, arbitrary: fc.constant("main") },
    { weight: 1, arbitrary: fc.constant("pull_request") },
  ),
  history: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  cases: fc.uniqueArray(result, { maxLength: 4, selector: (one) => one.name }),
  load: fc.uniqueArray(operationResult, {
    maxLength: 3,
    selector: ({ scenario, operation }) => `${scenario} ${operation}`,
  }),
  agoMs: fc.integer({ min: 0, max: 30 * DAY }),
  completion: fc.oneof(
    fc.constant({ when: "now" } as const),
    fc.constant({ when: "quiet", quietMs: HOUR } as const),
    fc.record({ when: fc.constant("parts" as const), parts: fc.integer({ min: 1, max: 3 }) }),
  ),
  fails: fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(new Error("no")) },
  ),
});
const operation = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("part" as const), spec: part }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("again" as const), spec: fc.record(place) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("finish" as const), spec: fc.record(place) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), spec: fc.record(place) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("move" as const), spec: fc.record(place), to: fc.record(place) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(HOUR / 2, 2 * HOUR) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

export function describeRandom(open: OpenStore): void {
  test("counters equal what was completed once and never fall; the newest runs, the totals and the increments agree", {
    timeout: 120_000,
  }, async () => {
    const sequence = fc.array(operation, { minLength: 5, maxLength: 40, size: "max" });
    const run = fc.asyncProperty(sequence, (operations) => check(open, operations));
    await fc.assert(run, { seed: 20260115, numRuns: 40 });
  });
}

async function check(open: OpenStore, operations: readonly Operation[]): Promise<void> {
  const clock = new Clock();
  const opened = await open(settingsOf(clock));
  try {
    let { store } = opened;
    const model = new Model();
    const view = new View();
    let before: Record<string, number> = {};
    for (const [step, one] of operations.entries()) {
      clock.advance(1);
      if (one.kind === "restart") store = await opened.reopen();
      else await apply(store, clock, model, one, step);
      const found = await counters(store);
      expect(found).toEqual(model.counters());
      for (const [key, value] of Object.entries(before)) expect(found[key], key).toBeGreaterThanOrEqual(value);
      before = found;
      view.apply(await store.changesSince(view.generation));
      expect(view.content).toEqual(new View().apply(await store.changesSince(0)).content);
    }
    const present = Object.entries(await newest(store)).filter(([, runId]) => runId !== undefined);
    expect(Object.fromEntries(present)).toEqual(model.newest());
    const { runs, counts } = await store.summary({});
    expect({ runs, counts }).toEqual(model.totals());
  } finally {
    await opened.close();
  }
}

async function apply(
  store: Store,
  clock: Clock,
  model: Model,
  one: Exclude<Operation, { kind: "restart" }>,
  step: number,
): Promise<void> {
  switch (one.kind) {
    case "part": {
      const { agoMs, fails, ...given } = one.spec;
      // The clock moves a millisecond a step, so that ends are distinct and the newest is one.
      const meta = { endedAtMs: clock.now - agoMs * 100, durationSeconds: 1 };
      const spec: PartSpec = { ...given, meta, hash: `${step}`, ...(fails === undefined ? {} : { fails }) };
      const code = await codeOf(putPart(store, clock, spec));
      const expected = model.hasPart(spec) ? "STORE_CONFLICT" : fails === undefined ? "resolved" : String(fails);
      expect(code).toBe(expected);
      if (code === "resolved") model.put(spec, clock.now);
      return;
    }
    case "again": {
      const spec = model.aPartOf(one.spec);
      if (spec !== undefined) expect((await putPart(store, clock, spec)).kind).toBe("duplicate");
      return;
    }
    case "finish":
      expect(await codeOf(finish(store, one.spec))).toBe(model.has(one.spec) ? "resolved" : "NOT_FOUND");
      model.finish(one.spec);
      return;
    case "delete":
      expect(await codeOf(remove(store, one.spec))).toBe(model.has(one.spec) ? "resolved" : "NOT_FOUND");
      model.delete(one.spec);
      return;
    case "move":
      expect(await codeOf(move(store, one.spec, keyOf(one.to)))).toBe(model.move(one.spec, one.to));
      return;
    case "wait":
      clock.advance(one.ms);
      await tick(store);
      model.tick(clock.now);
      return;
  }
}
