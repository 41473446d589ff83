/** Alerts over a history in which nothing is wrong: every page there would be a false one. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ruleGroups } from "../../../prometheus/src/rules.ts";
import { generatedYaml } from "../../../prometheus/src/yaml.ts";
import { promtool } from "../stack/command.ts";
import { temporaryFolder } from "../temporary.ts";
import { type ReplayOptions, replay } from "./replay.ts";
import { toRuleTest } from "./rule-test.ts";

export interface FiredAlerts {
  readonly days: number;
  readonly runs: number;
  readonly series: number;
  /** `critical TestFailureSpike` to how often one of its label sets that fired became active. */
  readonly fired: Readonly<Record<string, number>>;
}

/**
 * Replays a healthy history through every alert as generated, `for` and keep_firing_for included, with `promtool test rules`; recording
 * rules that no alert reads are left out. Throws when promtool finds an error other than that alerts fired.
 */
export async function firedWhenHealthy(options: ReplayOptions): Promise<FiredAlerts> {
  const history = await replay({ ...options, mood: "healthy" });
  const { steps, stepSeconds } = history;
  const folder = temporaryFolder("healthy");
  const groups = ruleGroups(history.config);
  const read = readByAlerts(groups.flatMap(({ rules }) => rules));
  const kept = groups.map((group) => ({ ...group, rules: group.rules.filter((rule) => read.has(rule)) }));
  const rules = generatedYaml({ groups: kept.filter((group) => group.rules.length > 0) });
  const rulesFile = join(folder, "rules.yml");
  writeFileSync(rulesFile, rules);
  const all = `${steps * stepSeconds}s`;
  // ALERTS_FOR_STATE changes with each time an alert becomes active. promtool loads 10 000 samples at most, so no subquery. The answer is
  // told as a failed expectation.
  const firing = `count_over_time(ALERTS{alertstate="firing"}[${all}])`;
  const expr = `sum by (severity, alertname) ((changes(ALERTS_FOR_STATE[${all}]) + 1) and ignoring (alertstate) ${firing})`;
  const file = join(folder, "test.json");
  writeFileSync(file, toRuleTest(history, { rulesFile, rules, questions: [{ expr }] }));
  const ran = await promtool(["test", "rules", file], { timeoutMs: 1_200_000 });
  rmSync(folder, { recursive: true, force: true });
  const output = ran.stdout + ran.stderr;
  const got = /got: (.*)/.exec(output)?.[1];
  if (got === undefined) throw new Error(`promtool: ${output.slice(0, 3000)}`);
  const fired = [...got.matchAll(/\{alertname="(\w+)", severity="(\w+)"\} ([\d.E+]+)/g)].map(
    ([, name, severity, count]) => [`${severity} ${name}`, Number(count)] as const,
  );
  return {
    days: (steps * stepSeconds) / 86_400,
    runs: history.runs.length,
    series: history.columns.size,
    fired: Object.fromEntries(fired.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

type Rules = ReturnType<typeof ruleGroups>[number]["rules"];

function readByAlerts(rules: Rules): ReadonlySet<Rules[number]> {
  const text = new Map(rules.map((rule) => [rule, JSON.stringify(rule)]));
  const kept = new Set<Rules[number]>(rules.filter((rule) => "alert" in rule));
  for (const rule of kept)
    for (const other of rules) if ("record" in other && text.get(rule)!.includes(other.record)) kept.add(other);
  return kept;
}
