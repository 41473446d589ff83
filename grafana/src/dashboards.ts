/** Every dashboard. An entry here is generated, provisioned, documented, linted and run against a real Prometheus. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { benchmarks } from "./benchmarks.ts";
import { deviations } from "./deviations.ts";
import { executive } from "./executive.ts";
import type { Folder } from "./folders.ts";
import type { Dashboard } from "./helper.ts";
import { liveExecution } from "./live-execution.ts";
import { performance } from "./performance.ts";
import { plumblineItself } from "./plumbline.ts";
import { suitesAndRuns } from "./suites.ts";
import { targets } from "./targets.ts";
import { trends } from "./trends.ts";

interface Entry {
  readonly folder: Folder;
  /** Of the file, without its ending. */
  readonly name: string;
  readonly make: (config: Config) => Dashboard;
}

/** In the order of docs/dashboards.md. Failure reports and runs in progress get their lines here when their series exist. */
const DASHBOARD_LIST: readonly Entry[] = [
  { folder: "tests", name: "live-execution", make: liveExecution },
  { folder: "tests", name: "suites", make: suitesAndRuns },
  { folder: "tests", name: "trends", make: trends },
  { folder: "tests", name: "executive", make: executive },
  { folder: "performance", name: "performance", make: performance },
  { folder: "performance", name: "benchmarks", make: benchmarks },
  { folder: "performance", name: "deviations", make: deviations },
  { folder: "performance", name: "targets", make: targets },
  { folder: "self", name: "plumbline", make: plumblineItself },
];

/** Where Grafana starts. */
export const HOME = "tests/live-execution.json";

/** By file, relative to grafana/dashboards. */
export const dashboards = (config: Config): ReadonlyMap<string, Dashboard> =>
  new Map(DASHBOARD_LIST.map(({ folder, name, make }) => [`${folder}/${name}.json`, make(config)]));
