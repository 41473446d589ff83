/** A real Prometheus that answers over the weeks of a history. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type RuleGroup, ruleGroups } from "../../../prometheus/src/rules.ts";
import { generatedYaml } from "../../../prometheus/src/yaml.ts";
import { configSchema } from "../../src/config/schema.ts";
import { promtool } from "../stack/command.ts";
import { type Prometheus, startPrometheus } from "../stack/prometheus.ts";
import { temporaryFolder } from "../temporary.ts";
import { createBlocks } from "./blocks.ts";
import { type History, type ReplayOptions, replay } from "./replay.ts";

/** What is left of a history once it is in blocks. */
export type StoredHistory = Pick<History, "config" | "mood" | "startMs" | "endMs" | "stepSeconds"> & {
  /** Storage of Prometheus. */
  readonly folder: string;
};

const ABOUT = "history.json";

/**
 * Puts a history into blocks in `folder` (empty; left out: a temporary one). With `rules` the generated recording rules are evaluated
 * over all of it too, at its step. Rules that read what they recorded themselves know nothing of their past there, and alerting rules
 * leave no ALERTS: promtool does neither (3.5).
 */
export async function storeHistory(
  history: History,
  options: { folder?: string; rules?: boolean } = {},
): Promise<StoredHistory> {
  const { config, mood, startMs, endMs, stepSeconds } = history;
  const folder = resolve(options.folder ?? temporaryFolder("history"));
  mkdirSync(folder, { recursive: true });
  await createBlocks(history, folder);
  const stored = { config, mood, startMs, endMs, stepSeconds, folder };
  if (options.rules) for (const layer of layersOf(ruleGroups(config))) await recordLayer(stored, layer);
  writeFileSync(join(folder, ABOUT), JSON.stringify({ config, mood, startMs, endMs, stepSeconds }));
  return stored;
}

/**
 * The history that an earlier call with the same folder has stored there, else a new one: dashboards are tried again and again on one
 * history. Remove the folder for a new one.
 */
export async function keptHistory(
  folder: string,
  options: ReplayOptions & { rules?: boolean },
): Promise<StoredHistory> {
  const about = join(resolve(folder), ABOUT);
  if (!existsSync(about)) return storeHistory(await replay(options), { folder, rules: options.rules ?? false });
  const { config, ...rest } = JSON.parse(readFileSync(about, "utf8")) as Omit<StoredHistory, "folder">;
  return { ...rest, config: configSchema.parse(config), folder: resolve(folder) };
}

/** Starts Prometheus on it; `stop` ends it and leaves the folder. It scrapes nothing: its newest sample is the history's. */
export const startPrometheusOn = (history: Pick<StoredHistory, "folder">): Promise<Prometheus> =>
  startPrometheus({ data: history.folder, flags: ["--storage.tsdb.retention.time=100y"] });

type Recording = { readonly record: string; readonly expr: string };

/** Recording rules in the order they need: promtool lets no rule of a call read what another one records. */
function layersOf(groups: readonly RuleGroup[]): readonly (readonly Recording[])[] {
  let left = groups.flatMap(({ rules }) => rules.flatMap((rule) => ("record" in rule ? [rule] : [])));
  const layers: Recording[][] = [];
  while (left.length > 0) {
    const names = new Set(left.map(({ record }) => record));
    const ready = left.filter(({ record, expr }) => !readsOf(expr).some((name) => name !== record && names.has(name)));
    // Two that read one another can have no order; promtool then sees the past of neither.
    layers.push(ready.length > 0 ? ready : left);
    left = ready.length > 0 ? left.filter((rule) => !ready.includes(rule)) : [];
  }
  return layers;
}

const readsOf = (expr: string): readonly string[] => expr.match(/[a-zA-Z_][\w]*(?::[\w]+)+/g) ?? [];

async function recordLayer(history: StoredHistory, layer: readonly Recording[]): Promise<void> {
  const { folder, startMs, endMs, stepSeconds } = history;
  const out = temporaryFolder("recorded");
  const file = join(out, "rules.yml");
  writeFileSync(file, generatedYaml({ groups: [{ name: "layer", rules: layer }] }));
  const prometheus = await startPrometheusOn(history);
  const blocks = join(out, "data");
  try {
    const ran = await promtool(
      [
        ...["tsdb", "create-blocks-from", "rules", `--url=${prometheus.url}`, `--output-dir=${blocks}`],
        ...[`--start=${startMs / 1000}`, `--end=${endMs / 1000}`, `--eval-interval=${stepSeconds}s`],
        ...["--max-block-duration=162h", file],
      ],
      { timeoutMs: 300_000 },
    );
    if (ran.code !== 0) throw new Error(`promtool recorded nothing: ${ran.stderr.slice(0, 2000)}`);
  } finally {
    await prometheus.stop();
  }
  for (const block of existsSync(blocks) ? readdirSync(blocks) : [])
    renameSync(join(blocks, block), join(folder, block));
  rmSync(out, { recursive: true, force: true });
}
