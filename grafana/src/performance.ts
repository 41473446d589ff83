/** R1's performance tracking: response time, throughput, resources, errors; and R3's load tests by scenario and operation. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { base } from "../../prometheus/src/links.ts";
import { changePoints, firingAlerts, newRuns } from "./annotations.ts";
import { type Dashboard, dashboard } from "./helper.ts";
import {
  concurrency,
  errors,
  operations,
  otherRatios,
  otherTimes,
  sizes,
  speedTiles,
  throughput,
  utilization,
} from "./panels/categories.ts";
import { latencyHeatmap, loadPercentiles, loadRequests, loadTable, operationLatency } from "./panels/load.ts";
import { averageResponse, p95Response } from "./panels/response-time.ts";
import { loadLevels, loadTargets } from "./panels/target-course.ts";
import { scopeVariables } from "./scope.ts";

export const performance = (config: Config): Dashboard =>
  dashboard({
    name: "performance",
    title: "Performance",
    description:
      "How fast the product is and what that costs: response times, throughput, resources and errors as tests and load tests measured " +
      "them, against their limits and targets.",
    from: "now-2d",
    refresh: "1m",
    plumblineUrl: base(config.addresses.plumbline),
    variables: scopeVariables,
    annotations: [firingAlerts, changePoints, newRuns],
    rows: [
      { title: "Is it fast enough?", lines: [speedTiles(config)] },
      { title: "Response time", lines: [[averageResponse(config), p95Response(config)]] },
      { title: "Throughput and errors", lines: [[throughput(), errors()]] },
      { title: "Resources", lines: [[utilization(), sizes(), operations()]] },
      {
        title: "Load tests by scenario and operation",
        lines: [[loadTable()], [loadPercentiles(), operationLatency()], [latencyHeatmap(), loadRequests()]],
      },
      { title: "Load tests against their targets", lines: [[loadLevels(), loadTargets()]] },
      { title: "Everything else that is measured", lines: [[otherTimes(config), otherRatios()], [concurrency()]] },
    ],
  });
