/** The suites of the world: when they run, who owns them, and what their reports say at a given moment. */
import type { Random } from "../../bench/detection/random.ts";
import { goBench, istanbulSummary, jmeterCsv, junitXml, measuresJson, type TestResult } from "./reports.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A report as a CI step would send it. */
export interface Report {
  readonly name: string;
  readonly text: string;
}

/** Where a run stands in the history: for what happens at a certain time. */
export interface Moment {
  /** 0 at the beginning of the history, 1 at its end. */
  readonly part: number;
  readonly startMs: number;
  readonly run: number;
  readonly random: Random;
  readonly eventful: boolean;
  readonly environment: string;
}

export interface SuitePlan {
  readonly project: string;
  readonly suite: string;
  readonly team: string;
  readonly component: string;
  readonly kind?: "security" | "strategic";
  readonly everyMs: number;
  readonly environments: readonly string[];
  /** A release branch runs six times as seldom, and only in an eventful world. */
  readonly release?: boolean;
  /** Usual wall time. */
  readonly seconds: number;
  readonly reports: (moment: Moment, seconds: number) => readonly Report[];
}

/** Parts of the history (0 to 1) in which something happens. */
export const EVENTS = {
  /** Most runs of shop/api fail. */
  badDay: [0.62, 0.665],
  /** From here on a benchmark needs 30 % more time. */
  regression: 0.55,
  /** Latency of the load test beyond its limit. */
  slowLoad: [0.78, 0.84],
  /** Coverage of shop/unit below its limit from here on. */
  coverage: 0.9,
  /** Plumbline does not answer. */
  down: [0.4, 0.401],
} as const;

export const within = (part: number, [from, to]: readonly [number, number]): boolean => part >= from && part < to;

/**
 * Most runs pass. `noisy` of them have failures, up to 3 % of their tests (at least one); flaky tests come on top: they need a second
 * try at times, or fail. On a bad day each test fails with `badRatio`.
 */
function testsOf(
  { random }: Moment,
  count: number,
  usual: { noisy: number; flaky: number; skipped: number; seconds: number; badRatio?: number | undefined },
): TestResult[] {
  const failures = random.chance(usual.noisy) ? random.whole(1, Math.max(1, Math.floor(0.03 * count))) : 0;
  const failing = new Set(Array.from({ length: failures }, () => random.whole(usual.skipped, count - usual.flaky - 1)));
  return Array.from({ length: count }, (_, i): TestResult => {
    const name = `handles case ${i + 1}`;
    const seconds = Math.max(0.001, usual.seconds * (0.5 + ((i * 7) % 11) / 10) * (1 + 0.1 * random.normal()));
    if (i < usual.skipped) return { name, seconds: 0, outcome: "skipped" };
    if (i >= count - usual.flaky && random.chance(0.1)) {
      const message = "timed out waiting for element";
      return { name, seconds, outcome: random.chance(0.7) ? "flaky" : "failed", message };
    }
    if (!failing.has(i) && !random.chance(usual.badRatio ?? 0)) return { name, seconds, outcome: "passed" };
    return i % 3 === 0
      ? { name, seconds, outcome: "errored", message: "connect ECONNREFUSED 10.0.0.7:5432" }
      : { name, seconds, outcome: "failed", message: `expected ${i} to be ${i + 1}` };
  });
}

/** Around `value` with a spread of 4 %. */
const around = (random: Random, value: number, count = 1): number[] =>
  Array.from({ length: count }, () => value * (1 + 0.04 * random.normal()));

export const SUITES: readonly SuitePlan[] = [
  {
    ...{ project: "shop", suite: "unit", team: "checkout", component: "basket" },
    ...{ everyMs: 15 * MINUTE, environments: ["ci"], release: true, seconds: 90 },
    reports: (moment, seconds) => {
      const tests = testsOf(moment, 60, { noisy: 0.01, flaky: 1, skipped: 2, seconds: 0.4 });
      const covered = moment.eventful && moment.part > EVENTS.coverage ? 0.93 : 0.962;
      return [
        { name: "unit.xml", text: junitXml("unit", tests, { startMs: moment.startMs, seconds }) },
        { name: "coverage-summary.json", text: istanbulSummary(covered + 0.002 * moment.random.normal() * 0.5) },
      ];
    },
  },
  {
    ...{ project: "shop", suite: "api", team: "checkout", component: "api" },
    ...{ everyMs: 15 * MINUTE, environments: ["ci", "staging"], release: true, seconds: 180 },
    reports: (moment, seconds) => {
      const bad = moment.eventful && moment.environment === "ci" && within(moment.part, EVENTS.badDay);
      const usual = { noisy: 0.01, flaky: 1, skipped: 1, seconds: 0.8, badRatio: bad ? 0.35 : undefined };
      const tests = testsOf(moment, 40, usual);
      return [{ name: "api.xml", text: junitXml("api", tests, { startMs: moment.startMs, seconds }) }];
    },
  },
  {
    ...{ project: "shop", suite: "web", team: "frontend", component: "cart" },
    ...{ everyMs: HOUR, environments: ["ci"], release: true, seconds: 600 },
    reports: (moment, seconds) => {
      const tests = testsOf(moment, 35, { noisy: 0.05, flaky: moment.eventful ? 4 : 1, skipped: 2, seconds: 8 });
      return [{ name: "web.xml", text: junitXml("web", tests, { startMs: moment.startMs, seconds }) }];
    },
  },
  {
    ...{ project: "shop", suite: "api-performance", team: "checkout", component: "api" },
    ...{ everyMs: 30 * MINUTE, environments: ["staging"], seconds: 60 },
    reports: ({ random, startMs, part, eventful }) => {
      // In an eventful world memory comes near its limit and over it.
      const memory = eventful ? 1500 * (1 + 0.6 * part) : 1500;
      const measures = {
        api_response_time: { unit: "ms", samples: around(random, 120, 12) },
        database_query_time: { unit: "ms", samples: around(random, 40) },
        page_load_time: { unit: "s", samples: around(random, 0.15) },
        memory_usage: { unit: "MiB", samples: around(random, memory) },
        cpu_utilization: { unit: "%", samples: around(random, 45) },
      };
      return [{ name: "measures.json", text: measuresJson("api-performance", startMs, measures) }];
    },
  },
  {
    ...{ project: "shop", suite: "load", team: "performance", component: "checkout" },
    ...{ everyMs: 2 * HOUR, environments: ["staging"], seconds: 120 },
    reports: (moment, seconds) => {
      const slow = moment.eventful && within(moment.part, EVENTS.slowLoad) ? 8 : 1;
      const operation = (scenario: string, label: string, requests: number, usual: number) => ({
        ...{ scenario, label, requests, seconds: usual * slow, failRatio: slow > 1 ? 0.03 : 0.001 },
      });
      const operations = [operation("Browse", "GET /products", 60, 0.08), operation("Buy", "POST /orders", 30, 0.12)];
      return [{ name: "results.jtl", text: jmeterCsv(operations, moment.startMs, seconds, moment.random) }];
    },
  },
  {
    ...{ project: "data", suite: "benchmarks", team: "platform", component: "engine" },
    ...{ everyMs: HOUR, environments: ["ci"], seconds: 60 },
    reports: ({ random, part, eventful }) => {
      const slower = eventful && part > EVENTS.regression ? 1.3 : 1;
      const results = {
        Encode: { ns: around(random, 1800)[0]! * slower, bytes: 512 },
        Decode: { ns: around(random, 2600)[0]! },
        Query: { ns: around(random, 54_000)[0]! },
      };
      return [{ name: "bench.txt", text: goBench(results) }];
    },
  },
  {
    ...{ project: "data", suite: "pipeline", team: "platform", component: "engine" },
    ...{ everyMs: HOUR, environments: ["ci"], seconds: 300 },
    reports: (moment, seconds) => {
      const tests = testsOf(moment, 45, { noisy: 0.03, flaky: 1, skipped: 0, seconds: 3 });
      return [{ name: "pipeline.xml", text: junitXml("pipeline", tests, { startMs: moment.startMs, seconds }) }];
    },
  },
  {
    ...{ project: "data", suite: "nightly", team: "platform", component: "engine", kind: "strategic" },
    ...{ everyMs: DAY, environments: ["staging"], seconds: 2400 },
    reports: (moment, seconds) => {
      const tests = testsOf(moment, 150, { noisy: 0.2, flaky: 2, skipped: 5, seconds: 10 });
      return [{ name: "nightly.xml", text: junitXml("nightly", tests, { startMs: moment.startMs, seconds }) }];
    },
  },
  {
    ...{ project: "shop", suite: "security", team: "security", component: "api", kind: "security" },
    ...{ everyMs: DAY, environments: ["ci"], seconds: 900 },
    reports: (moment, seconds) => {
      const tests = testsOf(moment, 30, { noisy: 0.05, flaky: 0, skipped: 1, seconds: 20 });
      return [{ name: "security.xml", text: junitXml("security", tests, { startMs: moment.startMs, seconds }) }];
    },
  },
];
