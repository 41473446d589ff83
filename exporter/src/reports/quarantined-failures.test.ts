import { expect, test } from "vitest";
import type { QuarantineEntry } from "../config/quarantine.ts";
import type { CaseRecord } from "../model/run.ts";
import type { StoreReader } from "../model/store.ts";
import { allQuarantined, quarantinedFailures } from "./quarantined-failures.ts";

const NOW = Date.UTC(2026, 4, 20, 12);
const run = { id: "u1", project: "shop" };
const entry = (name: string, more: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  test: name,
  owner: "web",
  expires: "2026-06-01",
  ...more,
});

/** One failed test per name, page by page. */
function readerOf(names: readonly string[]) {
  const asked: Parameters<StoreReader["cases"]>[] = [];
  const reader: Pick<StoreReader, "cases"> = {
    async cases(...call) {
      asked.push(call);
      const { limit, cursor } = call[2];
      const from = Number(cursor ?? 0);
      const items = names.slice(from, from + limit).map((name): CaseRecord => {
        return { suite: "unit", path: ["Cart"], name, signature: `s-${name}` } as Partial<CaseRecord> as CaseRecord;
      });
      return { items, nextCursor: from + limit < names.length ? String(from + limit) : undefined };
    },
  };
  return { reader, asked };
}

test("final failures are told apart, with owner and end", async () => {
  const { reader, asked } = readerOf(["a", "b", "c"]);
  const found = await quarantinedFailures(reader, run, [entry("a", { reason: "#1" }), entry("Cart > c")], NOW);
  const rest = { suite: "unit", owner: "web", expires: "2026-06-01" };
  expect(found).toEqual({
    failures: [
      { test: "Cart > a", ...rest, reason: "#1", signature: "s-a" },
      { test: "Cart > c", ...rest, reason: undefined, signature: "s-c" },
    ],
    others: 1,
  });
  expect(asked[0]?.slice(0, 2)).toEqual(["u1", { outcome: ["failed", "errored"], finalOnly: true }]);
});

test("results are read only when an entry can hold", async () => {
  const { reader, asked } = readerOf(["a"]);
  const useless = [entry("a", { expires: "2026-05-19" }), entry("a", { project: "other" })];
  expect(await quarantinedFailures(reader, run, useless, NOW)).toEqual({ failures: [], others: 0 });
  expect(asked).toEqual([]);
});

test("all pages are read, but not without end: what was not looked at counts", async () => {
  const names = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`);
  const entries = [entry("t*")];
  const all = await quarantinedFailures(readerOf(names(450)).reader, run, entries, NOW);
  expect([all.failures.length, all.others]).toEqual([450, 0]);
  const many = await quarantinedFailures(readerOf(names(9_000)).reader, run, entries, NOW);
  expect([many.failures.length, many.others]).toEqual([5_000, 1]);
  expect(allQuarantined(all, 450)).toBe(true);
  expect(allQuarantined(many, 5_000)).toBe(false);
});

test("a run without failures, or with more than were found, is not put up with", async () => {
  const { reader } = readerOf(["a"]);
  const found = await quarantinedFailures(reader, run, [entry("a")], NOW);
  expect([0, 1, 2].map((bad) => allQuarantined(found, bad))).toEqual([false, true, false]);
});
