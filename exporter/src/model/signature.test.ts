import { describe, expect, test } from "vitest";
import { failureSignature, normalizedMessage, SIGNATURE_REMOVALS } from "./signature.ts";

describe("messages are the same when they differ by chance only", () => {
  test.each([
    ["at 2026-01-02T03:04:05.123Z it broke", "at 2025-12-31 23:59:59 it broke"],
    ["at 2026-01-02T03:04:05+02:00 it broke", "at 2025-12-31 it broke"],
    ["expired on Fri, 20 Nov 2026 14:06:24 GMT", "expired on Mon, 1 Dec 2025 04:00:00 GMT"],
    ["expired on Nov 20, 2026", "expired on December 1, 2025"],
    ["expired on 11/20/2026 2:03:04 PM", "expired on 1/2/2025 12:13:14 AM"],
    ["[12:01:02.345] refused", "[23:59:59.001] refused"],
    ["user 3f2b8c1e-1111-2222-3333-444455556666 missing", "user 00000000-1111-2222-3333-444455556667 missing"],
    ["order 01ARZ3NDEKTSV4RRFFQ69G5FAV lost", "order 01BX5ZZKBKACTAV9WEVGEMMVRZ lost"],
    ["pointer 0x7ffdeadbeef", "pointer 0xc000012345"],
    ["java.lang.Object@1b6d3586 expected", "java.lang.Object@4554617c expected"],
    ["at commit b4c964f", "at commit 0b8d916"],
    ["blob 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "blob de9f2c7fd25e1b3afad3e85a0bd17d9b100db4b3"],
    ["open /tmp/abc123/x.db failed", "open /var/run/other/y.db failed"],
    ["open ./a/b/x.db failed", "open ../c/y.db failed"],
    ["open C:\\ci\\a\\x.db failed", "open D:\\ci\\b\\y.db failed"],
    ["at /srv/app/cart.ts:12:5", "at /home/ci/cart.ts:140:11"],
    ["cart_test.go:3: price is wrong", "cart_test.go:117: price is wrong"],
    ["Cart.cs(12,5): no", "Cart.cs(7): no"],
    ["in cart.py, line 118", "in cart.py, line 7"],
    ["connect 127.0.0.1:54321", "connect 127.0.0.1:40000"],
    ["connect 10.0.3.17:5432", "connect 192.168.1.2:5433"],
    ["connect localhost:54321", "connect localhost:80"],
    ["mail to user-17@example.org bounced", "mail to a.b+c@mail.example.com bounced"],
    ["order 1234567 not found", "order 7654321 not found"],
    ["orderId=42 is gone", "orderId=7 is gone"],
    ['user_id: "a7" is gone', 'user_id: "b19" is gone'],
    ["no session id 12", "no session id 9"],
    ["pid 431 died", "pid 99 died"],
    ["thread-7 stuck", "thread-12 stuck"],
    ["goroutine 17 [running]", "goroutine 233 [running]"],
    ["took 1532ms", "took 12ms"],
    ["after 1.5 s", "after 30 s"],
    ["0.30000000000000004", "0.30000000000000010"],
    ["see https://ci.example.com/run/1", "see https://ci.example.com/run/2?x=y"],
    ["a\n   b", "a b"],
    ["\u001b[31mred\u001b[0m", "red"],
  ])("%s | %s", (a, b) => {
    expect(normalizedMessage(a)).toBe(normalizedMessage(b));
  });
});

describe("messages that say something else stay different", () => {
  test.each([
    ["expected 200, got 500", "expected 200, got 404"],
    ["field name missing", "field price missing"],
    ["expected 3 items", "expected 4 items"],
    ["test_rule_2 failed", "test_rule_3 failed"],
    ["a valid 3 is wanted", "a valid 4 is wanted"],
    ["version 1.2.3 is wanted", "version 1.2.4 is wanted"],
    ["facade is missing", "defaced is missing"],
    ["TypeError: a is null", "TypeError: b is null"],
    ["expected -1", "expected 1"],
    ["50% of 3", "50% of 4"],
    ["'decade' unknown", "'accede' unknown"],
    ["no such file cart.ts", "no such file shop.ts"],
    ["GET /orders failed", "GET /users failed"],
    ["ratio a/b is 1", "ratio a/c is 1"],
  ])("%s | %s", (a, b) => {
    expect(normalizedMessage(a)).not.toBe(normalizedMessage(b));
  });
});

test("each removal changes the example that the documentation gives of it", () => {
  for (const { what, pattern, by, example } of SIGNATURE_REMOVALS) {
    if (example === "") continue;
    const text = example.replace("\\e", "\u001b").replace(/^cart/, "at cart");
    // What earlier removals left: an address of a file ends in <path> before its line is looked at.
    expect(text.replace(pattern, by), what).not.toBe(text);
  }
});

test("a message is bounded and never empty, and none takes for ever", () => {
  expect(normalizedMessage("")).toBe("(no message)");
  for (const text of ["/a", "a", "1", "a.", "0a", "Id", "id ", "@a", "-", "1:1", "a-", "Jan 1", "1.", " ", "x@a."]) {
    expect(normalizedMessage(text.repeat(100_000)).length).toBeLessThanOrEqual(300);
  }
});

describe("a signature", () => {
  const path = ["shop", "CartTest"];
  test("is the same for ever: it is kept in stores and in what people write down", () => {
    expect(failureSignature(path, "total", "expected 41.90, got 38.10")).toBe("004d484a8662c9a3");
  });
  test("is of the test and what the message means, whatever number its name was given", () => {
    const one = failureSignature(path, "total", "took 15 ms, order 12345");
    expect(failureSignature(path, "total", "took 7 ms, order 99999")).toBe(one);
    expect(failureSignature(path, "total #2", "took 7 ms, order 99999")).toBe(one);
    expect(failureSignature(path, "sum", "took 15 ms, order 12345")).not.toBe(one);
    expect(failureSignature(["shop"], "total", "took 15 ms, order 12345")).not.toBe(one);
    expect(failureSignature(path, "total", "lost")).not.toBe(one);
    expect(failureSignature(["shop", "Cart"], "Testtotal", "lost")).not.toBe(
      failureSignature(["shop", "CartTest"], "total", "lost"),
    );
    expect(failureSignature(path, "total", undefined)).toBe(failureSignature(path, "total", ""));
    expect(one).toMatch(/^[0-9a-f]{16}$/);
  });
});
