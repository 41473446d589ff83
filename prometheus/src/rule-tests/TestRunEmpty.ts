/** TestRunEmpty: the newest run is complete and holds no test. */
import { hollowRuns } from "./hollow-runs.ts";

export const testRunEmpty = hollowRuns({
  alert: "TestRunEmpty",
  run: { status: "empty" },
  other: { status: "empty", skipped: 9 },
  message: (usual) => ({
    summary: `shop/api (main, ci): the run holds 0 tests, limit 1, usual: ${usual}`,
    description:
      "The newest run of suite api in project shop (branch main, environment ci) is complete and holds 0 tests. The limit is at " +
      `least 1 (usual: ${usual}). Nothing was tested, and nothing failed either: such a run is no passed one.`,
  }),
});
