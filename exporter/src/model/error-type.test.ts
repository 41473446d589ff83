import { describe, expect, test } from "vitest";
import { classifyFailure, createClassifier } from "./error-type.ts";

describe("error types", () => {
  test.each([
    ["AssertionError", "expected 200 to equal 500", "failed", "assertion"],
    ["org.opentest4j.AssertionFailedError", "expected: <a> but was: <b>", "failed", "assertion"],
    ["", "assert 1 == 2", "failed", "assertion"],
    ["", "expected status 'timeout', got 'ok'", "failed", "assertion"],
    ["", "something only the author understands", "failed", "assertion"],
    ["", "a_test.go:3: price = 119, want 107", "failed", "assertion"],
    ["", "Timeout of 30ms exceeded. For async tests, ensure done() is called", "failed", "timeout"],
    ["", "no result: the process ended (panic: test timed out after 300ms)", "errored", "timeout"],
    ["TimeoutError", "page.click: Timeout 30000ms exceeded.", "failed", "timeout"],
    ["", "context deadline exceeded", "failed", "timeout"],
    ["ConnectionRefusedError", "[Errno 111] Connection refused", "errored", "network"],
    ["Error", "connect ECONNREFUSED 127.0.0.1:5432", "failed", "network"],
    ["", "dial tcp: lookup db: no such host", "failed", "network"],
    ["java.net.SocketTimeoutException", "Read timed out", "errored", "network"],
    ["", "panic: assignment to entry in nil map", "errored", "crash"],
    ["", "no result: the process ended", "errored", "crash"],
    ["", "Segmentation fault (core dumped)", "errored", "crash"],
    ["", "exited with error code 1", "errored", "crash"],
    ["java.lang.OutOfMemoryError", "Java heap space", "errored", "out_of_memory"],
    [
      "",
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
      "errored",
      "out_of_memory",
    ],
    ["", 'failed on setup with "RuntimeError: x"', "errored", "setup"],
    ["suite failed to run", "Cannot find module './x'", "errored", "setup"],
    ["", '"before all" hook for "never runs"', "failed", "setup"],
    ["build failed", "a.go:3:28: undefined: x", "errored", "setup"],
    ["", "write: no space left on device", "errored", "infrastructure"],
    ["ValueError", "bad value", "errored", "exception"],
    // Words that hold ENOTFOUND, EPIPE and EACCES.
    ["FileNotFoundError", "[Errno 2] No such file: 'x'", "errored", "exception"],
    ["ModuleNotFoundError", "No module named 'x'", "errored", "setup"],
    ["ValueError", "the device pipe lost its deviceAccess", "errored", "exception"],
    ["java.lang.IllegalStateException", "no database", "errored", "exception"],
    ["TypeError", "x is not a function", "failed", "exception"],
    ["", "(no message)", "errored", "unknown"],
    ["", "", "failed", "assertion"],
  ] as const)("%s: %s (%s) is %s", (type, message, outcome, expected) => {
    expect(classifyFailure({ message, type }, outcome)).toBe(expected);
  });
  test("the stack names the exception of an errored case without a class", () => {
    expect(
      classifyFailure(
        { message: "collection failure", stack: "E   ModuleNotFoundError: No module named 'x'" },
        "errored",
      ),
    ).toMatch(/setup|exception/);
  });
  test("passed and skipped cases have none", () => {
    expect(classifyFailure({ message: "x" }, "passed")).toBeUndefined();
    expect(classifyFailure(undefined, "skipped")).toBeUndefined();
    expect(classifyFailure(undefined, "errored")).toBe("unknown");
  });
});

describe("own rules", () => {
  const classify = createClassifier([
    { type: "infrastructure", pattern: "vault (is )?sealed" },
    { type: "network", errorClass: "com.acme.*Exception" },
    { type: "timeout", pattern: "^gave up", suite: "e2e-*" },
    { type: "setup", pattern: "gave up", errorClass: "SetupError" },
    { type: "crash", pattern: "E2042" },
  ]);
  test.each([
    ["", "Vault is SEALED", "unit", "failed", "infrastructure"],
    ["AssertionError", "expected 1, but vault sealed", "unit", "failed", "infrastructure"],
    ["com.acme.http.GoneException", "x", "unit", "errored", "network"],
    ["com.other.GoneException", "x", "unit", "errored", "exception"],
    ["", "first line\ngave up", "e2e-web", "failed", "timeout"],
    ["", "gave up", "unit", "failed", "assertion"],
    ["SetupError", "gave up", "unit", "failed", "setup"],
    ["OtherError", "gave up", "unit", "errored", "exception"],
    ["E2042", "", "unit", "errored", "crash"],
    ["", "connection refused", "unit", "errored", "network"],
  ] as const)("%s: %s in %s (%s) is %s", (type, message, suite, outcome, expected) => {
    expect(classify({ message, type }, outcome, suite)).toBe(expected);
  });
  test("the first that fits wins, and good results have none", () => {
    const both = createClassifier([
      { type: "setup", pattern: "x" },
      { type: "crash", pattern: "x" },
    ]);
    expect(both({ message: "x" }, "failed", "")).toBe("setup");
    expect(both({ message: "x" }, "passed", "")).toBeUndefined();
    expect(both(undefined, "errored", "")).toBe("unknown");
  });
});
