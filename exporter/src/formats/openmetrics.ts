import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import type { Stat } from "../model/measure.ts";
import { readLines } from "./lines.ts";
import { type Labels, MeasureSamples } from "./measure-samples.ts";
import {
  type ExpositionSample,
  type FamilyType,
  familyType,
  isExposition,
  parseHeader,
  parseSample,
} from "./openmetrics-lines.ts";
import { plain } from "./text.ts";

/**
 * Prometheus' text format and OpenMetrics, as a file of named values. Gauges and counters are plain values (a counter without its `_total`);
 * a histogram becomes avg, count and percentiles interpolated within its buckets as PromQL's histogram_quantile does; a
 * summary its quantiles, avg and count. Info, state sets and `_created` are no measurements. The labels component,
 * scenario and stat are what they are in the JSON. OpenMetrics without `# EOF` was cut.
 */
export const openmetrics: Format = {
  id: "openmetrics",
  title: "OpenMetrics / Prometheus text",
  yields: "measures",
  tools: ["Prometheus client libraries", "any script"],
  extensions: ["prom", "txt"],
  reads: "stream",
  notes: "Units from # UNIT, else from the name: _seconds, _bytes, _ratio.",
  sniff: (head) => (isExposition(head) ? "certain" : "no"),
  parse: parseOpenMetrics,
};

interface Family {
  readonly name: string;
  type: FamilyType;
  unit?: string | undefined;
  /** Histograms and summaries, by their labels but `le` and `quantile`. */
  readonly distributions: Map<string, Distribution>;
}

interface Distribution {
  readonly labels: Labels;
  readonly line: number;
  readonly buckets: [bound: number, count: number][];
  readonly quantiles: [quantile: number, value: number][];
  sum?: number;
  count?: number;
}

const QUANTILES: ReadonlyMap<number, Stat> = new Map([
  [0, "min"],
  [0.5, "p50"],
  [0.75, "p75"],
  [0.9, "p90"],
  [0.95, "p95"],
  [0.99, "p99"],
  [0.999, "p999"],
  [1, "max"],
]);

class Exposition {
  readonly #sink: ReportSink;
  readonly #samples: MeasureSamples;
  readonly #families = new Map<string, Family>();
  #openMetrics = false;
  #ended = false;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#samples = new MeasureSamples(sink);
  }

  /** False when the line is neither comment nor sample. */
  line(text: string, line: number): boolean {
    if (text.startsWith("#")) {
      const header = parseHeader(text);
      if (header?.keyword === "EOF") this.#ended = true;
      else if (header?.keyword === "TYPE") this.#family(header.name).type = familyType(header.text);
      else if (header?.keyword === "UNIT") {
        this.#openMetrics = true;
        this.#family(header.name).unit = header.text;
      }
      return true;
    }
    const sample = parseSample(text);
    if (sample !== undefined) this.#take(sample, line);
    return sample !== undefined;
  }

  #family(name: string): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, type: "unknown", distributions: new Map() };
      this.#families.set(name, family);
    }
    return family;
  }

  /** The family that a sample's name belongs to, and what the name adds. */
  #find(name: string): { family: Family | undefined; suffix: string } {
    const whole = this.#families.get(name);
    if (whole !== undefined) return { family: whole, suffix: "" };
    const match = /^(.+)(_(?:bucket|sum|count|total|created|info|gcount|gsum))$/.exec(name);
    const family = match === null ? undefined : this.#families.get(match[1]!);
    return family === undefined ? { family: undefined, suffix: "" } : { family, suffix: match![2]! };
  }

  #take({ name, labels, value }: ExpositionSample, line: number): void {
    const { family, suffix } = this.#find(name);
    if (family?.type === "other" || this.#isRemark(name, value)) return;
    if (family?.type === "histogram" || family?.type === "summary") {
      this.#distribution(family, suffix, labels, value, line);
      return;
    }
    const counter = family?.type === "counter" && /_total$/.test(name);
    this.#samples.add({
      name: counter ? name.slice(0, -6) : name,
      labels,
      value,
      unit: family?.unit,
      stat: undefined,
      line,
    });
  }

  /** The time that a metric was made, and constant 1 with labels that say something: no measurements, whatever TYPE says. */
  #isRemark(name: string, value: number): boolean {
    const base = /^(.+)_created$/.exec(name)?.[1];
    const made = base !== undefined && (this.#families.has(base) || this.#families.has(`${base}_total`));
    return made || (name.endsWith("_info") && value === 1);
  }

  #distribution(family: Family, suffix: string, all: Labels, value: number, line: number): void {
    const labels = all.filter(([name]) => name !== "le" && name !== "quantile");
    const key = JSON.stringify([...labels].sort());
    let own = family.distributions.get(key);
    if (own === undefined) {
      own = { labels, line, buckets: [], quantiles: [] };
      family.distributions.set(key, own);
    }
    const bound = (name: string): number => {
      const text = all.find(([label]) => label === name)?.[1] ?? "";
      return /^\+?inf$/i.test(text) ? Number.POSITIVE_INFINITY : text === "" ? Number.NaN : Number(text);
    };
    if (suffix === "_sum") own.sum = value;
    else if (suffix === "_count") own.count = value;
    else if (suffix === "_bucket") own.buckets.push([bound("le"), value]);
    else own.quantiles.push([bound("quantile"), value]);
  }

  finish(): ReportMeta {
    for (const family of this.#families.values())
      for (const distribution of family.distributions.values()) this.#emit(family, distribution);
    this.#samples.finish();
    if (!this.#openMetrics || this.#ended) return {};
    const message = "there is no # EOF at the end";
    this.#sink.warn({ code: "INCOMPLETE", message });
    return { state: "partial", stateMessage: message };
  }

  #emit(family: Family, { labels, line, buckets, quantiles, sum, count }: Distribution): void {
    const add = (stat: Stat, value: number): void =>
      this.#samples.add({ name: family.name, labels, value, unit: family.unit, stat, line });
    if (count !== undefined) add("count", count);
    // Without observations there is no average, and the client libraries' quantiles are NaN.
    if (count === 0) return;
    if (count !== undefined && sum !== undefined) add("avg", sum / count);
    for (const [quantile, value] of quantiles) {
      const stat = QUANTILES.get(quantile);
      if (stat !== undefined) add(stat, value);
      else
        this.#sink.warn({
          code: "VALUE_SKIPPED",
          message: `${family.name}: quantile ${quantile} has no place here`,
          line,
        });
    }
    for (const [quantile, stat] of QUANTILES) {
      const value = stat === "min" || stat === "max" ? undefined : quantileOf(buckets, quantile);
      if (value !== undefined) add(stat, value);
    }
  }
}

/** PromQL's histogram_quantile; undefined where the quantile lies beyond the last finite bound, or the buckets are no histogram. */
function quantileOf(buckets: readonly (readonly [number, number])[], quantile: number): number | undefined {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = sorted.at(-1);
  if (total === undefined || total[0] !== Number.POSITIVE_INFINITY || !(total[1] > 0)) return undefined;
  const rank = quantile * total[1];
  const at = sorted.findIndex(([, count]) => count >= rank);
  const [upper, count] = sorted[at] ?? [Number.NaN, 0];
  if (!Number.isFinite(upper)) return undefined;
  const [lower, below] = at === 0 ? [Math.min(0, upper), 0] : sorted[at - 1]!;
  return count === below ? upper : lower + ((upper - lower) * (rank - below)) / (count - below);
}

async function parseOpenMetrics(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  sink.begin({});
  const exposition = new Exposition(sink);
  let open: number | undefined;
  await readLines(source, limits, (line) => {
    const text = plain(line.text).trim();
    if (text === "") return;
    if (line.cut || !exposition.line(text, line.number))
      throw new AppError(
        "FORMAT_SYNTAX",
        `expected a sample or a comment, found ${JSON.stringify(text.slice(0, 60))}`,
        {
          file: source.name,
          line: line.number,
          column: 1,
        },
      );
    if (line.last && !text.startsWith("#")) open = line.number;
  });
  const meta = exposition.finish();
  if (open !== undefined)
    sink.warn({
      code: "INCOMPLETE",
      message: "the last line has no line break: if the file was cut, its value is wrong",
      line: open,
    });
  sink.end(meta);
}
