/** R4's integration test scorecard: criteria with target and critical limit, levels, and the decision. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { base } from "../../prometheus/src/links.ts";
import { changePoints, firingAlerts, newRuns } from "./annotations.ts";
import { type Dashboard, dashboard } from "./helper.ts";
import { UNIT_FAMILIES } from "./panels/series.ts";
import { targetLevels } from "./panels/target-course.ts";
import { criteria } from "./panels/target-criteria.ts";
import {
  decision,
  greenCount,
  nearCount,
  notGreen,
  redCount,
  scorecard,
  unknownCount,
  unmeasuredCount,
  yellowCount,
} from "./panels/targets.ts";
import { scopeVariables } from "./scope.ts";

export const targets = (config: Config): Dashboard => {
  const graphs = criteria(config);
  return dashboard({
    name: "targets",
    title: "Targets",
    description:
      "Whether what the newest runs measured meets its targets and critical limits, how near it is, and what that makes of a release: GO or NO-GO.",
    from: "now-2d",
    refresh: "1m",
    plumblineUrl: base(config.addresses.plumbline),
    variables: scopeVariables,
    annotations: [firingAlerts, changePoints, newRuns],
    rows: [
      {
        title: "GO or NO-GO",
        lines: [
          [
            decision(config),
            redCount(),
            yellowCount(),
            unknownCount(),
            unmeasuredCount(config),
            nearCount(),
            greenCount(),
          ],
          [notGreen()],
        ],
      },
      { title: "Since when", lines: [[targetLevels()]] },
      { title: "Scorecard by unit", lines: UNIT_FAMILIES.map((family, index) => [scorecard(index, family, 24)]) },
      ...(graphs.length === 0 ? [] : [{ title: "Each target over time", lines: graphs }]),
    ],
  });
};
