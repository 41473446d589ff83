/** From a suite's newest runs to what metrics show of its tests. */
import { FLAKY_SETTINGS } from "../analysis/outcomes/flaky.ts";
import { judgedRuns, judgeTest, twoOutcomeCommits } from "../analysis/outcomes/tests.ts";
import type { DueSuite, SuiteVerdict } from "../model/outcomes.ts";
import { PULL_REQUEST } from "../model/run.ts";
import type { StoreReader } from "../model/store.ts";

/** Newest runs that a suite is judged by. */
export const JUDGED_RUNS = FLAKY_SETTINGS.window;

/** Pull requests have no course, but two outcomes on one commit are what they are. Old runs move no counter. */
export async function judgeSuite(reader: Pick<StoreReader, "troubledTests">, due: DueSuite): Promise<SuiteVerdict> {
  const { project, suite, environment, branch, mark, runs } = due;
  const { counted } = judgedRuns(runs);
  const ofToday = counted.filter(({ history }) => !history);
  const twoOutcomes: SuiteVerdict["twoOutcomes"][number][] = [];
  let flaky = 0;
  const uuids = counted.map(({ runUuid }) => runUuid);
  for await (const { testId, results } of reader.troubledTests(suite, uuids)) {
    if (branch !== PULL_REQUEST && judgeTest(counted, { results })?.state === "flaky") flaky++;
    for (const commit of twoOutcomeCommits(ofToday, { results })) twoOutcomes.push({ testId, commit });
  }
  return {
    ...{ project, suite, environment, branch, mark },
    flaky: branch === PULL_REQUEST || runs.length === 0 ? undefined : flaky,
    commits: [...new Set(runs.flatMap(({ commit }) => commit ?? []))],
    twoOutcomes,
    runId: runs.at(-1)?.runId,
  };
}
