/** TestRunPartial: the newest run is not whole. */
import { hollowRuns } from "./hollow-runs.ts";

export const testRunPartial = hollowRuns({
  alert: "TestRunPartial",
  run: { status: "partial", passed: 40, skipped: 9 },
  other: { status: "cancelled", passed: 40, skipped: 9 },
  message: (usual) => ({
    summary: `shop/api (main, ci): the run broke off after 40 executed tests, limit: all, usual: ${usual}`,
    description:
      "The newest run of suite api in project shop (branch main, environment ci) is not whole: it broke off or lacks parts, after 40 " +
      `executed tests. The limit is all of them (usual: ${usual}). What it did not execute may fail; what stood before it still stands.`,
  }),
  firstUsual: "40",
});
