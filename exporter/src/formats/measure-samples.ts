/** Values that are named by a metric name and labels, of plain lines and of Prometheus text. */
import type { ReportSink } from "../model/format.ts";
import { STATS, type Stat } from "../model/measure.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { cut, own, plain } from "./text.ts";

export type Labels = readonly (readonly [name: string, value: string])[];

export interface LabelledValue {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  /** As stated; undefined: by the ending of the name, as Prometheus names things (`_seconds`, `_bytes`, `_ratio`). */
  readonly unit: string | undefined;
  /** Undefined: by the label "stat", else the only value. */
  readonly stat: Stat | undefined;
  readonly line: number;
}

const MAX_VALUES = 100_000;
/** What other tools and people call our statistics. */
const ALIASES: Readonly<Record<string, Stat>> = {
  mean: "avg",
  average: "avg",
  median: "p50",
  std: "stddev",
  sd: "stddev",
};

/** One of ours, by its name or a usual other one. */
export function statOf(text: string): Stat | undefined {
  const name = text.trim().toLowerCase();
  if (STATS.includes(name as Stat)) return name as Stat;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}

/** Takes labelled values and emits them as measures. */
export class MeasureSamples {
  readonly #sink: ReportSink;
  /** By name, component, scenario and stat: what would be one series. */
  readonly #series = new Map<string, LabelledValue[]>();
  #held = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  add(value: LabelledValue): void {
    if (++this.#held > MAX_VALUES) return;
    const labels = value.labels.map(([name, text]) => [own(name), own(cut(plain(text), 500))] as const);
    const stated = labelOf(labels, "stat");
    const stat = value.stat ?? (stated === undefined ? undefined : statOf(stated));
    if (value.stat === undefined && stated !== undefined && stat === undefined)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `stat ${JSON.stringify(cut(stated, 40))} of ${cut(value.name, 100)} is none of ${STATS.join(", ")}; kept as a plain value`,
        line: value.line,
      });
    const held = { ...value, name: own(value.name), labels, stat };
    const key = JSON.stringify([value.name, labelOf(labels, "component"), labelOf(labels, "scenario"), stat]);
    const series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, [held]);
    else series.push(held);
  }

  /** Emits all. Labels that tell values of one series apart become part of the scenario; the other ones are tags. */
  finish(): void {
    const book = new BenchmarkBook(this.#sink, "measure");
    for (const series of this.#series.values()) {
      const telling = tellingLabels(series);
      const groups = new Map<string, LabelledValue[]>();
      for (const value of series) {
        const key = JSON.stringify(telling.map((label) => labelOf(value.labels, label)));
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [value]);
        else group.push(value);
      }
      for (const group of groups.values()) emit(book, group, telling);
    }
    if (this.#held > MAX_VALUES)
      this.#sink.warn({
        code: "LIMIT",
        message: `${this.#held - MAX_VALUES} values beyond the first ${MAX_VALUES} were left out`,
      });
  }
}

const OWN_LABELS: ReadonlySet<string> = new Set(["component", "scenario", "stat"]);

function labelOf(labels: Labels, name: string): string | undefined {
  const value = labels.find(([label]) => label === name)?.[1];
  return value === "" ? undefined : value;
}

/** Names of labels that differ within the series, sorted. */
function tellingLabels(series: readonly LabelledValue[]): string[] {
  const names = new Set(series.flatMap((value) => value.labels.map(([name]) => name)));
  return [...names]
    .filter((name) => !OWN_LABELS.has(name) && new Set(series.map((value) => labelOf(value.labels, name))).size > 1)
    .sort();
}

/** Values of equal labels: one, or repeats of one measurement. */
function emit(book: BenchmarkBook, group: readonly LabelledValue[], telling: readonly string[]): void {
  const first = group[0]!;
  const told = telling
    .map((name) => [name, labelOf(first.labels, name)] as const)
    .filter(([, value]) => value !== undefined);
  const component = labelOf(first.labels, "component");
  const scenario = [labelOf(first.labels, "scenario"), ...told.map(([name, value]) => `${name}=${value}`)]
    .filter((part) => part !== undefined)
    .join(" ")
    .replace(/[\u0000-\u001f\u007f]+/g, " ");
  const tags = first.labels.filter(([name]) => !OWN_LABELS.has(name));
  const stated = {
    name: first.name,
    measure: first.name,
    unit: first.unit ?? unitOfName(first.name),
    line: first.line,
    ...(component === undefined ? {} : { component: cut(component, 200) }),
    ...(scenario === "" ? {} : { scenario: cut(scenario, 200) }),
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags.filter(([name]) => name !== "__proto__")) }),
  };
  if (first.stat === undefined && group.length > 1)
    book.addSamples(
      stated,
      group.map((value) => value.value),
    );
  else
    for (const value of group)
      book.add({ ...stated, stat: first.stat ?? "value", value: value.value, line: value.line });
}

/** https://prometheus.io/docs/practices/naming/#base-units */
function unitOfName(name: string): string | undefined {
  return /_(seconds|bytes|ratio)(?:_total)?$/.exec(name)?.[1];
}

/**
 * Labels as Prometheus writes them, from the "{" at `at`; undefined when they do not end or are none. `end` is the index after
 * the "}". Values are in double quotes, with \\ \" and \n.
 */
export function parseLabels(text: string, at: number): { labels: Labels; end: number } | undefined {
  const labels: (readonly [string, string])[] = [];
  const pair = /\s*([A-Za-z_][\w.]*)\s*=\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*(,?)/y;
  pair.lastIndex = at + 1;
  for (;;) {
    const start = pair.lastIndex;
    const match = pair.exec(text);
    if (match === null) {
      const close = /\s*\}/y;
      close.lastIndex = start;
      return close.test(text) ? { labels, end: close.lastIndex } : undefined;
    }
    labels.push([match[1]!, match[2]!.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c))]);
    if (match[3] === "" && !/^\s*\}/.test(text.slice(pair.lastIndex, pair.lastIndex + 20))) return undefined;
  }
}
