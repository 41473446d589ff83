/** Which tests are flaky, and which failing ones are defects: a store's histories, judged, with the quarantine of the configuration. */
import type { Defect } from "../analysis/outcomes/defect.ts";
import { FLAKY_STATES, type Flakiness, type FlakyState } from "../analysis/outcomes/flaky.ts";
import { type JudgedTest, judgedRuns, judgeTest } from "../analysis/outcomes/tests.ts";
import { isExpired, type QuarantineEntry, quarantineLookup } from "../config/quarantine.ts";
import type { SuiteFilter, SuiteRun, SuiteRuns } from "../model/outcomes.ts";
import type { StoreReader } from "../model/store.ts";
import { executedOf, totalOf } from "../model/test.ts";
import { Worst } from "./worst.ts";

export type OutcomeReader = Pick<StoreReader, "suiteRuns" | "troubledTests">;

export interface HealthQuery extends SuiteFilter {
  /** Newest runs of each suite that are looked at. */
  readonly runs: number;
  /** Most tests in the answer. */
  readonly limit: number;
}

export interface SuspectRun extends Pick<SuiteRun, "runId" | "runUuid" | "endedAtMs"> {
  readonly failed: number;
  readonly executed: number;
}

/** What the answer rests on. */
export interface SuiteHealth {
  readonly project: string;
  readonly suite: string;
  readonly environment: string;
  readonly branch: string;
  /** Looked at, with the suspect ones. */
  readonly runs: number;
  /** Runs in which most cases failed, where that is not usual: they are not counted. */
  readonly suspectRuns: readonly SuspectRun[];
  /** Of the newest run. */
  readonly cases: number;
  /** Tests that failed or were tried again in a counted run; the others always passed. */
  readonly troubled: number;
  /** Troubled ones that the newest runs do not hold any more. */
  readonly gone: number;
}

export interface TestPlace extends Pick<SuiteHealth, "project" | "suite" | "environment" | "branch"> {
  readonly testId: string;
  readonly path: readonly string[];
  readonly name: string;
  readonly lastFailure:
    | {
        readonly runId: string;
        readonly runUuid: string;
        readonly commit: string | undefined;
        readonly endedAtMs: number;
        readonly signature: string | undefined;
        readonly passedOnRetry: boolean;
      }
    | undefined;
  readonly quarantine:
    | (Pick<QuarantineEntry, "owner" | "expires" | "reason"> & { readonly state: "active" | "expired" })
    | undefined;
}

export interface FlakyTest extends TestPlace, Flakiness {
  readonly transitions: number;
}

export interface DefectTest extends TestPlace, Omit<Defect, "doubts" | "signature"> {
  readonly doubts: Defect["doubts"];
  readonly signature: string | undefined;
  /** As `FlakyTest.state`: a defect of a flaky test may be none. */
  readonly testState: FlakyState;
}

export interface FlakyReport {
  /** The worst first. */
  readonly tests: readonly FlakyTest[];
  /** All troubled tests by state, also those that are not in the answer. */
  readonly states: Readonly<Record<FlakyState, number>>;
  /** Tests that fit and are beyond the limit. */
  readonly more: number;
  readonly suites: readonly SuiteHealth[];
}

export interface DefectReport {
  /** Confirmed ones first, then by failures in a row. */
  readonly defects: readonly DefectTest[];
  readonly confirmed: number;
  readonly suspected: number;
  readonly more: number;
  readonly suites: readonly SuiteHealth[];
}

/** What is asked about the tests, besides what is in the store. */
export interface HealthContext {
  readonly quarantine: readonly QuarantineEntry[];
  readonly nowMs: number;
}

/** Those worth a look: all but tests that only ever had one bad moment, unless they are in quarantine. */
const WORTH: readonly FlakyState[] = ["flaky", "broken", "failing"];
const RANK: readonly FlakyState[] = ["flaky", "broken", "failing", "new", "stable"];

/** `states`: only these; undefined: what is flaky, broken or failing, and what is in quarantine. */
export async function flakyReport(
  reader: OutcomeReader,
  query: HealthQuery & { readonly states?: readonly FlakyState[] | undefined },
  context: HealthContext,
): Promise<FlakyReport> {
  const states = Object.fromEntries(FLAKY_STATES.map((state) => [state, 0])) as Record<FlakyState, number>;
  const kept = new Worst<FlakyTest>(query.limit, worseTest);
  const suites = await eachTest(reader, query, context, (place, judged) => {
    states[judged.state]++;
    const { defect: _, lastFailure: __, ...rest } = judged;
    const wanted =
      query.states?.includes(judged.state) ?? (WORTH.includes(judged.state) || place.quarantine !== undefined);
    if (wanted) kept.add({ ...place, ...rest });
  });
  return { tests: kept.items(), states, more: kept.more, suites };
}

/** By state, then by the rate that is proven: one proof in six runs does not lead. */
const worseTest = (a: FlakyTest, b: FlakyTest): number =>
  RANK.indexOf(a.state) - RANK.indexOf(b.state) ||
  (b.interval?.[0] ?? 0) - (a.interval?.[0] ?? 0) ||
  b.failures - a.failures ||
  byPlace(a, b);

export async function defectReport(
  reader: OutcomeReader,
  query: HealthQuery,
  context: HealthContext,
): Promise<DefectReport> {
  const counts = { confirmed: 0, suspected: 0 };
  const kept = new Worst<DefectTest>(query.limit, worseDefect);
  const suites = await eachTest(reader, query, context, (place, { defect, state }) => {
    if (defect === undefined) return;
    counts[defect.state]++;
    kept.add({ ...place, ...defect, testState: state });
  });
  return { defects: kept.items(), ...counts, more: kept.more, suites };
}

const worseDefect = (a: DefectTest, b: DefectTest): number =>
  Number(b.state === "confirmed") - Number(a.state === "confirmed") || b.failures - a.failures || byPlace(a, b);

/** So that equal ones come in one order, whatever the store's. */
function byPlace(a: TestPlace, b: TestPlace): number {
  const key = ({ project, suite, environment, branch, path, name }: TestPlace) =>
    [project, suite, environment, branch, ...path, name].join("\0");
  const [left, right] = [key(a), key(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const SUITES_AT_ONCE = 100;

async function eachTest(
  reader: OutcomeReader,
  { runs, limit: _, ...filter }: HealthQuery,
  { quarantine, nowMs }: HealthContext,
  take: (place: TestPlace, judged: JudgedTest) => void,
): Promise<SuiteHealth[]> {
  const { project, suite, environment, branch } = filter;
  const entryOf = quarantineLookup(quarantine, nowMs);
  const found: SuiteHealth[] = [];
  for (let cursor: string | undefined, isMore = true; isMore; isMore = cursor !== undefined) {
    const page = await reader.suiteRuns({ project, suite, environment, branch }, runs, {
      limit: SUITES_AT_ONCE,
      cursor,
    });
    for (const one of page.items) found.push(await eachOfSuite(reader, one, take, entryOf, nowMs));
    cursor = page.nextCursor;
  }
  return found;
}

async function eachOfSuite(
  reader: OutcomeReader,
  { project, suite, environment, branch, runs }: SuiteRuns,
  take: (place: TestPlace, judged: JudgedTest) => void,
  entryOf: ReturnType<typeof quarantineLookup>,
  nowMs: number,
): Promise<SuiteHealth> {
  const scope = { project, suite, environment, branch };
  const { counted, suspects } = judgedRuns(runs);
  let [troubled, gone] = [0, 0];
  const uuids = counted.map(({ runUuid }) => runUuid);
  for await (const { testId, path, name, results } of reader.troubledTests(suite, uuids)) {
    troubled++;
    const judged = judgeTest(counted, { results });
    if (judged === undefined) gone++;
    else {
      const entry = entryOf({ project, suite, path, name });
      const { lastFailure } = judged;
      take(
        {
          ...scope,
          testId,
          path,
          name,
          lastFailure: lastFailure && {
            runId: lastFailure.run.runId,
            runUuid: lastFailure.run.runUuid,
            commit: lastFailure.run.commit,
            endedAtMs: lastFailure.run.endedAtMs,
            signature: lastFailure.signature,
            passedOnRetry: lastFailure.passedOnRetry,
          },
          quarantine: entry && {
            owner: entry.owner,
            expires: entry.expires,
            reason: entry.reason,
            state: isExpired(entry, nowMs) ? "expired" : "active",
          },
        },
        judged,
      );
    }
  }
  const newest = runs.at(-1);
  return {
    ...scope,
    runs: runs.length,
    suspectRuns: suspects.map(({ runId, runUuid, endedAtMs, counts }) => {
      return { runId, runUuid, endedAtMs, failed: counts.failed + counts.errored, executed: executedOf(counts) };
    }),
    cases: newest === undefined ? 0 : totalOf(newest.counts),
    troubled,
    gone,
  };
}
