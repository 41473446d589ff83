/** Coverage from a tool's file to the store, the metric and the acknowledgement, with the real parts between. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { defaultConfig } from "../config/schema.ts";
import { storeSettings } from "../config/settings.ts";
import { ingestOne } from "../ingest/process.ts";
import type { Receipt } from "../ingest/types.ts";
import { createMetricsView } from "../metrics/view.ts";
import type { RunContext } from "../model/run.ts";
import { judge } from "../server/acknowledge.ts";
import { openStore } from "../store/open.ts";

const FIXTURES = join(import.meta.dirname, "../../test/fixtures");
const NOW = Date.UTC(2026, 11, 1, 12);
const config = defaultConfig();

let now = NOW;
let store: ReturnType<typeof open>;
const open = () => {
  const file = join(temporaryFolder("coverage"), "plumbline.db");
  return openStore(
    `sqlite:${file}`,
    storeSettings(config, () => now),
    "write",
  );
};
beforeEach(() => {
  now = NOW;
  store = open();
});
afterEach(() => store.close());

function put(name: string, context: Partial<RunContext> = {}, text?: string): Promise<Receipt> {
  const bytes = text === undefined ? readFileSync(join(FIXTURES, name)) : Buffer.from(text);
  const contentHash = createHash("sha256").update(bytes).digest("hex");
  const submission = { body: { kind: "bytes", bytes }, name, contentHash, sizeBytes: bytes.length, context } as const;
  return store.write((tx) => ingestOne(tx, submission, config, now));
}

async function exposed(suite = "coverage"): Promise<Record<string, number>> {
  const view = createMetricsView({ store, config, now: () => now });
  await view.refresh();
  const values: Record<string, number> = {};
  for (const { family, series } of view.families())
    if (family.name === "test_last_run_coverage_ratio")
      for (const one of series)
        if (one.kind === "sample" && one.labels.suite === suite) values[one.labels.kind!] = one.value;
  return values;
}

const minimum = (minimumCoverageRatio: number) => ({ minimumCoverageRatio, quietSeconds: config.runs.quietSeconds });
const detail = async (receipt: Receipt) => store.run(receipt.run.id);

describe("test_last_run_coverage_ratio", () => {
  test.each([
    ["lcov/gcovr-8.4-c.lcov", { line: 11 / 14, branch: 5 / 8, function: 2 / 3 }],
    ["cobertura/nyc-17.1.0-all.xml", { line: 10 / 14, branch: 6 / 10, function: 4 / 6 }],
    ["jacoco/jacoco-0.8.13-maven.xml", { line: 10 / 14, branch: 6 / 8, function: 3 / 7 }],
    ["clover/phpunit-9.6.7-pcov.xml", { line: 4 / 7, function: 1 / 3 }],
    ["istanbul/vitest-3.2.4-istanbul.json", { line: 10 / 14, branch: 6 / 10, function: 4 / 6 }],
    ["istanbul-summary/nyc-17.1.0-all.json", { line: 10 / 14, branch: 6 / 10, function: 4 / 6 }],
    ["gocover/go-1.26.8-set.out", { line: 10 / 14 }],
    ["coverage-py/coverage-py-7.11.0-branch.json", { line: 21 / 25, branch: 1, function: 4 / 7 }],
    ["simplecov/simplecov-0.22.0-resultset.json", { line: 12 / 14, branch: 2 / 4 }],
    ["opencover/handmade-opencover-4.7.xml", { line: 5 / 9, branch: 1 / 2, function: 2 / 3 }],
  ])("shows what %s says", async (name, expected) => {
    const receipt = await put(name);
    expect(receipt.run.status).toBe("measured");
    expect(await exposed()).toEqual(expected);
    expect((await detail(receipt)).suiteResults[0]?.coverage?.lineRatio).toBe(expected.line);
  });
});

describe("several reports of one run", () => {
  const shard = (name: string) => `lcov/coverage-py-7.11.0-shard-${name}.lcov`;

  test.each([[["one", "two"]], [["two", "one"]]])("shards in the order %s are merged file by file", async (order) => {
    const context = { runId: "r1", parts: 2 };
    await put(shard(order[0]!), context);
    const receipt = await put(shard(order[1]!), context);
    expect(await exposed()).toEqual({ line: 21 / 25, branch: 1, function: 4 / 8 });
    expect(receipt.coverage?.lineRatio).toBe(21 / 25);
    expect((await detail(receipt)).coverageFiles).toEqual([
      expect.objectContaining({ path: "shop/unused.py", suite: "coverage", lineRatio: 0, uncoveredLines: "1-2" }),
      expect.objectContaining({ path: "shop/basket.py", lineRatio: 15 / 16, branchRatio: 1, uncoveredLines: "19" }),
      expect.objectContaining({ path: "shop/tax.py", lineRatio: 6 / 7, uncoveredLines: "11" }),
      expect.objectContaining({ path: "shop/__init__.py", lineRatio: undefined, uncoveredLines: "" }),
    ]);
  });

  test("the same part again changes nothing", async () => {
    const context = { runId: "r1", parts: 1 };
    const first = await put(shard("one"), context);
    const before = await detail(first);
    const again = await put(shard("one"), context);
    expect(again.outcome).toBe("duplicate");
    expect(await detail(again)).toEqual(before);
    expect(again.coverage).toEqual(first.coverage);
    expect(again.uncovered).toEqual(first.uncovered);
  });

  test("a part that is refused leaves nothing of its files", async () => {
    await put(shard("one"), { runId: "r1" });
    const half =
      '<coverage line-rate="1"><packages><class filename="x.py"><lines><line number="1" hits="0"/></lines></class>';
    await expect(put("x.xml", { runId: "r1", suite: "coverage" }, half)).rejects.toThrow("never closed");
    const { coverageFiles } = await store.run("r1");
    expect(coverageFiles?.map(({ path }) => path)).not.toContain("x.py");
  });

  test.each([[true], [false]])(
    "coverage that is sent later is not time of the run (tests first: %s)",
    async (first) => {
      const junit =
        '<testsuite name="unit" timestamp="2026-12-01T11:00:00Z" time="60"><testcase name="a" time="60"/></testsuite>';
      const tests = () => put("junit.xml", { runId: "r1", parts: 2 }, junit);
      if (first) await tests();
      now += 3_600_000;
      await put(shard("one"), { runId: "r1", parts: 2 });
      if (!first) await tests();
      const run = await store.run("r1");
      expect(run).toMatchObject({ status: "passed", durationSeconds: 60, endedAtMs: Date.UTC(2026, 11, 1, 11, 1) });
      expect(run.suiteResults.map(({ suite }) => suite)).toEqual(["coverage", "unit"]);
      expect(await exposed()).toMatchObject({ line: 18 / 25 });
    },
  );

  test("a deleted run takes its files along", async () => {
    const { run } = await put(shard("one"), { runId: "r1", parts: 1 });
    await store.write((tx) => tx.deleteRun(run));
    await put("junit.xml", { runId: "r1", parts: 1 }, "<testsuite name='u'><testcase name='a'/></testsuite>");
    expect((await store.run("r1")).coverageFiles).toBeUndefined();
    expect(await exposed()).toEqual({});
  });
});

test("the acknowledgement names the uncovered lines when coverage is below the minimum", async () => {
  const name = "cobertura/gcovr-8.4-c.xml";
  const low = { status: "rejected", message: "line coverage 78.57 % is below the minimum of 80 %" };
  const verdict = judge(await put(name), minimum(0.8));
  expect(verdict).toMatchObject({ ...low, requiredActions: ["add tests for basket.c: lines 5, 12-13"] });
  expect(judge(await put(name), minimum(0.8))).toMatchObject({
    ...low,
    message: `${low.message} (already stored)`,
  });
  expect(judge(await put(name), minimum(0.7)).status).toBe("approved");
});

test("a coverage report without a line is an empty run, not a good one", async () => {
  const receipt = await put("empty.out", {}, "mode: set\n");
  expect(receipt.run.status).toBe("empty");
  expect(judge(receipt, minimum(0.8)).status).toBe("rejected");
});
