import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Warning } from "../model/format.ts";
import { MAX_OPERATIONS } from "../model/load.ts";
import { OperationBudget, operationOf } from "./operation.ts";

/** Among them a template string of JavaScript that was never filled in. */
const TEMPLATES = ["/users/{name}/:id/<int:n>", "{id}/[slug]/*"].join("/$");

const ROWS: readonly (readonly [string, string, string])[] = [
  ["scheme, host, port, query and fragment go", "https://user@shop.example:8080/cart?step=2#top", "/cart"],
  ["an address without a path is the root", "http://localhost:3000", "/"],
  ["a query behind the host is no path", "http://localhost?x=/a/b", "/"],
  ["a number is an id", "/users/42/orders/7", "/users/{id}/orders/{id}"],
  ["a UUID, in either case", "/o/550E8400-e29b-41d4-a716-446655440000", "/o/{uuid}"],
  ["hex with digits", "/commits/9fceb02d0ae598e95dc970b74767f19372d61af8", "/commits/{token}"],
  ["a word of hex letters only is a word", "/feedbead/deadbeef", "/feedbead/deadbeef"],
  [
    "base64-like",
    "/t/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.Et9HFtf9R3GEMA0IICOfFMVXY7kkTX1wr4qCyIf58U",
    "/t/{token}",
  ],
  ["a random key in lower case", "/k/3f9x8a7b6c5d4e2f1g", "/k/{token}"],
  ["a slug of words stays", "/blog/how-to-test-2-things-at-once", "/blog/how-to-test-2-things-at-once"],
  ["a long word in camel case stays", "/getCustomerAccountBalanceHistory", "/getCustomerAccountBalanceHistory"],
  ["a date", "/reports/2026-01-31/daily", "/reports/{date}/daily"],
  ["a date with a time", "/from/2026-01-31T10:00:00Z", "/from/{date}"],
  ["an e-mail address", "/users/jo.doe@mail.example/inbox", "/users/{email}/inbox"],
  ["an e-mail address, escaped", "/users/jo%40mail.example", "/users/{email}"],
  ["an IP address", "/hosts/10.0.0.12", "/hosts/{ip}"],
  ["versions stay", "/api/v2/1.0/users", "/api/v2/1.0/users"],
  ["coordinates", "/at/52.5123,13.4123", "/at/{id}"],
  ["an id with a prefix keeps it", "/item/order-12345", "/item/order-{id}"],
  ["a short number behind a word stays", "/step-2/of-3", "/step-2/of-3"],
  ["an id with an extension", "/img/4711.png", "/img/{id}.png"],
  ["an ordinary file stays", "/static/app.js", "/static/app.js"],
  ["OData keys", "/Users(42)/Orders('a b')", "/Users({id})/Orders({id})"],
  ["matrix parameters", "/cart;jsessionid=1A2B3C/items", "/cart/items"],
  ["slashes twice and at the end", "//users//42/", "/users/{id}"],
  ["templates of any framework stay", TEMPLATES, TEMPLATES],
  ["a question mark in a template is no query", "/users/{id?}", "/users/{id?}"],
  ["a method in front stays, in capitals", "get https://a.example/users/1", "GET /users/{id}"],
  ["a name of the user's own stays", "01 - Log in as admin (2/3)?", "01 - Log in as admin (2/3)?"],
  [
    "but for UUIDs and e-mail addresses",
    "job 550e8400-e29b-41d4-a716-446655440000 of a@b.example",
    "job {uuid} of {email}",
  ],
  ["control characters and line breaks are blanks", "a\n\tb\u0000\u001b[31mc", "a b\ufffdc"],
  ["nothing", "  ", "(unnamed)"],
  ["other schemes", "wss://chat.example/room/9", "/room/{id}"],
];

describe("operationOf", () => {
  test.each(ROWS)("%s", (_, name, operation) => {
    expect(operationOf(name)).toBe(operation);
  });

  test.each(ROWS)("again changes nothing: %s", (_, __, operation) => {
    expect(operationOf(operation)).toBe(operation);
  });

  test("the method comes first, unless the name has one", () => {
    expect(operationOf("/users/1", "post")).toBe("POST /users/{id}");
    expect(operationOf("PUT /users/1", "post")).toBe("PUT /users/{id}");
    expect(operationOf("", "GET")).toBe("GET");
  });

  test("it is idempotent, bounded and never empty, whatever it is given", () => {
    const segment = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.integer().map(String),
      fc.uuid(),
      fc.base64String({ maxLength: 60 }),
      fc.emailAddress(),
      fc.constantFrom("?", "#", ";", "{id}", "://", "GET ", "%40", "(", ")", "'"),
    );
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 6 }),
        fc.constantFrom("", "/", "http://h/", "POST /"),
        (parts, start) => {
          const once = operationOf(start + parts.join("/"));
          expect(operationOf(once)).toBe(once);
          expect(once.length).toBeGreaterThan(0);
          expect(once.length).toBeLessThanOrEqual(200);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("OperationBudget", () => {
  test("what is beyond the bound is together, and told once", () => {
    const warnings: Warning[] = [];
    const nothing = (): void => {};
    const budget = new OperationBudget({
      begin: nothing,
      suite: nothing,
      case: nothing,
      measure: nothing,
      coverage: nothing,
      warn: (warning) => warnings.push(warning),
      end: nothing,
    });
    for (let i = 0; i < MAX_OPERATIONS; i++) expect(budget.operation("s", `op ${i}`)).toBe(`op ${i}`);
    expect(budget.operation("s", "one more")).toBe("__overflow__");
    expect(budget.operation("t", "op 1")).toBe("__overflow__");
    expect(budget.operation("s", "op 1")).toBe("op 1");
    expect(warnings.map(({ code }) => code)).toEqual(["LIMIT"]);
    for (let i = 0; i < 60; i++) budget.scenario(`scenario ${i}`);
    expect(budget.scenario("scenario 3")).toBe("scenario 3");
    expect(budget.scenario("scenario 55")).toBe("__overflow__");
    expect(budget.scenario(" ")).toBeUndefined();
    expect(warnings).toHaveLength(2);
  });
});
