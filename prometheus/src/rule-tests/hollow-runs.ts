/** Cases that the alerts about runs with too little in them share: what such a run is differs, what has to happen does not. */
import {
  apiQuery,
  type Firing,
  HOUR,
  type Labels,
  links,
  type NewestRun,
  newestRuns,
  onReplica,
  owner,
  phases,
  type RuleTest,
  suite,
  unowned,
} from "./support.ts";

interface Kind {
  readonly alert: string;
  /** The run that warns. */
  readonly run: Omit<NewestRun, "seconds">;
  /** One much like it that does not. */
  readonly other: Omit<NewestRun, "seconds">;
  readonly message: (usual: string) => Labels;
  /** What is usual after the first run of a suite; left out: not known. */
  readonly firstUsual?: string;
}

export function hollowRuns({ alert, run, other, message, firstUsual = "unknown" }: Kind): readonly RuleTest[] {
  const firing = (usual: string, at: number, labels: Labels = {}): Firing => ({
    labels: { ...suite, severity: "warning", kind: "tests", team: "payments", component: "checkout", ...labels },
    annotations: { ...message(usual), ...links(alert, apiQuery, String(at)) },
  });
  const good = { status: "passed", passed: 320 };
  return [
    {
      name: "runs with tests are silent, however they end, and so is a run that resembles",
      series: [
        owner("payments"),
        ...newestRuns(suite, { seconds: HOUR, ...good, skipped: 3 }),
        ...newestRuns({ ...suite, suite: "web" }, { seconds: HOUR, status: "failed", failed: 3 }),
        ...newestRuns({ ...suite, suite: "crashed" }, { seconds: HOUR, status: "errored" }),
        ...newestRuns({ ...suite, suite: "like" }, { seconds: HOUR, ...other }),
      ],
      checks: [["5m", []]],
    },
    {
      name: "such a run warns at once, says what is usual, and resolves 2 minutes after a good one",
      series: [
        owner("payments"),
        ...newestRuns(suite, { seconds: 60, ...good }, { seconds: 120, ...run }, { seconds: HOUR, ...good }),
      ],
      checks: [
        ["55s", []],
        ["1m", [firing("320", 60)]],
        ["4m55s", [firing("320", 60)]],
        ["5m", []],
      ],
    },
    {
      name: "the first run of a new suite warns as well: nothing is usual yet",
      series: [owner("payments"), ...newestRuns(suite, { seconds: 60 }, { seconds: HOUR, ...run })],
      checks: [
        ["55s", []],
        ["1m", [firing(firstUsual, 60)]],
      ],
    },
    {
      name: "pull requests and the overflow suite never warn",
      series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) =>
        newestRuns({ ...suite, ...labels }, { seconds: HOUR, ...run }),
      ),
      checks: [["5m", []]],
    },
    {
      name: "a suite without an owner row warns all the same",
      series: newestRuns(suite, { seconds: HOUR, ...run }),
      checks: [["1m", [firing(firstUsual, 1, unowned)]]],
    },
    {
      name: "replicas warn once, and a restart of one or both resolves nothing",
      series: ["plumbline-1:10970", "plumbline-2:10970"].flatMap((replica) => [
        owner("payments", onReplica(replica, suite), phases([1, 60], ["stale", 5], ["_", 60], [1, HOUR])),
        ...newestRuns(
          onReplica(replica, suite),
          { seconds: 60, ...run },
          { seconds: 65 },
          { seconds: HOUR, ...run, end: 1 },
        ),
      ]),
      checks: [
        ["1m30s", [firing(firstUsual, 1)]],
        ["3m", [firing(firstUsual, 1)]],
      ],
    },
  ];
}
