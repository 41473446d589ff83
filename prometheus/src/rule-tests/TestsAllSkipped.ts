/** TestsAllSkipped: the newest run is complete, skipped tests and executed none. */
import { hollowRuns } from "./hollow-runs.ts";

export const testsAllSkipped = hollowRuns({
  alert: "TestsAllSkipped",
  run: { status: "empty", skipped: 9 },
  other: { status: "empty" },
  message: (usual) => ({
    summary: `shop/api (main, ci): all 9 tests are skipped, limit 1 executed, usual: ${usual}`,
    description:
      "The newest run of suite api in project shop (branch main, environment ci) skipped all of its 9 tests. The limit is at least 1 " +
      `executed test (usual: ${usual}). Nothing was tested, and nothing failed either: such a run is no passed one.`,
  }),
});
