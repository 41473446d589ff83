/** QuarantineExpired: an entry of the configured quarantine is over. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { always, type Firing, HOUR, links, onReplica, phases, type RuleTest, series } from "./support.ts";

const expired = (entries: string): Firing => ({
  labels: { severity: "warning", kind: "tests", team: "platform" },
  annotations: {
    summary: `Quarantine: ${entries} expired, limit 0`,
    description:
      `${entries} of the list \`quarantine\` in Plumbline's configuration expired (limit 0): failures of these tests count again. ` +
      "Mend the tests, or take the entries out; plumbline config check names each with its owner.",
    ...links("QuarantineExpired"),
  },
});
const entries = (state: string, values: string, replica = "plumbline:10970"): readonly [string, string] => [
  series(M.quarantineEntries, onReplica(replica, { state })),
  values,
];

export const quarantineExpired: readonly RuleTest[] = [
  {
    name: "entries that hold are silent, and so is a configuration without any",
    series: [entries("active", always(12)), entries("expired", always(0))],
    checks: [["3m", []]],
  },
  {
    name: "an entry that expires warns at once, and resolves 2 minutes after it is gone",
    series: [entries("active", phases([1, 60], [0, HOUR])), entries("expired", phases([0, 60], [1, 120], [0, HOUR]))],
    checks: [
      ["55s", []],
      ["1m", [expired("1 entry")]],
      ["4m55s", [expired("1 entry")]],
      ["5m", []],
    ],
  },
  {
    name: "replicas warn once, and with the most of what they say while their configurations differ",
    series: [entries("expired", always(3), "plumbline-1:10970"), entries("expired", always(2), "plumbline-2:10970")],
    checks: [["1m", [expired("3 entries")]]],
  },
  {
    name: "a restart of Plumbline resolves nothing",
    series: [entries("expired", phases([2, 60], ["stale", 5], ["_", 90], [2, HOUR]))],
    checks: [
      ["2m30s", [expired("2 entries")]],
      ["5m", [expired("2 entries")]],
    ],
  },
];
