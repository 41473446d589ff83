import { expect, test } from "vitest";
import { exposed } from "./__testing__/exposed.ts";
import { deviationRow } from "./__testing__/rows.ts";
import { deviationSamples } from "./deviations.ts";

const LABELS =
  /branch="main",component="api",environment="ci",measure="latency",operation="GET \/",project="\w+",runner_class="linux-8c",scenario="peak",stat="p95"/;

test("a verdict is a stateset and its numbers; what could not be computed is absent", async () => {
  const { store, series } = exposed();
  store.commit({ deviations: [deviationRow()] });
  const all = await series("deviation_");
  expect(Object.keys(all).every((key) => LABELS.test(key))).toBe(true);
  const values = Object.fromEntries(
    Object.entries(all).map(([key, value]) => [
      `${key.split("{")[0]} ${/state="(\w+)"/.exec(key)?.[1] ?? ""}`.trim(),
      value,
    ]),
  );
  expect(values).toMatchObject({
    "deviation_state ok": 0,
    "deviation_state warning": 1,
    "deviation_state critical": 0,
    "deviation_state insufficient_data": 0,
    "deviation_state acknowledged": 0,
    deviation_suspected: 0,
    deviation_baseline: 0.184,
    deviation_zscore: 9,
    deviation_ratio: 0.125,
    deviation_change_point_timestamp_seconds: 1_700_000_000,
    deviation_change_ratio: 0.125,
    deviation_trend_slope: 0.001,
  });
  const verdict = deviationRow().verdict!;
  store.commit({
    deviations: [
      deviationRow({
        verdict: {
          ...verdict,
          state: "ok",
          numbers: { ...verdict.numbers, z: undefined, trend: undefined, changeRatio: undefined },
        },
      }),
    ],
  });
  const names = Object.keys(await series("deviation_")).map((key) => key.split("{")[0]);
  expect(names).not.toContain("deviation_zscore");
  expect(names).not.toContain("deviation_trend_slope");
  expect(names).not.toContain("deviation_change_ratio");
});

test("a series that is gone shows nothing", async () => {
  const { store, series } = exposed();
  store.commit({ deviations: [deviationRow()] });
  expect(Object.keys(await series("deviation_")).length).toBeGreaterThan(10);
  store.commit({ deviations: [deviationRow({ verdict: undefined })] });
  expect(await series("deviation_")).toEqual({});
});

test("no number that Prometheus could not read comes out", () => {
  const verdict = deviationRow().verdict!;
  const numbers = { ...verdict.numbers, z: Number.POSITIVE_INFINITY, ratio: Number.NaN };
  for (const { value } of deviationSamples(deviationRow({ verdict: { ...verdict, numbers } })))
    expect(Number.isFinite(value)).toBe(true);
});
