/** Numbers of a JSON object as the statistics of one benchmark. */
import type { Stat } from "../model/measure.ts";
import { parseUnit } from "../model/units.ts";
import type { BenchmarkBook, StatedValue } from "./benchmark-book.ts";
import { field, isObject, type JsonObject, numberField } from "./json.ts";
import { cut, plain } from "./text.ts";

const CENTRAL: ReadonlySet<Stat> = new Set<Stat>(["avg", "p50", "value"]);

/**
 * Adds the fields of `stats` that are numbers, in the order of `keys`; the first central value gets the samples. Without any
 * central value the samples speak for themselves. False when nothing could be added.
 */
export function addStats(
  book: BenchmarkBook,
  stated: Omit<StatedValue, "stat" | "value" | "samples">,
  stats: JsonObject,
  keys: Readonly<Partial<Record<Stat, string>>>,
  samples: readonly number[] = [],
): boolean {
  let added = 0;
  let central = false;
  for (const [stat, key] of Object.entries(keys) as [Stat, string][]) {
    const value = numberField(stats, key);
    if (value === undefined) continue;
    const first: boolean = !central && CENTRAL.has(stat);
    if (first) central = true;
    book.add({ ...stated, stat, value, ...(first && samples.length > 0 ? { samples } : {}) });
    added++;
  }
  if (added === 0 && samples.length > 0) {
    book.addSamples(stated, samples);
    return true;
  }
  return added > 0;
}

/** The finite numbers of an array; none for anything else. */
export function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "number" && Number.isFinite(item)) : [];
}

/** The fields of an object that are texts, numbers or booleans; undefined when there are none. At most 20. */
export function tagsOf(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const tags = new Map<string, string>();
  for (const key of Object.keys(value)) {
    const item = field(value, key);
    if (!["string", "number", "boolean"].includes(typeof item) || key === "__proto__" || key.length > 100) continue;
    if (tags.size < 20) tags.set(key, cut(plain(String(item)), 200));
  }
  return tags.size === 0 ? undefined : Object.fromEntries(tags);
}

/** What a value of this unit measures, where the tool has no word for it. */
export function measureOfUnit(unit: string | undefined): string {
  switch (parseUnit(unit)?.unit) {
    case "seconds":
      return "time";
    case "bytes":
      return "size";
    case "per_second":
      return "throughput";
    case "ratio":
      return "ratio";
    default:
      return "value";
  }
}
