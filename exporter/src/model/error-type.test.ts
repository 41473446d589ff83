import { describe, expect, test } from "vitest";
import { classifyFailure, signatureOf } from "./error-type.ts";

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

describe("signatures are equal for what differs by chance only", () => {
  test.each([
    ["at 2026-01-02T03:04:05.123Z it broke", "at 2025-12-31 23:59:59 it broke"],
    ["user 3f2b8c1e-1111-2222-3333-444455556666 missing", "user 00000000-1111-2222-3333-444455556667 missing"],
    ["pointer 0x7ffdeadbeef", "pointer 0xc000012345"],
    ["java.lang.Object@1b6d3586 expected", "java.lang.Object@4554617c expected"],
    ["open /tmp/abc123/x.db failed", "open /var/run/other/y.db failed"],
    ["open C:\\ci\\a\\x.db failed", "open D:\\ci\\b\\y.db failed"],
    ["connect 127.0.0.1:54321", "connect 127.0.0.1:40000"],
    ["order 1234567 not found", "order 7654321 not found"],
    ["took 1532ms", "took 12ms"],
    ["see https://ci.example.com/run/1", "see https://ci.example.com/run/2?x=y"],
    ["a\n   b", "a b"],
  ])("%s", (a, b) => {
    expect(signatureOf(a)).toBe(signatureOf(b));
  });
  test.each([
    ["expected 200, got 500", "expected 200, got 404"],
    ["field name missing", "field price missing"],
  ])("%s is not %s", (a, b) => {
    expect(signatureOf(a)).not.toBe(signatureOf(b));
  });
  test("is bounded and never empty, however long the message", () => {
    expect(signatureOf("")).toBe("(no message)");
    const start = performance.now();
    expect(signatureOf("/a".repeat(100_000) + "a".repeat(100_000)).length).toBeLessThanOrEqual(300);
    expect(performance.now() - start).toBeLessThan(200);
  });
});
