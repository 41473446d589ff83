import { expect, test } from "vitest";
import type { ReportMeta, ReportSink, Warning } from "../model/format.ts";
import { type CaseResult, MAX_NAME } from "../model/test.ts";
import { guard } from "./guard.ts";
import { formatById } from "./registry.ts";

function guarded() {
  const cases: CaseResult[] = [];
  const warnings: Warning[] = [];
  const metas: ReportMeta[] = [];
  const sink = {
    begin: (meta: ReportMeta) => metas.push(meta),
    suite: () => {},
    case: (result: CaseResult) => cases.push(result),
    measure: () => {},
    coverage: () => {},
    warn: (warning: Warning) => warnings.push(warning),
    end: (meta: ReportMeta) => metas.push(meta),
  } as unknown as ReportSink;
  return { cases, warnings, metas, sink: guard(sink, formatById("tap")!, { invalid: false, unknownLabel: undefined }) };
}
const CASE: CaseResult = { suite: undefined, name: "a", outcome: "passed", durationSeconds: 1, file: "f", line: 3 };

test("a case within bounds is passed on as it is", () => {
  const { cases, warnings, sink } = guarded();
  sink.case(CASE);
  expect(cases[0]).toBe(CASE);
  expect(warnings).toEqual([]);
});

test.each<[string, Partial<CaseResult>, Partial<CaseResult>, Warning["code"] | undefined]>([
  ["a name without end", { name: "x".repeat(5_000) }, { name: `${"x".repeat(MAX_NAME - 1)}…` }, "TEXT_CUT"],
  ["a file without end", { file: "x".repeat(5_000) }, { file: `${"x".repeat(MAX_NAME - 1)}…` }, "TEXT_CUT"],
  ["a class without end", { className: "x".repeat(5_000) }, { className: `${"x".repeat(MAX_NAME - 1)}…` }, "TEXT_CUT"],
  ["an empty name", { name: "" }, { name: "(unnamed)" }, "NAME_MISSING"],
  ["a NUL", { name: "a\0b" }, { name: "a\ufffdb" }, undefined],
  ["line 0", { line: 0 }, { line: undefined }, undefined],
  ["half a line", { line: 1.5 }, { line: undefined }, undefined],
  ["less than no time", { durationSeconds: -1 }, { durationSeconds: undefined }, "TIME_UNREADABLE"],
  ["no number", { durationSeconds: Number.NaN }, { durationSeconds: undefined }, "TIME_UNREADABLE"],
  ["for ever", { durationSeconds: Number.POSITIVE_INFINITY }, { durationSeconds: undefined }, "TIME_UNREADABLE"],
])("%s is kept out", (_, given, expected, code) => {
  const { cases, warnings, sink } = guarded();
  sink.case({ ...CASE, ...given });
  expect(cases).toEqual([{ ...CASE, ...expected }]);
  expect(warnings.map((warning) => warning.code)).toEqual(code === undefined ? [] : [code]);
});

test("a report that ended before it began took a time that nobody knows", () => {
  const { metas, warnings, sink } = guarded();
  sink.begin({});
  sink.case(CASE);
  sink.end({ name: "r", durationSeconds: -5 });
  expect(metas).toEqual([{}, { name: "r", durationSeconds: undefined }]);
  expect(warnings.map((warning) => warning.message)).toEqual(["-5 s is no duration"]);
});

test("warnings of one kind are told one by one up to a bound, and then counted", () => {
  const { warnings, sink } = guarded();
  for (let i = 0; i < 50; i++) sink.case({ ...CASE, durationSeconds: -1 });
  sink.end({});
  expect(warnings).toHaveLength(21);
  expect(warnings.at(-1)).toMatchObject({ code: "TIME_UNREADABLE", message: "30 more like the 20 above" });
});
