/** What holds now: the newest completed run of every chosen suite. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { PLUMBLINE_JOB, tidy } from "../../../prometheus/src/promql.ts";
import { COLORS } from "../colors.ts";
import { type Panel, page, type Step, tile, UNIT } from "../helper.ts";
import { shown } from "../scope.ts";

const EXECUTED = 'result!="skipped"';
const cases = (...matchers: readonly string[]): string => `sum(${shown(CATALOGUE.lastRunCases, ...matchers)})`;

const FROM =
  "In the newest completed run of every chosen suite (pull requests do not count here, nor suites beyond labels.suitesPerProject: " +
  "alert SeriesFolded).";
const PAGE = { title: "Runs and failing tests", url: page("/") };
const plain = [null, COLORS.neutral] as const;
/** Zero is good for what should not happen; one and more has the colour of what happened. */
const shouldBeZero = (color: string): [typeof plain, ...Step[]] => [plain, [0, COLORS.good], [1, color]];

function count(
  title: string,
  description: string,
  expr: string,
  steps: readonly [typeof plain, ...Step[]] = [plain],
): Panel {
  const size = { width: 3, height: 4, unit: UNIT.count, decimals: 0 } as const;
  return tile({ title, description: `${description} ${FROM}`, ...size, expr, steps, sparkline: true, link: PAGE });
}

export const totalCases = (): Panel => count("Total", "How many test cases there are, skipped ones included.", cases());

export const executedCases = (): Panel =>
  count("Executed", "How many test cases ran: passed, failed and errored.", cases(EXECUTED));

export const passedCases = (): Panel =>
  count("Passed", "How many test cases passed.", cases('result="passed"'), [plain, [1, COLORS.passed]]);

export const failedCases = (): Panel =>
  count("Failed", "How many test cases failed an assertion.", cases('result="failed"'), shouldBeZero(COLORS.failed));

export const erroredCases = (): Panel =>
  count(
    "Errored",
    "How many test cases broke by anything but an assertion: exception, timeout, setup. They count as not passed.",
    cases('result="errored"'),
    shouldBeZero(COLORS.errored),
  );

export const skippedCases = (): Panel =>
  count("Skipped", "How many test cases were left out.", cases('result="skipped"'), [plain, [1, COLORS.skipped]]);

export const passRate = (config: Config): Panel =>
  tile({
    title: "Pass rate",
    description: `Passed of executed test cases. Red below the limit of the alert TestFailureSpike. ${FROM}`,
    unit: UNIT.ratio,
    width: 6,
    height: 4,
    decimals: 2,
    expr: `${cases('result="passed"')}\n/\n(${cases(EXECUTED)} > 0)`,
    steps: [plain, [0, COLORS.critical], [tidy(1 - config.thresholds.failureRatio), COLORS.good]],
    sparkline: true,
    empty: "nothing executed yet",
    link: PAGE,
  });

export const suitesNotPassed = (width = 8, height = 3): Panel =>
  tile({
    title: "Suites not passed",
    description:
      "How many suites' newest completed run did not pass: failed, errored, cancelled, partial or empty. Unknown is never " +
      "counted as passed; runs of measures only have nothing to pass.",
    unit: UNIT.count,
    width,
    height,
    decimals: 0,
    expr:
      `count(${shown(CATALOGUE.lastRunStatus, 'status!~"passed|measured"')} == 1)\n` +
      `or\n0 * count(${shown(CATALOGUE.lastRunStatus, 'status="passed"')} == 1)`,
    steps: shouldBeZero(COLORS.critical),
    sparkline: true,
    link: PAGE,
  });

export const newestRun = (): Panel =>
  tile({
    title: "Newest run",
    description:
      "When the newest completed run of the chosen suites ended. An old one means that nothing tests this any more.",
    unit: UNIT.ago,
    width: 8,
    height: 3,
    expr: `max(${shown(CATALOGUE.lastRunEnd)}) * 1000`,
    steps: [plain],
    link: PAGE,
  });

/** Tells "no runs yet" from "nobody would know". */
export const plumblineUp = (): Panel =>
  tile({
    title: "Plumbline",
    description:
      "Whether Prometheus gets data from at least one replica of Plumbline. When not, every other panel is blind.",
    unit: UNIT.count,
    width: 8,
    height: 3,
    expr: `max(up{job="${PLUMBLINE_JOB}"})`,
    steps: [plain, [0, COLORS.critical], [1, COLORS.good]],
    texts: { "0": "down", "1": "up" },
    empty: "not scraped",
    link: { title: "Plumbline", url: page("/") },
  });
