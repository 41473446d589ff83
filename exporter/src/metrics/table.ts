import { type Family, OVERFLOW } from "./catalogue.ts";
import { asByteString, cleanLabelValue, formatBound, inOnePiece, labelNames, labelText } from "./labels.ts";

/**
 * Lines that are rendered, and kept when they did not change, together. Measured with 100 k lines: 256 is fastest (64: +15 %,
 * 1024: +50 %).
 */
const BLOCK_LINES = 256;
/** Lines of a usual histogram, for the size of a block. */
const HISTOGRAM_LINES = 16;

interface EntryBase {
  /** The identity within all families, and what stands before the value: `name{labels} ` (histograms: the label text). */
  readonly key: string;
  /** One value per label name of the family; "" when absent. */
  readonly labels: readonly string[];
  /** Order in which a family over its budget keeps entries; undefined (gauges) comes first. */
  readonly createdAtMs: number | undefined;
  /** Not shown with its own value until its hold ends. */
  held: boolean;
  /** Newest run that moved it, for exemplars. */
  runId: string | undefined;
  /** Place among the exposed entries; -1 when not (yet) exposed. */
  index: number;
}
export interface SampleEntry extends EntryBase {
  readonly kind: "sample";
  value: number;
  /** Shown while it is held: 0, or what it stood at when its suite came back or got its label. */
  readonly base: number;
}
export interface HistogramEntry extends EntryBase {
  readonly kind: "histogram";
  readonly bounds: readonly number[];
  /** What stands before the values: buckets with +Inf, sum, count. */
  readonly lines: readonly string[];
  /** Not cumulative; one more than bounds. */
  counts: readonly number[];
  sum: number;
  /** As of samples. */
  readonly base: Buckets | undefined;
  /** Bucket that the newest change moved, for the exemplar; -1 when unknown. */
  movedBucket: number;
}
export type Entry = SampleEntry | HistogramEntry;

/** Not cumulative. */
export interface Buckets {
  readonly counts: readonly number[];
  readonly sum: number;
}

/** What a scrape reads. */
export const shownValue = ({ held, base, value }: SampleEntry): number => (held ? base : value);
export const shownBuckets = (entry: HistogramEntry): Buckets =>
  entry.held ? (entry.base ?? { counts: entry.counts.map(() => 0), sum: 0 }) : entry;

export interface Meta<B = never> {
  /** What a new entry shows while it is held; left out: nothing yet. */
  readonly base?: B | undefined;
  readonly createdAtMs?: number | undefined;
  readonly runId?: string | undefined;
  /** Asked once, when the entry is new. */
  readonly hold?: ((entry: Entry) => boolean) | undefined;
}

/**
 * The series of one family: kept by label set, sorted by it, bounded. Changes are collected until `settle`; only then do
 * `exposed`, `versions`, `seriesCount` and `leftOut` hold true.
 */
export interface Table {
  readonly family: Family;
  /** Sorted by label set, so a restart changes nothing. */
  readonly exposed: readonly Entry[];
  /** Entries in a block; the last one may have fewer. */
  readonly blockSize: number;
  /** One number per block of `exposed`; it changes when a line of the block does. */
  readonly versions: readonly number[];
  /** Lines exposed (a histogram has buckets + 3). */
  readonly seriesCount: number;
  /** Entries beyond the budget: the youngest, and among equals the last by label set; never the overflow's. */
  readonly leftOut: number;
  /** The key of a sample with these labels, shown or not. */
  keyOf(labels: readonly string[]): string;
  /** Returns the entry's key. */
  sample(labels: readonly string[], value: number, meta?: Meta<number>): string;
  histogram(
    labels: readonly string[],
    bounds: readonly number[],
    counts: readonly number[],
    sum: number,
    meta?: Meta<Buckets>,
  ): string;
  remove(key: string): void;
  /** Everything that has these labels, of a family that has them. */
  removeAll(labels: Readonly<Record<string, string>>): void;
  reveal(entry: Entry): void;
  /** True when a scrape would now read something else than after the last `settle`. */
  settle(): boolean;
}

export function createTable(family: Family, limit: number): Table {
  const names = labelNames(family);
  const blockSize = family.type === "histogram" ? BLOCK_LINES / HISTOGRAM_LINES : BLOCK_LINES;
  const entries = new Map<string, Entry>();
  let sorted: Entry[] = [];
  let added: Entry[] = [];
  let removed = new Set<Entry>();
  let exposed: readonly Entry[] = [];
  const versions: number[] = [];
  let version = 0;
  let dirty = false;
  let seriesCount = 0;
  let leftOut = 0;

  const touch = (entry: Entry): void => {
    if (entry.index < 0) return;
    versions[Math.floor(entry.index / blockSize)] = ++version;
    dirty = true;
  };
  const drop = (entry: Entry): void => {
    entries.delete(entry.key);
    removed.add(entry);
  };
  const add = (entry: Entry, meta: Meta<unknown>): void => {
    entries.set(entry.key, entry);
    added.push(entry);
    entry.held = meta.hold?.(entry) ?? false;
  };

  function keyOf(labels: readonly string[]): string {
    const text = labelText(names, labels);
    return asByteString(text === "" ? `${family.name} ` : `${family.name}{${text}} `);
  }

  function sample(labels: readonly string[], value: number, meta: Meta<number> = {}): string {
    const key = keyOf(labels);
    const entry = entries.get(key);
    if (entry?.kind === "sample") {
      if (entry.value === value && entry.runId === meta.runId) return key;
      entry.value = value;
      entry.runId = meta.runId;
      touch(entry);
    } else {
      const { createdAtMs, runId, base = 0 } = meta;
      const clean = labels.map(cleanLabelValue);
      add(
        {
          kind: "sample",
          key: inOnePiece(key),
          labels: clean,
          createdAtMs,
          held: false,
          runId,
          index: -1,
          value,
          base,
        },
        meta,
      );
    }
    return key;
  }

  function histogram(
    labels: readonly string[],
    bounds: readonly number[],
    counts: readonly number[],
    sum: number,
    meta: Meta<Buckets> = {},
  ): string {
    const key = asByteString(labelText(names, labels));
    const entry = entries.get(key);
    if (entry?.kind === "histogram" && sameNumbers(entry.bounds, bounds)) {
      entry.movedBucket = lastMoved(entry.counts, counts) ?? entry.movedBucket;
      entry.counts = counts;
      entry.sum = sum;
      entry.runId = meta.runId;
      touch(entry);
      return key;
    }
    if (entry !== undefined) drop(entry); // other bounds: another set of lines
    const { createdAtMs, runId } = meta;
    const clean = labels.map(cleanLabelValue);
    const lines = histogramLines(family.name, key, bounds);
    const common = {
      kind: "histogram",
      key: inOnePiece(key),
      labels: clean,
      createdAtMs,
      held: false,
      runId,
      index: -1,
    } as const;
    const movedBucket = lastMoved(undefined, counts) ?? -1;
    add({ ...common, bounds, lines, counts, sum, base: meta.base, movedBucket }, meta);
    return key;
  }

  function settle(): boolean {
    if (added.length > 0 || removed.size > 0) {
      const fresh = added.filter((entry) => !removed.has(entry)).sort(byKey);
      sorted = merge(removed.size > 0 ? sorted.filter((entry) => !removed.has(entry)) : sorted, fresh);
      added = [];
      removed = new Set();
      expose(withinBudget(sorted, limit));
    }
    const changed = dirty;
    dirty = false;
    return changed;
  }

  function expose(next: readonly Entry[]): void {
    let same = 0;
    while (same < next.length && same < exposed.length && next[same] === exposed[same]) same++;
    for (let i = same; i < exposed.length; i++) exposed[i]!.index = -1;
    for (let i = same; i < next.length; i++) next[i]!.index = i;
    if (same === next.length && same === exposed.length) return;
    const firstChanged = Math.floor(same / blockSize);
    versions.length = Math.ceil(next.length / blockSize);
    for (let block = firstChanged; block < versions.length; block++) versions[block] = ++version;
    exposed = next;
    seriesCount = next.reduce((sum, entry) => sum + weightOf(entry), 0);
    leftOut = sorted.length - next.length;
    dirty = true;
  }

  return {
    family,
    blockSize,
    versions,
    get exposed() {
      return exposed;
    },
    get seriesCount() {
      return seriesCount;
    },
    get leftOut() {
      return leftOut;
    },
    keyOf,
    sample,
    histogram,
    remove(key) {
      const entry = entries.get(key);
      if (entry !== undefined) drop(entry);
    },
    removeAll(labels) {
      const wanted = Object.entries(labels).map(([name, value]) => [names.indexOf(name), value] as const);
      if (wanted.some(([index]) => index < 0)) return;
      for (const entry of entries.values())
        if (wanted.every(([index, value]) => entry.labels[index] === value)) drop(entry);
    },
    reveal(entry) {
      entry.held = false;
      touch(entry);
    },
    settle,
  };
}

const weightOf = (entry: Entry): number => (entry.kind === "sample" ? 1 : entry.bounds.length + 3);

const isFolded = (entry: Entry): boolean => entry.labels.includes(OVERFLOW);

const byKey = (a: Entry, b: Entry): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

function merge(left: Entry[], right: Entry[]): Entry[] {
  if (right.length === 0) return left;
  if (left.length === 0) return right;
  const merged: Entry[] = [];
  let l = 0;
  for (const entry of right) {
    while (l < left.length && byKey(left[l]!, entry) <= 0) merged.push(left[l++]!);
    merged.push(entry);
  }
  while (l < left.length) merged.push(left[l++]!);
  return merged;
}

/**
 * Oldest first, so that a newcomer never displaces a counter that Prometheus already follows. What was folded is always
 * kept and takes no room: it holds what has no series of its own, so without it sums over a family would lack executions.
 * The bounds of label values keep it few.
 */
function withinBudget(sorted: readonly Entry[], limit: number): readonly Entry[] {
  if (sorted.reduce((sum, entry) => sum + weightOf(entry), 0) <= limit) return sorted;
  const kept = new Set<Entry>(sorted.filter(isFolded));
  let used = 0;
  for (const entry of [...sorted].sort((a, b) => (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0))) {
    if (kept.has(entry)) continue;
    used += weightOf(entry);
    if (used > limit) break;
    kept.add(entry);
  }
  return sorted.filter((entry) => kept.has(entry));
}

function histogramLines(name: string, labels: string, bounds: readonly number[]): string[] {
  const comma = labels === "" ? "" : ",";
  const braced = labels === "" ? "" : `{${labels}}`;
  const bucket = (le: string): string => `${name}_bucket{${labels}${comma}le="${le}"} `;
  const lines = [...bounds.map((bound) => bucket(formatBound(bound))), bucket("+Inf")];
  return [...lines, `${name}_sum${braced} `, `${name}_count${braced} `].map(inOnePiece);
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** The highest bucket with a bound that grew. Above all bounds no value is known that an exemplar could state. */
function lastMoved(before: readonly number[] | undefined, counts: readonly number[]): number | undefined {
  for (let i = counts.length - 2; i >= 0; i--) if ((counts[i] ?? 0) > (before?.[i] ?? 0)) return i;
  return undefined;
}
