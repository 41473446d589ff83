import { expect, test } from "vitest";
import { lastRunRow } from "./__testing__/rows.ts";
import { targetSamples } from "./targets.ts";

const target = { measure: "hits", target: 0.8, direction: "lower_is_worse", inclusive: true } as const;
const measure = { kind: "measure", name: "hits", measure: "hits", stat: "value", unit: "ratio" } as const;
const samples = (value: number) => {
  const measures = [{ ...measure, value, sourceValue: value, sourceUnit: undefined }];
  return targetSamples(lastRunRow({}, { measures }), [target]);
};

test("a value is shown beside its limit and level, with the same labels", () => {
  const found = samples(0.7);
  const of = (family: string) => found.filter((one) => one.family === family);
  expect(of("measureCurrent")).toMatchObject([{ value: 0.7 }]);
  expect(of("measureThreshold")).toMatchObject([{ value: 0.8 }]);
  const { labels } = of("measureCurrent")[0]!;
  for (const one of [...of("measureThreshold"), ...of("measureState")]) expect(one.labels.slice(0, -1)).toEqual(labels);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])("a value that is none (%s) has no series, and no level", (value) => {
  const found = samples(value);
  expect(found.map(({ family }) => family)).not.toContain("measureCurrent");
  expect(found.filter((one) => one.family === "measureState").map((one) => one.value)).toEqual([0, 0, 0]);
});
