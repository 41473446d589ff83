import { expect, test } from "vitest";
import { classifyFailure } from "../model/error-type.ts";
import { assemblyName, exceptionType, parseTimeSpan, splitTestName } from "./dotnet.ts";

test.each([
  ["N.C.T", "N.C", "T"],
  ['N.C("a.b").T(1.5)', 'N.C("a.b")', "T(1.5)"],
  ["N.C<System.Int32>.T", "N.C<System.Int32>", "T"],
  ['N.C.T("quote \\" and )")', "N.C", 'T("quote \\" and )")'],
  ["Just a sentence. With dots.", undefined, "Just a sentence. With dots."],
  ["T", undefined, "T"],
  [".T", undefined, ".T"],
  ["N.", undefined, "N."],
])("%s is class %s and test %s", (full, className, name) => {
  expect(splitTestName(full)).toEqual({ className, name });
});

test.each([
  ["00:00:01.5", 1.5],
  ["1.02:03:04.5", 93_784.5],
  ["10675199.02:48:05.4775807", 10_675_199 * 86_400 + 10_085.4775807],
  ["-00:00:01", undefined],
  ["soon", undefined],
])("time span %s is %s seconds", (text, seconds) => {
  expect(parseTimeSpan(text)).toBe(seconds);
});

test.each([
  ["System.Exception : no", "System.Exception"],
  ["Test method A.B threw exception: \nSystem.IO.IOException: no", "System.IO.IOException"],
  ["Expected: 1", undefined],
])("the exception of %j is %s", (message, type) => {
  expect(exceptionType(message)).toBe(type);
});

test("assemblies are called by their file", () => {
  expect(["C:\\a\\b.dll", "/a/b.dll", "b.dll", "/"].map(assemblyName)).toEqual(["b.dll", "b.dll", "b.dll", "/"]);
});

test.each([
  ["Xunit.Sdk.TrueException", "assertion"],
  ["RSpec::Expectations::ExpectationNotMetError", "assertion"],
  ["RSpec::Mocks::MockExpectationError", "assertion"],
  ["System.InvalidOperationException", "exception"],
])("a failure of class %s is %s", (type, expected) => {
  expect(classifyFailure({ message: "no", type }, "failed")).toBe(expected);
});
