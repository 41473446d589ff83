/** What the benchmark formats share: units, bad numbers, repeated names, samples. */
import type { ReportSink } from "../model/format.ts";
import { type Better, type Measure, type Stat, thinned } from "../model/measure.ts";
import { MAX_NAME } from "../model/test.ts";
import { type ParsedUnit, parseUnit, toBase } from "../model/units.ts";
import { summarize } from "./summarize.ts";
import { cut, plain } from "./text.ts";

/** One number as a tool states it. */
export interface StatedValue {
  readonly name: string;
  readonly measure: string;
  readonly stat: Stat;
  readonly value: number;
  /** As the file writes it; undefined: the format carries none. */
  readonly unit: string | undefined;
  readonly better?: Better | undefined;
  /** In the stated unit, as measured. */
  readonly samples?: readonly number[] | undefined;
  readonly component?: string | undefined;
  readonly scenario?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly line?: number | undefined;
}

const COUNT: ParsedUnit = { unit: "value", factor: 1 };

/**
 * Emits what a benchmark file states, in base units. A number that is not finite is left out with a warning; an unknown unit is kept
 * as a plain value and named in a warning, once; the n-th result of one name is kept apart as `name#n`; names are bounded.
 */
export class BenchmarkBook {
  readonly #sink: ReportSink;
  readonly #kind: Measure["kind"];
  readonly #seen = new Map<string, number>();
  readonly #strange = new Set<string>();
  /** Values given on. */
  count = 0;

  constructor(sink: ReportSink, kind: Measure["kind"] = "benchmark") {
    this.#sink = sink;
    this.#kind = kind;
  }

  add(stated: StatedValue): void {
    const { stat, value, component, scenario, line } = stated;
    const measure = label(stated.measure, "value");
    const known = label(stated.name, "");
    if (known === "")
      this.#sink.warn({ code: "NAME_MISSING", message: "a result without a name; kept as (unnamed)", line });
    const name = known === "" ? "(unnamed)" : known;
    if (!Number.isFinite(value)) {
      this.#sink.warn({ code: "VALUE_SKIPPED", message: `${name} ${measure}: ${value} is no finite number`, line });
      return;
    }
    const key = JSON.stringify([name, measure, stat, component, scenario]);
    const nth = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, nth);
    const unit = stat === "count" ? COUNT : this.#unit(stated.unit, name, line);
    const samples = stated.samples?.filter((sample) => Number.isFinite(sample));
    this.count++;
    this.#sink.measure({
      kind: this.#kind,
      name: nth === 1 ? name : `${name}#${nth}`,
      measure,
      stat,
      value: toBase(value, unit),
      unit: unit.unit,
      sourceValue: value,
      sourceUnit: stat === "count" ? undefined : stated.unit,
      ...(stated.better === undefined ? {} : { better: stated.better }),
      ...(samples === undefined || samples.length < 2
        ? {}
        : { samples: thinned(samples).map((sample) => toBase(sample, unit)) }),
      ...(component === undefined ? {} : { component }),
      ...(scenario === undefined ? {} : { scenario }),
      ...(stated.tags === undefined ? {} : { tags: stated.tags }),
    });
  }

  /**
   * Repeats of one benchmark: `avg` with the samples behind it, `min`, `max`, `p50`, `stddev` and `count`. A single sample is a
   * plain `value`.
   */
  addSamples(stated: Omit<StatedValue, "stat" | "value" | "samples">, samples: readonly number[]): void {
    const finite = samples.filter((sample) => Number.isFinite(sample));
    if (finite.length < samples.length)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `${stated.name} ${stated.measure}: ${samples.length - finite.length} samples are no finite numbers`,
        line: stated.line,
      });
    if (finite.length === 0) return;
    if (finite.length === 1) {
      this.add({ ...stated, stat: "value", value: finite[0]! });
      return;
    }
    const { avg, min, max, p50, stddev, count } = summarize(finite);
    this.add({ ...stated, stat: "avg", value: avg, samples: finite });
    for (const [stat, value] of Object.entries({ min, max, p50, stddev, count }) as [Stat, number | undefined][])
      if (value !== undefined) this.add({ ...stated, stat, value });
  }

  #unit(text: string | undefined, name: string, line: number | undefined): ParsedUnit {
    const unit = parseUnit(text);
    if (unit !== undefined) return unit;
    if (!this.#strange.has(text ?? "")) {
      this.#strange.add(text ?? "");
      const shown = JSON.stringify(cut(text ?? "", 40));
      this.#sink.warn({
        code: "UNIT_UNKNOWN",
        message: `unit ${shown} (first at ${name}) is not known; kept as a plain value`,
        line,
      });
    }
    return COUNT;
  }
}

/** One line, without control characters. */
function label(text: string, fallback: string): string {
  const clean = plain(text)
    .replace(/[\u0000-\u001f\u007f]+/g, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return clean === "" ? fallback : cut(clean, MAX_NAME);
}
