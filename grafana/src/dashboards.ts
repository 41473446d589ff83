/** Every dashboard; the name is its file in grafana/dashboards/. */
import type { Config } from "../../exporter/src/config/schema.ts";
import type { Dashboard } from "./helper.ts";
import { liveExecution } from "./live-execution.ts";

export const dashboards = (config: Config): ReadonlyMap<string, Dashboard> =>
  new Map([["live-execution.json", liveExecution(config)]]);
