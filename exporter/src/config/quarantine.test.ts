import { describe, expect, test } from "vitest";
import { ConfigError, parseConfig } from "./load.ts";
import { expiredNotes, isExpired, type QuarantineEntry, quarantineLookup } from "./quarantine.ts";

const NOW = Date.UTC(2026, 4, 20, 12);
const entry = (test: string, more: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  test,
  owner: "web",
  expires: "2026-06-01",
  ...more,
});
const cart = { project: "shop", suite: "unit", path: ["Cart", "add"], name: "adds an item" };

describe("quarantineLookup", () => {
  test.each<[string, QuarantineEntry, boolean]>([
    ["its name", entry("adds an item"), true],
    ["its path and name", entry("Cart > add > adds an item"), true],
    ["a pattern for a whole class", entry("Cart > *"), true],
    ["the end of its path", entry("add > adds an item"), true],
    ["a step of its path left out", entry("Cart > adds an item"), false],
    ["a part of a step", entry("dd > adds an item"), false],
    ["a part of its name", entry("adds"), false],
    ["its name in other letters", entry("Adds an item"), false],
    ["its project and suite", entry("adds*", { project: "shop", suite: "unit" }), true],
    ["another project", entry("adds*", { project: "other" }), false],
    ["another suite", entry("adds*", { suite: "e2e" }), false],
  ])("a test is known by %s", (_, one, found) => {
    expect(quarantineLookup([one], NOW)(cart)).toBe(found ? one : undefined);
  });

  test("an entry that holds comes before an expired one, then the first", () => {
    const old = entry("adds*", { expires: "2026-05-19" });
    const [first, second] = [entry("adds an item"), entry("Cart*")];
    expect(quarantineLookup([old, first, second], NOW)(cart)).toBe(first);
    expect(quarantineLookup([old], NOW)(cart)).toBe(old);
  });
});

test("an entry holds to the end of its day, UTC", () => {
  const one = entry("x", { expires: "2026-05-20" });
  expect(isExpired(one, Date.UTC(2026, 4, 20, 23, 59, 59, 999))).toBe(false);
  expect(isExpired(one, Date.UTC(2026, 4, 21))).toBe(true);
  expect(expiredNotes([entry("y"), one], Date.UTC(2026, 4, 21))).toEqual([
    'quarantine[1]: "x" expired on 2026-05-20 (web): it counts again',
  ]);
});

describe("the configuration", () => {
  test("takes entries, expired ones too, and a date without quotes", () => {
    const { quarantine } = parseConfig("quarantine:\n  - {test: a, owner: web, expires: 2001-01-01}\n", "c.yml");
    expect(quarantine).toEqual([{ test: "a", owner: "web", expires: "2001-01-01" }]);
  });

  test.each<[string, string, string]>([
    ["no owner", "{test: a, expires: 2026-01-01}", "quarantine[0].owner"],
    ["no end", "{test: a, owner: web}", "quarantine[0].expires"],
    ["a day that is none", "{test: a, owner: web, expires: 2026-02-30}", "there is no day 2026-02-30"],
    ["a date in words", "{test: a, owner: web, expires: next week}", "must be a date such as 2026-12-31"],
    ["a pattern for all", '{test: "*", owner: web, expires: 2026-01-01}', "fits every test"],
    [
      "the same twice",
      "{test: a, owner: web, expires: 2026-01-01}\n  - {test: a, owner: me, expires: 2027-01-01}",
      "the same test is in quarantine[0]",
    ],
  ])("refuses %s", (_, text, message) => {
    const load = () => parseConfig(`quarantine:\n  - ${text}\n`, "c.yml");
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(message);
  });
});
