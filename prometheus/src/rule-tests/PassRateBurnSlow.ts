/** PassRateBurnSlow: 30 % fail over six hours, or 5 % over three days. */
import { executed, intervalSeconds, LONG, ownedFor, projectLinks, shop } from "./burning.ts";
import { type Firing, onReplica, owner, type RuleTest, suite } from "./support.ts";

const burns = (failing: string, team = "payments"): Firing => ({
  labels: { ...shop, severity: "warning", kind: "tests", team },
  annotations: {
    summary: `shop (main, ci): ${failing} of tests failed over the last hours or days, limit 5% over 30 days`,
    description:
      `${failing} of the executed tests of project shop (branch main, environment ci) failed over the last hours or days, all suites ` +
      "together, and they fail on. The objective is that 95% pass over 30 days, the limit 5% failures; at this pace that is used up within 30 days.",
    ...projectLinks("PassRateBurnSlow"),
  },
});
const own = owner("payments", suite, ownedFor(LONG));

export const passRateBurnSlow: readonly RuleTest[] = [
  {
    name: "4 % failing is within the objective",
    intervalSeconds,
    series: [own, ...executed([{ minutes: 180, passed: 24, failed: 1 }])],
    checks: [["3h", []]],
  },
  {
    name: "8 % failing warns when it goes on, and resolves when it is less over the hours",
    intervalSeconds,
    series: [
      own,
      ...executed([
        { minutes: 60, passed: 23, failed: 2 },
        { minutes: 120, passed: 25 },
      ]),
    ],
    checks: [
      ["35m", []],
      ["50m", [burns("8%")]],
      ["75m", [burns("6.521%")]],
      ["2h", []],
    ],
  },
  {
    name: "a single bad run of a suite that runs seldom is told by its own alert, and is over for this one in half an hour",
    intervalSeconds,
    series: [
      own,
      ...executed([
        { minutes: 5 },
        { minutes: 1, passed: 2000 },
        { minutes: 414 },
        { minutes: 1, passed: 40, failed: 60 },
        { minutes: 120 },
      ]),
    ],
    checks: ["7h5m", "7h30m", "7h35m", "7h38m", "8h"].map((at) => [at, []]),
  },
  {
    name: "two replicas warn once, and a project without an owner all the same",
    intervalSeconds,
    series: ["a", "b"].flatMap((instance) => [
      ...executed([{ minutes: 60, passed: 6, failed: 4 }], onReplica(instance, suite)),
    ]),
    checks: [["55m", [burns("40%", "unowned")]]],
  },
  {
    name: "fewer than 100 executions never warn, and pull requests do not either",
    intervalSeconds,
    series: [
      own,
      ...executed([{ minutes: 90, failed: 1 }]),
      ...executed([{ minutes: 90, failed: 10 }], { ...suite, branch: "pull_request" }),
    ],
    checks: [["90m", []]],
  },
];
