/** R1's deviation detection: what deviates, what is suspected, what changed when, and what nobody can judge yet. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { base } from "../../prometheus/src/links.ts";
import { changePoints, firingAlerts, newRuns } from "./annotations.ts";
import { type Dashboard, dashboard } from "./helper.ts";
import {
  changeSizes,
  changes,
  notJudged,
  outliers,
  statesOverTime,
  trends,
  zScores,
} from "./panels/deviation-course.ts";
import {
  acknowledgedNow,
  inOrder,
  openCritical,
  openDeviations,
  openWarning,
  suspectedDeviations,
  suspectedNow,
  tooLittleData,
} from "./panels/deviations.ts";
import { scopeVariables } from "./scope.ts";

export const deviations = (config: Config): Dashboard =>
  dashboard({
    name: "deviations",
    title: "Deviations",
    description:
      "What became slower, bigger or worse than it used to be, since when and by how much; of every measure, benchmark, load test and suite.",
    from: "now-2d",
    refresh: "1m",
    plumblineUrl: base(config.addresses.plumbline),
    variables: scopeVariables,
    annotations: [firingAlerts, changePoints, newRuns],
    rows: [
      {
        title: "Now",
        lines: [
          [
            openCritical(config),
            openWarning(config),
            suspectedNow(),
            acknowledgedNow(),
            tooLittleData(config),
            inOrder(),
          ],
          [openDeviations(config)],
          [suspectedDeviations(config)],
        ],
      },
      { title: "How unusual, and since when", lines: [[changeSizes(config), statesOverTime()], [zScores(config, 24)]] },
      { title: "What changed when", lines: [[changes()]] },
      { title: "Trends and outliers", lines: [[trends(config)], [outliers(config)]] },
      { title: "What cannot be judged", lines: [[notJudged(config)]] },
    ],
  });
