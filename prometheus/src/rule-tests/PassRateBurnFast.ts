/** PassRateBurnFast: 72 % fail over an hour, and over its last five minutes. */
import { executed, intervalSeconds, LONG, ownedFor, projectLinks, shop } from "./burning.ts";
import { type Firing, onReplica, owner, type RuleTest, suite } from "./support.ts";

const burns = (failing: string, team = "payments", branch = "main"): Firing => ({
  labels: { ...shop, branch, severity: "critical", kind: "tests", actions: "page", team },
  annotations: {
    summary: `shop (${branch}, ci): ${failing} of tests failed over the last hour, limit 5% over 30 days`,
    description:
      `${failing} of the executed tests of project shop (branch ${branch}, environment ci) failed over the last hour, all suites together, ` +
      "and they fail on. The objective is that 95% pass over 30 days, the limit 5% failures; at this pace that is used up within 50 hours.",
    ...projectLinks("PassRateBurnFast", branch),
  },
});
const own = owner("payments", suite, ownedFor(LONG));
const web = { ...suite, suite: "web" };

export const passRateBurnFast: readonly RuleTest[] = [
  {
    name: "one of ten failing is no pace to page for, and skipped tests are none that pass",
    intervalSeconds,
    series: [own, ...executed([{ minutes: 180, passed: 9, failed: 1 }])],
    checks: [
      ["30m", []],
      ["3h", []],
    ],
  },
  {
    name: "all failing pages when that is 72 % of the hour, and resolves when tests pass again",
    intervalSeconds,
    series: [
      own,
      ...executed([
        { minutes: 60, passed: 10 },
        { minutes: 60, failed: 20 },
        { minutes: 60, passed: 20 },
      ]),
    ],
    checks: [
      ["1h32m", []],
      ["1h38m", []],
      ["1h45m", [burns("83.9%")]],
      ["2h", [burns("98.72%")]],
      ["2h10m", []],
    ],
  },
  {
    name: "a single run, however bad, is its suite's own alert; two replicas of continuous failure page once",
    intervalSeconds,
    series: [
      own,
      ...executed([{ minutes: 5 }, { minutes: 1, passed: 20, failed: 180 }, { minutes: 60 }]),
      ...["a", "b"].flatMap((instance) => [
        ...executed([{ minutes: 5 }, { minutes: 60, passed: 1, failed: 9 }], {
          ...onReplica(instance, suite),
          branch: "next",
        }),
      ]),
    ],
    checks: [
      ...["6m", "7m", "9m", "11m", "12m", "13m"].map((at): RuleTest["checks"][number] => [at, []]),
      ["40m", [burns("90%", "payments", "next")]],
    ],
  },
  {
    name: "the suites of a project count together, the overflow suite too; of two teams neither is called alone",
    intervalSeconds,
    series: [
      own,
      owner("identity", web, ownedFor(LONG)),
      ...executed([{ minutes: 60, failed: 1 }]),
      ...executed([{ minutes: 60, failed: 1 }], web),
      ...executed([{ minutes: 60, failed: 1 }], { ...suite, suite: "__overflow__" }),
    ],
    checks: [
      ["20m", []],
      ["50m", [burns("100%", "unowned")]],
    ],
  },
  {
    name: "fewer than 100 executions in the hour never page, and pull requests do not either",
    intervalSeconds,
    series: [
      own,
      ...executed([{ minutes: 60, failed: 1 }]),
      ...executed([{ minutes: 60, failed: 100 }], { ...suite, branch: "pull_request" }),
    ],
    checks: [["50m", []]],
  },
];
