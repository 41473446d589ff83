/** TestRunFailed: one failing test in the newest run, at once, until a better run comes. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import {
  apiQuery,
  type Firing,
  HOSTILE,
  HOSTILE_IN_URL,
  HOUR,
  type Labels,
  links,
  newestRuns,
  onReplica,
  owner,
  phases,
  type RuleTest,
  series,
  suite,
  unowned,
} from "./support.ts";

interface Message {
  /** What fails, in the sentence; left out: the run errored as a whole. */
  readonly tests?: string;
  readonly executed: number | "unknown";
  readonly usual: number | "unknown";
  readonly at: number | "";
}
const failed = ({ tests, executed, usual, at }: Message, labels: Labels = {}): Firing => ({
  labels: { ...suite, severity: "warning", kind: "tests", team: "payments", component: "checkout", ...labels },
  annotations: {
    summary: `shop/api (main, ci): ${tests === undefined ? "the run errored as a whole" : `${tests}, limit 0`}`,
    description:
      (tests === undefined
        ? "The run of suite api in project shop (branch main, environment ci) errored as a whole: 0 of its tests fail, but its tool reports an error"
        : `${tests} in suite api in project shop (branch main, environment ci)`) +
      `. The limit is 0 failing tests and no error, and no better run came in. The newest run executed ${executed} tests (usual: ${usual}).`,
    ...links("TestRunFailed", apiQuery, String(at)),
  },
});
const twelve = (at: number, labels: Labels = {}): Firing =>
  failed({ tests: "12 tests fail", executed: 320, usual: 320, at }, labels);

const good = { status: "passed", passed: 320 };
const bad = { status: "failed", passed: 308, failed: 12 };

export const testRunFailed: readonly RuleTest[] = [
  {
    name: "a healthy suite is silent, and so is one whose newest run says nothing",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: HOUR, ...good, skipped: 3 }),
      ...newestRuns({ ...suite, suite: "empty" }, { seconds: HOUR, status: "empty", skipped: 5 }),
      ...newestRuns({ ...suite, suite: "broken-off" }, { seconds: HOUR, status: "partial", passed: 5 }),
      ...newestRuns({ ...suite, suite: "cancelled" }, { seconds: HOUR, status: "cancelled", passed: 5, errored: 2 }),
    ],
    checks: [["5m", []]],
  },
  {
    name: "a failing run warns at once, and resolves 2 minutes after a good one",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: 60, ...good }, { seconds: 240, ...bad }, { seconds: HOUR, ...good }),
    ],
    checks: [
      ["55s", []],
      ["1m", [twelve(60)]],
      ["4m55s", [twelve(60)]],
      ["6m55s", [twelve(60)]],
      ["7m", []],
    ],
  },
  {
    name: "one failing test of a suite of three is enough, in the first run of a new suite",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: 60 }, { seconds: HOUR, status: "failed", passed: 2, failed: 1 }),
    ],
    checks: [
      ["55s", []],
      ["1m", [failed({ tests: "1 test fails", executed: 3, usual: 3, at: 60 })]],
    ],
  },
  {
    name: "a run that errored with no failing test says so, and how much is missing",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: 60, ...good }, { seconds: HOUR, status: "errored", passed: 40 }),
    ],
    checks: [
      ["55s", []],
      ["1m", [failed({ executed: 40, usual: 320, at: 60 })]],
    ],
  },
  ...(["empty", "partial", "cancelled"] as const).map(
    (status): RuleTest => ({
      name: `a run that is ${status} after a failing one takes nothing back, and after a good one it says nothing`,
      series: [
        owner("payments"),
        ...newestRuns(
          suite,
          { seconds: 60, ...bad },
          { seconds: 240, status, passed: status === "empty" ? 0 : 4, skipped: 9 },
          { seconds: 120, ...good },
          { seconds: HOUR, status, passed: status === "empty" ? 0 : 4, skipped: 9 },
        ),
      ],
      checks: [
        ["4m55s", [failed({ tests: "12 tests fail", executed: status === "empty" ? 0 : 4, usual: 320, at: 60 })]],
        ["7m", []],
        ["9m", []],
      ],
    }),
  ),
  {
    name: "failures of a run that broke off are failures",
    series: [
      owner("payments"),
      ...newestRuns(
        suite,
        { seconds: 60, ...good },
        { seconds: HOUR, status: "partial", passed: 4, failed: 1, errored: 1 },
      ),
    ],
    checks: [
      ["55s", []],
      ["1m", [failed({ tests: "2 tests fail", executed: 6, usual: 320, at: 60 })]],
    ],
  },
  {
    name: "a run that fails by its surroundings is another alert's, and takes nothing back",
    series: [
      owner("payments"),
      ...newestRuns(
        suite,
        { seconds: 60, ...good },
        { seconds: 60, status: "failed", passed: 20, failed: 300 },
        { seconds: 60, ...bad },
        { seconds: HOUR, status: "failed", passed: 20, failed: 300 },
      ),
      [series(M.errorAffectedTests, { ...suite, error_type: "network" }), phases(["_", 60], [300, HOUR])],
      [series(M.errorLastOccurrence, { ...suite, error_type: "network" }), phases(["_", 60], [60, 120], [180, HOUR])],
    ],
    checks: [
      ["1m55s", []],
      ["2m", [twelve(120)]],
      ["5m30s", [failed({ tests: "12 tests fail", executed: 320, usual: 320, at: 180 })]],
    ],
  },
  {
    name: "pull requests and the overflow suite never warn",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) =>
      newestRuns({ ...suite, ...labels }, { seconds: HOUR, ...bad }),
    ),
    checks: [["5m", []]],
  },
  {
    name: "a suite without an owner row warns all the same",
    series: newestRuns(suite, { seconds: HOUR, ...bad }),
    checks: [["1m", [twelve(1, unowned)]]],
  },
  {
    name: "replicas warn once",
    series: ["plumbline-1:10970", "plumbline-2:10970"].flatMap((replica) => [
      owner("payments", onReplica(replica, suite)),
      ...newestRuns(onReplica(replica, suite), { seconds: HOUR, ...bad }),
    ]),
    checks: [["2m", [twelve(1)]]],
  },
  {
    name: "a restart of Plumbline resolves nothing, and a retired suite ends",
    series: [
      owner("payments", suite, phases([1, 120], ["stale", 5], ["_", 60], [1, HOUR])),
      ...newestRuns(suite, { seconds: 120, ...bad }).map(
        ([name, values]) => [name, `${values} stale _x12 ${values.replace(/^(\d+)x.*/, "$1x23")} stale`] as const,
      ),
    ],
    checks: [
      ["3m", [twelve(1)]],
      ["5m", [twelve(1)]],
      ["8m30s", []],
    ],
  },
  {
    name: "no label breaks a message",
    series: newestRuns({ ...suite, suite: HOSTILE }, { seconds: HOUR, ...bad, end: 60 }),
    checks: [
      [
        "1m",
        [
          {
            labels: { ...twelve(60, unowned).labels, suite: HOSTILE },
            annotations: {
              ...renamed(twelve(60).annotations, "api", HOSTILE),
              ...links("TestRunFailed", apiQuery.replace("api", HOSTILE_IN_URL), "60"),
            },
          },
        ],
      ],
    ],
  },
];

function renamed(texts: Labels, from: string, to: string): Labels {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.replace(from, () => to)]));
}
