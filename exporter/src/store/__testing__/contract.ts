/**
 * The contract of `model/store.ts` as tests. Every store must pass: `describeStoreContract("sqlite", open)`. What only one kind
 * of store has (files, locks, schema) is tested beside that store.
 */
import { afterEach, beforeEach, describe } from "vitest";
import type { Store } from "../../model/store.ts";
import { describeActive } from "./contract-active.ts";
import { describeAlerts } from "./contract-alerts.ts";
import { describeBaselines } from "./contract-baselines.ts";
import { describeCompletion } from "./contract-completion.ts";
import { describeDeviations } from "./contract-deviations.ts";
import { describeIngest } from "./contract-ingest.ts";
import { describeLoad } from "./contract-load.ts";
import { describeMetrics } from "./contract-metrics.ts";
import { describeNewest } from "./contract-newest.ts";
import { describeOutcomes } from "./contract-outcomes.ts";
import { describeQueries } from "./contract-queries.ts";
import { describeRandom } from "./contract-random.ts";
import { describeRetries } from "./contract-retries.ts";
import { describeSeries } from "./contract-series.ts";
import { describeSuites } from "./contract-suites.ts";
import { Clock, type Opened, type OpenStore, type Overrides, type PartSpec, putPart, settingsOf } from "./support.ts";

/** What each test gets, anew. */
export interface Bench {
  readonly clock: Clock;
  readonly store: Store;
  readonly opened: Opened;
  /** Another store, with other settings; closed after the test. */
  open(overrides: Overrides): Promise<Opened>;
  /** One part in a transaction of its own. */
  put(spec?: PartSpec): ReturnType<typeof putPart>;
}

export function describeStoreContract(name: string, open: OpenStore): void {
  describe(`${name} keeps the contract`, () => {
    const bench = {} as { -readonly [K in keyof Bench]: Bench[K] };
    let all: Opened[] = [];
    beforeEach(async () => {
      bench.clock = new Clock();
      bench.open = async (overrides) => {
        const one = await open(settingsOf(bench.clock, overrides));
        all.push(one);
        return one;
      };
      bench.opened = await bench.open({});
      bench.store = bench.opened.store;
      bench.put = (spec) => putPart(bench.store, bench.clock, spec);
    });
    afterEach(async () => {
      for (const one of all) await one.close();
      all = [];
    });

    describe("ingest", () => describeIngest(bench));
    describe("runs complete", () => describeCompletion(bench));
    describe("attempts", () => describeRetries(bench));
    describe("newest runs", () => describeNewest(bench));
    describe("metrics", () => describeMetrics(bench));
    describe("load tests", () => describeLoad(bench));
    describe("series", () => describeSeries(bench));
    describe("deviations", () => describeDeviations(bench));
    describe("alerts", () => describeAlerts(bench));
    describe("baselines", () => describeBaselines(bench));
    describe("outcomes", () => describeOutcomes(bench));
    describe("active runs", () => describeActive(bench));
    describe("suites", () => describeSuites(bench));
    describe("queries", () => describeQueries(bench));
    describe("any sequence of operations", () => describeRandom(open));
  });
}
