/** ConfigReloadFailed: the newest load of the configuration failed. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { at, ownAlert } from "./plumbline.ts";
import { phases, type RuleTest, series } from "./support.ts";

const loads = (ok: string, instance = "a", at_ = phases([60, 3600])): RuleTest["series"] => [
  [series(M.configReload, at(instance)), ok],
  [series(M.configReloadTime, at(instance)), at_],
];
const refused = (since = "1970-01-01 00:01:00 +0000 UTC") =>
  ownAlert(
    "ConfigReloadFailed",
    `a:10970 refused its new configuration and keeps that of ${since}`,
    "The last load of the configuration of a:10970 failed (plumbline_config_last_reload_successful is 0, limit 1). It keeps the one that " +
      `it loaded at ${since}: changed teams, suites and limits are not in force, and a restart would fail.`,
    { instance: "a:10970" },
  );

export const configReloadFailed: readonly RuleTest[] = [
  { name: "a good configuration is silent", series: [...loads(phases([1, 3600]))], checks: [["3m", []]] },
  {
    name: "a refused one warns at once, and resolves 2 minutes after one that is taken",
    series: [...loads(phases([1, 300], [0, 300], [1, 3600]))],
    checks: [
      ["4m55s", []],
      ["5m", [refused()]],
      ["11m55s", [refused()]],
      ["12m", []],
    ],
  },
  {
    name: "the replica that refused it is named, and only that one",
    series: [...loads(phases([0, 3600])), ...loads(phases([1, 3600]), "b")],
    checks: [["5m", [refused()]]],
  },
  {
    name: "one that never loaded a configuration says so",
    series: [...loads(phases([0, 3600]), "a", phases(["_", 3600]))],
    checks: [["5m", [refused("an unknown time")]]],
  },
];
