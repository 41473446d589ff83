/**
 * The built-in page in a real browser, against an API of this test's own that answers from memory and holds itself to the
 * schemas of the real one. Screenshots are in artifacts/screenshots/, to be looked at.
 */
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import express, { type Response } from "express";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import type { CaseRecord, RunDetail, RunStatus, RunSummary } from "../../src/model/run.ts";
import { executedOf, type Outcome, type OutcomeCounts } from "../../src/model/test.ts";
import { pageRouter } from "../../src/server/page.ts";
import * as schemas from "../../src/server/schemas.ts";
import { findStack, launchBrowser, startServer } from "../stack/index.ts";

const PREFIX = "/tools/plumbline";
const SHOTS = resolve(import.meta.dirname, "../../../artifacts/screenshots");
const HOSTILE = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
const LONG = "very-long-name-".repeat(334);
const MINUTE = 60_000;
const DAY = 86_400_000;

// ---- an API that answers from memory -----------------------------------------------------------------------------

interface Stored {
  readonly run: RunDetail;
  readonly cases: readonly CaseRecord[];
}
interface Given {
  suite: string;
  status: RunStatus;
  endedAtMs: number;
  cases?: readonly Partial<CaseRecord>[];
  counts?: Partial<OutcomeCounts>;
  over?: Partial<RunDetail>;
}

let serial = 0;
function stored({ suite, status, endedAtMs, cases = [], counts, over = {} }: Given): Stored {
  serial += 1;
  const id = `00000000-0000-4000-8000-${String(serial).padStart(12, "0")}`;
  const records = cases.map(
    (one, index): CaseRecord => ({
      testId: String(1000 + index),
      suite,
      path: ["shop", "CartTest"],
      name: `case ${index}`,
      attempt: 1,
      outcome: "passed",
      durationSeconds: 0.01 * (index + 1),
      file: undefined,
      line: undefined,
      errorType: undefined,
      errorClass: undefined,
      message: undefined,
      stack: undefined,
      expected: undefined,
      actual: undefined,
      output: undefined,
      attachments: [],
      ...one,
    }),
  );
  const all: OutcomeCounts = { passed: 0, failed: 0, errored: 0, skipped: 0 };
  for (const one of records) all[one.outcome] += 1;
  Object.assign(all, counts);
  const durationSeconds = over.durationSeconds ?? 84.2;
  const summary: RunSummary = {
    project: "shop",
    environment: "ci",
    runId: `gh-${7_300_000 + serial}-1`,
    id,
    suites: [suite],
    branch: "main",
    branchLabel: "main",
    commit: `${(serial * 7919).toString(16).padStart(8, "0")}c0ffee42`,
    runUrl: `https://ci.example.org/runs/${serial}`,
    executor: "github-actions",
    framework: "pytest",
    status,
    startedAtMs: endedAtMs - durationSeconds * 1000,
    endedAtMs,
    receivedAtMs: endedAtMs + 2000,
    completedAtMs: status === "running" ? undefined : endedAtMs + 3000,
    history: false,
    partsReceived: 1,
    partsExpected: undefined,
    durationSeconds,
    counts: all,
    retries: 0,
    flaky: 0,
    ...over,
  };
  const { startedAtMs, retries, flaky } = summary;
  const run: RunDetail = {
    ...summary,
    suiteResults: [
      { suite, counts: all, retries, flaky, durationSeconds, startedAtMs, endedAtMs, status, coverage: undefined },
    ],
    parts: [],
    measures: [],
    loadResults: [],
    ...over,
  };
  return { run, cases: records };
}

/** One address, a store that tests replace, and a switch that makes it vanish. */
interface Fake {
  readonly url: string;
  store: Stored[];
  /** Requests beyond the page's files since the last reset. */
  asked: string[];
  stop(): Promise<void>;
  start(): Promise<void>;
}

async function startFake(): Promise<Fake> {
  const app = express();
  const fake: Fake = { url: "", store: [], asked: [], stop: async () => undefined, start: async () => undefined };
  const api = express.Router();
  const answer = (response: Response, schema: z.ZodType, data: unknown): void => {
    const json: unknown = JSON.parse(JSON.stringify(data));
    schema.parse(json);
    response.json({ status: "success", data: json });
  };
  const runs = (query: Record<string, unknown>): RunDetail[] =>
    fake.store
      .map((one) => one.run)
      .filter((run) => query.project === undefined || run.project === query.project)
      .filter((run) => query.environment === undefined || run.environment === query.environment)
      .filter((run) => query.suite === undefined || run.suites.includes(String(query.suite)))
      .filter((run) => query.branch === undefined || run.branch === query.branch || run.branchLabel === query.branch)
      .filter((run) => query.status === undefined || run.status === query.status)
      .filter((run) => query.from === undefined || run.endedAtMs >= Date.parse(String(query.from)))
      .toSorted((a, b) => b.endedAtMs - a.endedAtMs);
  const page = <T>(items: readonly T[], query: Record<string, unknown>) => {
    const [from, limit] = [Number(query.cursor ?? 0), Number(query.limit ?? 100)];
    const next = from + limit < items.length ? String(from + limit) : undefined;
    return { items: items.slice(from, from + limit), nextCursor: next };
  };
  const summaryOf = ({
    suiteResults: _s,
    parts: _p,
    measures: _m,
    loadResults: _l,
    coverageFiles: _c,
    ...summary
  }: RunDetail): RunSummary => summary;
  const sum = (all: readonly RunDetail[]): OutcomeCounts => {
    const counts: OutcomeCounts = { passed: 0, failed: 0, errored: 0, skipped: 0 };
    for (const run of all) for (const key of Object.keys(counts) as Outcome[]) counts[key] += run.counts[key];
    return counts;
  };
  const rate = (counts: OutcomeCounts): number | null =>
    executedOf(counts) === 0 ? null : Math.round((10_000 * counts.passed) / executedOf(counts)) / 100;

  api.use((request, _response, next) => {
    fake.asked.push(request.url);
    next();
  });
  api.get("/runs", ({ query }, response) =>
    answer(response, schemas.paged(schemas.runSummary), page(runs(query).map(summaryOf), query)),
  );
  api.get("/runs/:id", ({ params }, response) => {
    const found = fake.store.find(({ run }) => run.id === params.id || run.runId === params.id);
    if (found === undefined) {
      response.status(404).type("application/problem+json");
      response.send(JSON.stringify({ title: "No such resource", status: 404, detail: `no run "${params.id}"` }));
    } else answer(response, schemas.runDetail, found.run);
  });
  api.get("/runs/:id/cases", ({ params, query }, response) => {
    const found = fake.store.find(({ run }) => run.id === params.id);
    const outcomes = query.outcome === undefined ? undefined : String(query.outcome).split(",");
    const cases = (found?.cases ?? [])
      .filter((one) => outcomes === undefined || outcomes.includes(one.outcome))
      .filter((one) => query.suite === undefined || one.suite === query.suite)
      .filter((one) => query.search === undefined || one.name.includes(String(query.search)));
    answer(response, schemas.paged(schemas.caseRecord), page(cases, query));
  });
  api.get("/tests/:id/history", ({ params }, response) => {
    const points = runs({}).flatMap((run) =>
      (fake.store.find((one) => one.run === run)?.cases ?? [])
        .filter((one) => one.testId === params.id)
        .map((one) => ({ case: one, run })),
    );
    const [newest] = points;
    const { testId, suite, path, name } = newest!.case;
    answer(response, schemas.testHistory, {
      test: { testId, suite, path, name },
      points: points.slice(0, 50).map(({ run, case: one }) => ({
        run: summaryOf(run),
        attempt: one.attempt,
        outcome: one.outcome,
        durationSeconds: one.durationSeconds,
        message: one.message,
      })),
    });
  });
  api.get("/errors", ({ query }, response) => {
    const groups = new Map<string, z.output<typeof schemas.failureGroup>>();
    for (const run of runs(query)) {
      for (const one of fake.store.find((entry) => entry.run === run)?.cases ?? []) {
        if (one.errorType === undefined) continue;
        const key = `${one.errorType}\n${one.message}`;
        const group = groups.get(key);
        if (group === undefined) {
          groups.set(key, {
            errorType: one.errorType,
            message: one.message ?? "",
            count: 1,
            affectedTests: 1,
            firstAtMs: run.endedAtMs,
            lastAtMs: run.endedAtMs,
            exampleTests: [one.name],
            lastRun: run.id,
          });
        } else {
          group.count += 1;
          group.firstAtMs = run.endedAtMs;
        }
      }
    }
    answer(
      response,
      schemas.failureGroup.array(),
      [...groups.values()].toSorted((a, b) => b.count - a.count),
    );
  });
  api.get("/summary", ({ query }, response) => {
    const all = runs(query);
    const counts = sum(all);
    const executed = executedOf(counts);
    const ends = all.map((run) => run.endedAtMs);
    answer(response, schemas.executionSummary, {
      runs: all.length,
      counts,
      total: executed + counts.skipped,
      executed,
      passRatePercent: rate(counts),
      averageDurationSeconds: null,
      startedAtMs: ends.at(-1) ?? null,
      endedAtMs: ends[0] ?? null,
    });
  });
  api.get("/daily", ({ query }, response) => {
    const days = Map.groupBy(runs(query).toReversed(), (run) => new Date(run.endedAtMs).toISOString().slice(0, 10));
    const points = [...days].map(([day, all]) => ({
      day,
      runs: all.length,
      counts: sum(all),
      passRatePercent: rate(sum(all)),
      averageRunSeconds: all.reduce((seconds, run) => seconds + run.durationSeconds, 0) / all.length,
    }));
    answer(response, schemas.dailyPoint.array(), points);
  });
  api.get("/facets", (_request, response) => {
    const of = (values: readonly string[]): string[] => [...new Set(values)].sort();
    const all = runs({});
    answer(response, schemas.facets, {
      projects: of(all.map((run) => run.project)),
      environments: of(all.map((run) => run.environment)),
      suites: of(all.flatMap((run) => run.suites)),
      branches: of(all.map((run) => run.branchLabel)),
    });
  });
  app.use(`${PREFIX}/api/v1`, api);
  app.use(PREFIX, pageRouter());

  let server: Server | undefined;
  let port = 0;
  fake.start = () =>
    new Promise((done) => {
      const listening = app.listen(port, "127.0.0.1", () => {
        port = (listening.address() as AddressInfo).port;
        done();
      });
      server = listening;
    });
  fake.stop = () =>
    new Promise((done) => {
      if (server === undefined) return done();
      server.close(() => done());
      server.closeAllConnections();
      server = undefined;
    });
  await fake.start();
  return Object.assign(fake, { url: `http://127.0.0.1:${port}${PREFIX}` });
}

// ---- a month of a shop's tests -----------------------------------------------------------------------------------

function month(): Stored[] {
  const now = Date.now();
  let seed = 42;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const failing = (message: string, over: Partial<CaseRecord> = {}): Partial<CaseRecord> => ({
    outcome: "failed",
    errorType: "assertion",
    errorClass: "AssertionError",
    file: "tests/api/test_cart.py",
    line: 118,
    message,
    stack: `Traceback (most recent call last):\n  File "tests/api/test_cart.py", line 118, in test_total\n    assert cart.total == Decimal("41.90")\nAssertionError: ${message}`,
    ...over,
  });
  const store: Stored[] = [];
  const suites = [
    { suite: "api", tests: 412, seconds: 180, trouble: 0.25 },
    { suite: "unit", tests: 3_184, seconds: 42, trouble: 0.06 },
    { suite: "end-to-end", tests: 96, seconds: 1_140, trouble: 0.3 },
  ];
  for (let day = 29; day >= 0; day -= 1) {
    if (day === 17 || day === 18) continue;
    for (const { suite, tests, seconds, trouble } of suites) {
      const failed = random() < trouble ? 1 + Math.floor(random() * 7) : 0;
      const last = day === 0;
      if (last) continue;
      store.push(
        stored({
          suite,
          status: failed > 0 ? "failed" : "passed",
          endedAtMs: now - day * DAY - Math.floor(random() * 400) * MINUTE,
          cases: [
            failed > 0
              ? failing("expected 41.90, got 38.10", { name: "test_total_with_discount[two coupons]" })
              : { name: "test_total_with_discount[two coupons]", durationSeconds: 0.11 + random() * 0.06 },
          ],
          counts: { passed: tests - failed, failed, skipped: 4 },
          over: { durationSeconds: seconds * (0.85 + random() * 0.35) * (day < 9 ? 1.2 : 1) },
        }),
      );
    }
  }
  const cart = failing("expected 41.90, got 38.10", {
    name: "test_total_with_discount[two coupons]",
    durationSeconds: 0.148,
    expected: '"41.90"',
    actual: '"38.10"',
  });
  store.push(
    stored({
      suite: "api",
      status: "failed",
      endedAtMs: now - 6 * MINUTE,
      cases: [
        cart,
        failing("expected status 200, got 503\nbody: upstream connect error", {
          name: "test_checkout_retries",
          testId: "2001",
        }),
        failing("Timeout: no answer from payments within 30 s", {
          name: "test_refund_is_booked_once",
          testId: "2002",
          outcome: "errored",
          errorType: "timeout",
          errorClass: "requests.exceptions.ReadTimeout",
        }),
        ...Array.from({ length: 120 }, (_, index) => ({
          testId: String(3000 + index),
          name: `test_price_rule[${index}]`,
        })),
      ],
      counts: { passed: 409, failed: 2, errored: 1, skipped: 4 },
      over: {
        durationSeconds: 231.4,
        flaky: 1,
        retries: 2,
        partsReceived: 2,
        partsExpected: 2,
        parts: [
          {
            name: "shard-1",
            format: "junit",
            source: "results/shard-1.xml",
            contentHash: "a",
            receivedAtMs: now,
            cases: 300,
            warnings: [],
          },
          {
            name: "shard-2",
            format: "junit",
            source: "results/shard-2.xml",
            contentHash: "b",
            receivedAtMs: now,
            cases: 115,
            warnings: [{ code: "COUNT_MISMATCH", message: "the report declares 116 tests and holds 115", line: 2 }],
          },
        ],
        measures: [
          ...(["avg", "p95"] as const).map((stat) => ({
            suite: "api",
            kind: "measure" as const,
            name: "api_response_time",
            measure: "api_response_time",
            stat,
            value: stat === "avg" ? 0.1423 : 0.487,
            unit: "seconds" as const,
            sourceValue: 142.3,
            sourceUnit: "ms",
          })),
        ],
        coverageFiles: Array.from({ length: 14 }, (_, index) => ({
          suite: "api",
          path: index === 0 ? "src/legacy/export.py" : `src/shop/rules/rule_${index}.py`,
          lineRatio: index === 0 ? 0.3125 : 0.97,
          branchRatio: index === 1 ? undefined : 0.5,
          functionRatio: undefined,
          uncoveredLines: index === 0 ? "3-5, 9, 40-61" : index === 1 ? undefined : index === 2 ? "" : `${index}`,
        })),
        suiteResults: [
          {
            suite: "api",
            counts: { passed: 409, failed: 2, errored: 1, skipped: 4 },
            retries: 2,
            flaky: 1,
            durationSeconds: 231.4,
            startedAtMs: now - 10 * MINUTE,
            endedAtMs: now - 6 * MINUTE,
            status: "failed",
            coverage: { lineRatio: 0.9312, branchRatio: 0.884, uncoveredFiles: ["src/legacy/export.py"] },
          },
        ],
      },
    }),
    stored({ suite: "unit", status: "passed", endedAtMs: now - 22 * MINUTE, counts: { passed: 3184, skipped: 4 } }),
    stored({ suite: "unit", status: "running", endedAtMs: now - 1 * MINUTE, counts: { passed: 811 } }),
    stored({
      suite: "unit",
      status: "failed",
      endedAtMs: now - 3 * MINUTE,
      counts: { passed: 3100, failed: 84 },
      over: { branch: "feature/checkout-redesign-2", branchLabel: "pull_request" },
    }),
    stored({
      suite: "end-to-end",
      status: "passed",
      endedAtMs: now - 100 * MINUTE,
      counts: { passed: 96 },
      over: { durationSeconds: 1_302 },
    }),
    stored({
      suite: "mobile",
      status: "partial",
      endedAtMs: now - 50 * MINUTE,
      counts: { passed: 211 },
      over: { partsReceived: 3, partsExpected: 4 },
    }),
    stored({ suite: "contracts", status: "empty", endedAtMs: now - 70 * MINUTE }),
    stored({ suite: "migrations", status: "passed", endedAtMs: now - 12 * DAY, counts: { passed: 38 } }),
  );
  return store;
}

// ---- the tests ---------------------------------------------------------------------------------------------------

const stack = await findStack(["chromium"]);

describe.skipIf(!stack.has("chromium"))("the built-in page", () => {
  let browser: Browser;
  let fake: Fake;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    [browser, fake] = await Promise.all([launchBrowser(), startFake()]);
  });
  afterAll(async () => {
    await browser?.close();
    await fake?.stop();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** A page whose console, requests and policy violations are watched: any trouble fails the test. */
  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      colorScheme: "light",
      ...options,
    });
    const page = await context.newPage();
    const trouble: string[] = [];
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("console", (message) => {
      // What an unreachable server makes the browser itself say.
      if (message.type() === "error" && !/net::ERR_|status of 404/.test(message.text())) trouble.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(fake.url)) trouble.push(`asked elsewhere: ${request.url()}`);
    });
    closing.push(async () => {
      await context.close();
      expect(trouble).toEqual([]);
    });
    await page.goto(fake.url + path);
    await page.locator("h1").waitFor();
    return page;
  }
  const shot = (page: Page, name: string, fullPage = true) =>
    page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
  const verdict = (page: Page) => page.locator("h1").getAttribute("data-verdict");
  /** Presses Tab until the focused element matches; a person without a mouse gets there the same way. */
  async function tabTo(page: Page, selector: string, most = 120): Promise<void> {
    for (let presses = 0; presses < most; presses += 1) {
      await page.keyboard.press("Tab");
      if ((await page.locator(`:is(${selector}):focus`).count()) === 1) return;
    }
    throw new Error(`${selector} was not reached within ${most} presses of Tab`);
  }

  test("says what is red now, what fails and why, and never counts a doubtful run as green", async () => {
    fake.store = month();
    const page = await open("/");
    expect(await verdict(page)).toBe("failed");
    expect(await seen(page.locator("h1"))).toBe("1 suite red, 2 without a full result, 3 passed");
    expect(await page.title()).toBe("✗ 1 red · Plumbline");
    const rows = await page
      .locator("#suites tbody tr")
      .evaluateAll((all) => all.map((row) => [...row.querySelectorAll(".badge, th a")].map((one) => one.textContent)));
    expect(rows).toEqual([
      ["Failed", "api"],
      ["Partial", "mobile"],
      ["Empty", "contracts"],
      ["Passed", "Running again", "unit"],
      ["Passed", "end-to-end"],
      ["Passed", "migrations"],
    ]);
    const failing = await seen(page.locator("#failing"));
    expect(failing).toContain("test_total_with_discount[two coupons]");
    expect(failing).toContain("expected 41.90, got 38.10");
    expect(await seen(page.locator("#suites"))).toContain("No run for 12 days");
    expect(await page.locator("#recent tbody tr").count()).toBe(25);
    await shot(page, "home-light", false);
    await shot(page, "home-light-full");
  });

  test("draws pass rate and duration, with a table of the same values", async () => {
    fake.store = month();
    const page = await open("/");
    expect(await page.locator(".plot canvas").count()).toBe(2);
    expect(await page.locator("#pass-rate .plot").getAttribute("aria-label")).toMatch(
      /^Pass rate\. Newest [\d.]+ %, lowest/,
    );
    await page.locator("#pass-rate summary").click();
    expect(await page.locator("#pass-rate tbody tr").count()).toBeGreaterThan(25);
    await page.getByRole("button", { name: "Per run" }).click();
    await page.waitForURL("**/?per=run");
    await expect.poll(() => seen(page.locator("#pass-rate .chart-caption"))).toContain("A cross is a red run");
    await page.locator("#trend").screenshot({ path: join(SHOTS, "charts-per-run.png") });
  });

  test("leads by keyboard from the home page to a run and to the message of a failing test", async () => {
    fake.store = month();
    const page = await open("/");
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.locator(":focus").getAttribute("id")).toBe("main");
    await tabTo(page, "#suites tbody a[data-run]");
    expect(await style(page.locator(":focus"), "outline-style")).toBe("solid");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/runs/*");
    await page.locator("#failing-tests .failure").first().waitFor();
    expect(await verdict(page)).toBe("failed");
    await shot(page, "run-light");
    await tabTo(page, "#failing-tests summary");
    await tabTo(page, "#failing-tests summary");
    await page.keyboard.press("Enter");
    await expect.poll(() => seen(page.locator("#failing-tests details[open]"))).toContain("Traceback");
    await tabTo(page, "#failing-tests a[data-test='2001']");
    await page.goBack();
    await page.locator("#failing a[data-test='1000']").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/tests/1000");
    await page.locator("#messages-part .failure").first().waitFor();
    expect(await seen(page.locator("#messages-part"))).toContain("expected 41.90, got 38.10");
    expect(await page.locator(".strip li").count()).toBe(50);
    await shot(page, "test-history-light");
  });

  test("shows a run's parts, warnings, coverage and measures, and finds tests by outcome and name", async () => {
    fake.store = month();
    const run = fake.store.find((one) => one.run.parts.length > 0)!.run;
    const page = await open(`/runs/${run.id}`);
    const text = await seen(page.locator("main"));
    for (const part of [
      "the report declares 116 tests and holds 115",
      "93.12 %",
      "142 ms",
      "2 of 2",
      "api_response_time",
    ]) {
      expect(text).toContain(part);
    }
    expect(await page.locator("#cases tbody tr").count()).toBe(50);
    await page.getByRole("button", { name: "Next" }).click();
    await expect.poll(() => seen(page.locator(".pager"))).toContain("Page 2");
    await page.locator("select[name=outcome]").selectOption("errored");
    await expect.poll(() => page.locator("#cases tbody tr").count()).toBe(1);
    await page.locator("select[name=outcome]").selectOption("");
    await page.locator("input[name=search]").fill("price_rule[11");
    await expect.poll(() => page.locator("#cases tbody tr").count()).toBe(11);
    expect(page.url()).toContain("search=price_rule");
    expect(await page.locator("input[name=search]:focus").count()).toBe(1);
  });

  test("shows load results, a scenario's whole first, and a line for each benchmark with its spread", async () => {
    const result = (index: number, over: object = {}) => ({
      suite: "checkout",
      scenario: "peak",
      operation: `GET /page/${index}`,
      requests: 1000,
      failures: 0,
      requestsPerSecond: 49.3,
      latency: { avg: 0.0157, p50: 0.013, p95: 0.0234, p99: 0.0247, max: 0.31 },
      ...over,
    });
    const benchmark = (stat: "avg" | "margin" | "count", value: number, name = "BenchmarkSort") => ({
      suite: "checkout",
      kind: "benchmark" as const,
      name,
      measure: "time",
      stat,
      value,
      unit: stat === "count" ? ("value" as const) : ("seconds" as const),
      sourceValue: value,
      sourceUnit: undefined,
      runnerClass: "linux-x64-8c",
    });
    fake.store = [
      stored({
        suite: "checkout",
        status: "measured",
        endedAtMs: Date.now() - MINUTE,
        over: {
          loadResults: [
            result(0, { operation: HOSTILE, failures: 1, latency: { avg: 0.2 } }),
            ...Array.from({ length: 22 }, (_, index) => result(index)),
            result(0, { operation: undefined, requests: 23_000, failures: undefined }),
          ],
          // The same name twice stays two lines.
          measures: [
            benchmark("avg", 2.5e-6),
            benchmark("margin", 1e-7),
            benchmark("count", 12),
            benchmark("avg", 9e-3),
            ...Array.from({ length: 40 }, (_, index) => benchmark("avg", 1, `b${index}`)),
          ],
        },
      }),
    ];
    const page = await open(`/runs/${fake.store[0]!.run.id}`);
    const cells = (table: string, row: number) =>
      page.locator(`#${table} tbody tr`).nth(row).locator("th, td").allInnerTexts();
    await page.locator("#load tbody tr").first().waitFor();
    expect(await cells("load", 0)).toEqual([
      "All operations\npeak",
      "23,000",
      "–",
      "49.3/s",
      "15.7 ms",
      "13.0 ms",
      "23.4 ms",
      "24.7 ms",
      "310 ms",
    ]);
    expect((await cells("load", 1)).slice(1, 6)).toEqual(["1,000", "0.10 %", "49.3/s", "200 ms", "–"]);
    expect(await page.locator("#load tbody tr").count()).toBe(20);
    await page.getByRole("button", { name: "Show all 24 results" }).click();
    expect(await page.locator("#load tbody tr").count()).toBe(24);
    expect(await cells("measures", 0)).toEqual([
      "BenchmarkSort\nlinux-x64-8c",
      "time",
      "2.50 µs",
      "100 ns",
      "–",
      "–",
      "–",
      "12",
    ]);
    expect((await cells("measures", 1)).slice(0, 4)).toEqual(["BenchmarkSort\nlinux-x64-8c", "time", "9.00 ms", "–"]);
    expect(await page.locator("#measures tbody tr").count()).toBe(30);
    // No zeros of tests that there are none of, and no failures where one scenario does not tell of its own.
    expect(await seen(page.locator(".numbers"))).toMatch(/^Requests\s+23,000\s+Measured numbers\s+44\s+Duration/);
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    await shot(page, "run-load-light");
  });

  test("shows the files of a run's coverage with their uncovered lines", async () => {
    fake.store = month();
    const run = fake.store.find((one) => one.run.coverageFiles !== undefined)!.run;
    const page = await open(`/runs/${run.id}`);
    const rows = page.locator("#coverage-files tbody tr");
    await rows.first().waitFor();
    const cells = (row: number) => rows.nth(row).locator("th, td").allInnerTexts();
    expect(await rows.count()).toBe(10);
    expect(await cells(0)).toEqual(["src/legacy/export.py", "31.25 %", "50.00 %", "–", "3-5, 9, 40-61"]);
    expect((await cells(1)).slice(2)).toEqual(["–", "–", "not named"]);
    expect((await cells(2)).at(-1)).toBe("none");
    await page.getByRole("button", { name: "Show all 14 files" }).click();
    expect(await rows.count()).toBe(14);
    const header = page.locator("#coverage-files th", { hasText: "Lines" }).first();
    await header.getByRole("button").click();
    await header.getByRole("button").click();
    expect((await cells(0))[0]).toBe("src/legacy/export.py");
    await page.locator("#coverage-part").scrollIntoViewIfNeeded();
    await shot(page, "run-coverage-light");
  });

  test("groups failures; links from elsewhere choose type and time", async () => {
    fake.store = month();
    const page = await open("/errors?from=now-30d");
    expect(await page.locator("#errors tbody tr").count()).toBe(3);
    await shot(page, "errors-light");
    await page.goto(`${fake.url}/errors?type=timeout&from=now-2h`);
    await page.locator("#errors").waitFor();
    expect(await page.locator("#errors tbody tr").count()).toBe(1);
    expect(await seen(page.locator("#errors tbody"))).toContain("no answer from payments");
    expect(await page.locator("select[name=type]").inputValue()).toBe("timeout");
    expect(await page.locator("select[name=from]").inputValue()).toBe("now-2h");
    expect(fake.asked.findLast((url) => url.startsWith("/errors"))).toMatch(/from=\d{4}-/);
  });

  test("keeps filters in the address", async () => {
    fake.store = month();
    const page = await open("/");
    await page.locator("select[name=suite]").selectOption("unit");
    await page.waitForURL("**/?suite=unit");
    await expect.poll(() => seen(page.locator("h1"))).toBe("The suite passed in its newest run");
    await page.locator("select[name=branch]").selectOption("pull_request");
    await expect.poll(() => verdict(page)).toBe("failed");
    await page.reload();
    await page.locator("#suites").waitFor();
    expect(await page.locator("select[name=branch]").inputValue()).toBe("pull_request");
    await page.goBack();
    await expect.poll(() => verdict(page)).toBe("passed");
    await page.goto(`${fake.url}/suites/shop/end-to-end`);
    await page.locator("#suites").waitFor();
    expect(await page.locator("#suites tbody th").allInnerTexts()).toEqual(["end-to-end"]);
    expect(await page.locator("#recent tbody tr").count()).toBeGreaterThan(20);
  });

  test("sorts by its headers, which say so", async () => {
    fake.store = month();
    const page = await open("/");
    const header = page.locator("#suites th", { hasText: "Duration" });
    await header.getByRole("button").click();
    expect(await header.getAttribute("aria-sort")).toBe("descending");
    expect(await seen(page.locator("#suites tbody th a").first())).toBe("end-to-end");
    await header.getByRole("button").press("Enter");
    expect(await header.getAttribute("aria-sort")).toBe("ascending");
    expect(await header.locator("button:focus").count()).toBe(1);
  });

  test("loads new results without losing focus, scroll or what is open", async () => {
    fake.store = month();
    const page = await open("/");
    await page.clock.install();
    await page.reload();
    await page.locator("#failing .failure").first().waitFor();
    await page.locator("#failing .failure summary").first().click();
    await page.locator("#recent tbody a[data-run]").nth(5).focus();
    await page.evaluate("scrollTo(0, 700)");
    const state = async () => ({
      focus: await page.locator(":focus").getAttribute("data-run"),
      open: await page.locator("#failing details[open]").count(),
    });
    const before = await state();
    expect(before).toMatchObject({ focus: expect.any(String), open: 1 });
    fake.store.push(
      stored({ suite: "unit", status: "errored", endedAtMs: Date.now(), counts: { passed: 1, errored: 1 } }),
    );
    await page.clock.runFor(11_000);
    await expect.poll(() => seen(page.locator("h1"))).toContain("2 suites red");
    expect(await state()).toEqual(before);
    expect(await page.evaluate("scrollY")).toBeGreaterThan(400);
    expect(await page.locator("#live").textContent()).toContain("2 suites red");
  });

  test("stops asking when paused", async () => {
    fake.store = month();
    const page = await open("/");
    await page.clock.install();
    await page.reload();
    await page.locator("#suites").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    fake.asked = [];
    await page.clock.runFor(60_000);
    expect(fake.asked).toEqual([]);
    await page.getByRole("button", { name: "Pause" }).click();
    await expect.poll(() => fake.asked.length).toBeGreaterThan(0);
  });

  test("tells a newcomer the exact first command", async () => {
    fake.store = [];
    const page = await open("/");
    expect(await seen(page.locator("h1"))).toBe("No runs yet");
    expect(await seen(page.locator(".command code"))).toBe(
      `plumbline ingest results.xml --server ${fake.url} --project my-project --suite unit`,
    );
    await shot(page, "empty-light");
    fake.store = [stored({ suite: "unit", status: "passed", endedAtMs: Date.now(), counts: { passed: 3 } })];
    await expect.poll(() => seen(page.locator("h1")), { timeout: 20_000 }).toBe("The suite passed in its newest run");
    await page.goto(`${fake.url}/getting-started`);
    expect(await seen(page.locator("main"))).toContain("/api/v1/reports");
    await shot(page, "getting-started-light");
  });

  test("does not go on looking green when the server is away", async () => {
    fake.store = [stored({ suite: "unit", status: "passed", endedAtMs: Date.now(), counts: { passed: 3 } })];
    const page = await open("/");
    await page.clock.install();
    await page.reload();
    await page.locator("h1[data-verdict=passed]").waitFor();
    const colour = () => style(page.locator("h1"), "color");
    const green = await colour();
    await fake.stop();
    try {
      await page.clock.runFor(11_000);
      await page.locator(".stale").waitFor();
      expect(await seen(page.locator("#stale"))).toMatch(/does not answer \(since .* UTC\)\. What you see is from/);
      expect(await page.locator("#stale").getAttribute("role")).toBe("alert");
      expect(await page.title()).toContain("No connection");
      expect(await colour()).not.toBe(green);
      await shot(page, "unreachable-light");
    } finally {
      await fake.start();
    }
    await page.getByRole("button", { name: "Try now" }).click();
    await expect.poll(() => page.locator(".stale").count()).toBe(0);
    expect(await colour()).toBe(green);
  });

  test("says what does not exist", async () => {
    const page = await open("/runs/nothing");
    expect(await seen(page.locator("h1"))).toBe("Not found");
    expect(await seen(page.locator("main"))).toContain('no run "nothing"');
  });

  test("shows hostile names and messages as text, whatever their length", async () => {
    const bad: Partial<CaseRecord> = {
      outcome: "failed",
      errorType: "assertion",
      message: HOSTILE,
      stack: HOSTILE,
      output: "\u001b[31mred\u0000",
    };
    fake.store = [
      stored({
        suite: HOSTILE,
        status: "failed",
        endedAtMs: Date.now(),
        cases: [
          { ...bad, suite: HOSTILE, name: HOSTILE, path: [HOSTILE] },
          { ...bad, suite: HOSTILE, name: LONG, testId: "2", message: LONG },
          { ...bad, suite: HOSTILE, name: "\u202egnirts desrever", testId: "3", message: undefined },
        ],
        over: {
          project: HOSTILE,
          branch: HOSTILE,
          commit: HOSTILE,
          runUrl: "javascript:window.hacked=1",
          executor: HOSTILE,
        },
      }),
    ];
    for (const path of ["/", `/runs/${fake.store[0]!.run.id}`, "/tests/1000", "/tests/2", "/errors"]) {
      for (const width of [1280, 360]) {
        const page = await open(path, { viewport: { width, height: 800 } });
        expect(await page.evaluate("window.hacked")).toBeUndefined();
        expect(await page.locator("main img, main script").count()).toBe(0);
        expect(await page.locator("[href^='javascript']").count()).toBe(0);
        expect(await overflow(page), `${path} at ${width}`).toBeLessThanOrEqual(0);
        if (path !== "/tests/2") expect(await seen(page.locator("main"))).toContain(HOSTILE);
        if (path === "/" && width === 1280) await shot(page, "hostile-light");
      }
    }
    const page = await open("/");
    await page.locator("#suites th a").click();
    await page.waitForURL("**/suites/**");
    await page.locator("#suites").waitFor();
    expect(await page.locator("#suites tbody tr").count()).toBe(1);
  });

  test("fits screens from 360 pixels up", async () => {
    fake.store = month();
    const run = fake.store.find((one) => one.run.parts.length > 0)!.run;
    const paths = {
      home: "/",
      run: `/runs/${run.id}`,
      errors: "/errors",
      test: "/tests/1000",
      start: "/getting-started",
    };
    for (const [name, path] of Object.entries(paths)) {
      const page = await open(path, { viewport: { width: 360, height: 780 } });
      await shot(page, `${name}-narrow`);
      for (const width of [360, 640, 900, 1135, 1200, 1280, 1400, 1401]) {
        await page.setViewportSize({ width, height: 780 });
        expect(await overflow(page), `${path} at ${width}`).toBeLessThanOrEqual(0);
        if (width === 900) await shot(page, `${name}-tablet`, false);
      }
    }
  });

  test.each(["light", "dark"] as const)("has enough contrast in %s", async (colorScheme) => {
    fake.store = month();
    const run = fake.store.find((one) => one.run.parts.length > 0)!.run;
    for (const [name, path] of [
      ["home", "/"],
      ["run", `/runs/${run.id}`],
      ["test-history", "/tests/1000"],
      ["errors", "/errors"],
    ] as const) {
      const page = await open(path, { colorScheme });
      expect(await lowContrast(page), `${path} in ${colorScheme}`).toEqual([]);
      if (colorScheme === "dark") await shot(page, `${name}-dark`, false);
    }
  });
});

describe.skipIf(!stack.has("chromium"))("the built-in page of the real server", () => {
  test("shows a report that was just sent, and leads to the test's history", async () => {
    const server = await startServer({
      name: "plumbline",
      command: process.execPath,
      args: ({ port, folder }) => [
        resolve(import.meta.dirname, "../../src/cli/main.ts"),
        "serve",
        `--store=sqlite:${join(folder, "plumbline.db")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--web.route-prefix=${PREFIX}`,
      ],
      readyPath: `${PREFIX}/-/ready`,
    });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const trouble: string[] = [];
      page.on("pageerror", (error) => trouble.push(String(error)));
      page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
      await page.goto(server.url + PREFIX);
      await page.getByRole("heading", { name: "No runs yet" }).waitFor();
      const report = `<testsuite name="shop"><testcase classname="Cart" name="adds" time="0.1"/>
        <testcase classname="Cart" name="totals &lt;b&gt;" time="0.2"><failure message="expected 41.90, got 38.10">at cart.ts:12</failure></testcase></testsuite>`;
      const sent = await fetch(`${server.url}${PREFIX}/api/v1/reports?project=shop&suite=unit&parts=1`, {
        method: "POST",
        body: report,
      });
      expect(sent.ok, await sent.text()).toBe(true);
      await page.reload();
      await page.locator("h1[data-verdict=failed]").waitFor();
      expect(await seen(page.locator("#failing"))).toContain("expected 41.90, got 38.10");
      await page.locator("#suites a[data-run]").click();
      await page.locator("#cases-part tbody tr").nth(1).waitFor();
      expect(await seen(page.locator("#cases-part tbody"))).toContain("adds");
      await page.locator("#failing-tests h3 a").click();
      await page.getByRole("heading", { name: "totals <b>" }).waitFor();
      expect(await seen(page.locator("#messages-part"))).toContain("expected 41.90, got 38.10");
      for (const path of ["/errors", "/suites/shop/unit"]) {
        await page.goto(server.url + PREFIX + path);
        await page.locator("main table.cards").first().waitFor();
        expect(await seen(page.locator("main"))).toContain("expected 41.90, got 38.10");
      }
      await page.goto(`${server.url}${PREFIX}/runs/nothing`);
      await page.getByRole("heading", { name: "Not found" }).waitFor();
      await page.setViewportSize({ width: 360, height: 780 });
      for (const path of ["/runbooks/TestFailureSpike", "/problems/STORE_FULL"]) {
        await page.goto(server.url + PREFIX + path);
        expect(await style(page.locator("body"), "overflow-wrap"), "the page's policy allows its style").toBe(
          "anywhere",
        );
        expect(await overflow(page), path).toBeLessThanOrEqual(0);
      }
      expect(trouble.filter((line) => !line.includes("404"))).toEqual([]);
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});

// What runs in the browser takes its document from an element: this project's types know no DOM.

/** Text as it shows: what is hidden is left out. */
const seen = (locator: Locator): Promise<string> => locator.innerText();

const style = (locator: Locator, property: string): Promise<string> =>
  locator.evaluate(
    (one, name) => String(one.ownerDocument.defaultView.getComputedStyle(one).getPropertyValue(name)),
    property,
  );

/** Pixels by which the page is wider than its window, or a table than its place in a section. */
const overflow = (page: Page): Promise<number> =>
  page.locator("html").evaluate((html) => {
    const tables = [...html.ownerDocument.querySelectorAll("section table.cards")].map(
      (table) => table.getBoundingClientRect().right - table.parentElement.getBoundingClientRect().right,
    );
    return Math.max(html.scrollWidth - html.clientWidth, ...tables);
  });

/** Visible text below WCAG AA (4.5; 3 for large), by the colours the browser computed. */
const lowContrast = (page: Page): Promise<string[]> =>
  page.locator("html").evaluate((html): string[] => {
    type Node = {
      parentElement: Node | null;
      nodeValue: string;
      closest(s: string): Node | null;
      checkVisibility(): boolean;
    };
    const document = html.ownerDocument;
    const computed = (one: Node) => document.defaultView.getComputedStyle(one);
    const parse = (text: string): number[] => (text.match(/[\d.]+/g) ?? []).map(Number);
    const over = (top: number[], below: number[]): number[] => {
      const alpha = top[3] ?? 1;
      return [0, 1, 2].map((i) => top[i]! * alpha + below[i]! * (1 - alpha));
    };
    const luminance = (rgb: number[]): number => {
      const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const background = (one: Node | null): number[] => {
      if (one === null) return [255, 255, 255];
      const own = parse(computed(one).backgroundColor);
      return (own[3] ?? 1) === 1 ? own : over(own, background(one.parentElement));
    };
    const opacity = (one: Node | null): number =>
      one === null ? 1 : Number(computed(one).opacity) * opacity(one.parentElement);
    const found: string[] = [];
    const texts = document.createTreeWalker(document.body, 4);
    for (let node: Node | null = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const parent = node.parentElement!;
      const text = node.nodeValue.trim();
      if (text === "" || !parent.checkVisibility()) continue;
      if (parent.closest("[aria-hidden=true], .skip, .hidden, :disabled, option, noscript") !== null) continue;
      const below = background(parent);
      const colour = parse(computed(parent).color);
      const seen = over([...colour.slice(0, 3), (colour[3] ?? 1) * opacity(parent)], below);
      const [a, b] = [luminance(seen), luminance(below)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = Number.parseFloat(computed(parent).fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(computed(parent).fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) found.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return found;
  });
