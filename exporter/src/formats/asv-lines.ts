/** What asv prints of its values: numbers for people, and tables of parameters. */
import { NUMBER, numberOf } from "./benchmark-lines.ts";

/** A value as stated: `11.1±0.01μs`, `2.42k`, `0.42`. */
export interface AsvValue {
  readonly value: number;
  readonly unit: string | undefined;
  readonly margin: number | undefined;
}

const VALUE = new RegExp(
  String.raw`^(${NUMBER}|nan|inf)(?:(?:\u00b1|\+-|~)(${NUMBER}))?(ns|[\u03bc\u00b5u]s|ms|s|m|h|[kMGTP])?$`,
);

/**
 * "failed"; undefined for `n/a` (skipped by itself) and for what is no value. `m` and `h` are minutes and hours; `k`, `M`, `G` are thousands of
 * what is measured, which is bytes for memory.
 */
export function asvValue(text: string, bench: string): AsvValue | "failed" | undefined {
  if (text === "failed") return "failed";
  const match = VALUE.exec(text);
  if (match === null) return undefined;
  const [, number, margin, suffix = ""] = match;
  const value = /^(?:nan|inf)$/.test(number!) ? Number.NaN : numberOf(number!);
  const scale = SCALES[suffix];
  const memory = asvMeasure(bench).unit === "bytes";
  const unit = suffix === "m" ? "min" : scale === undefined ? suffix : memory ? `${suffix}B` : "";
  const factor = memory || scale === undefined ? 1 : scale;
  return {
    value: Number((value * factor).toPrecision(15)),
    unit: unit === "" ? undefined : unit,
    margin: margin === undefined ? undefined : numberOf(margin) * factor,
  };
}

const SCALES: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };

/** By the prefix of a benchmark's own name, which is how asv itself tells the kinds: `time_sum`, `TimeSum`, `peakmem_load`. */
export function asvMeasure(bench: string): { measure: string; stat: "p50" | "value"; unit: string | undefined } {
  const own = bench.split(".").at(-1) ?? "";
  if (/^(?:time_|timeraw_|Time[A-Z_]|Timeraw[A-Z_])/.test(own)) return { measure: "time", stat: "p50", unit: "s" };
  if (/^(?:peakmem_|PeakMem[A-Z_])/.test(own)) return { measure: "peak_memory", stat: "value", unit: "bytes" };
  if (/^(?:mem_|Mem[A-Z_])/.test(own)) return { measure: "memory", stat: "value", unit: "bytes" };
  return { measure: "value", stat: "value", unit: undefined };
}

/** `bench(10, list)`. */
export function asvName(bench: string, parameters: readonly string[]): string {
  return parameters.length === 0
    ? bench
    : `${bench}(${parameters.map((p) => p.replace(/^'(.*)'$/s, "$1")).join(", ")})`;
}

export interface AsvCell {
  readonly parameters: readonly string[];
  readonly text: string;
}

/**
 * Reads one table of parameters, line by line. The first column holds the first parameter; the headers of the others hold the rest,
 * as in `a b / True`. A table of one parameter has one header line and then a rule of "-"; others have a line `-- s / flag`
 * before it, and a rule of "=" after their header.
 */
export class AsvTable {
  readonly #spans: (readonly [number, number])[];
  #headers: string[] = [];
  #wide = false;
  #state: "headers" | "rows" | "ended" = "headers";

  /** `rule`: the first line, of "=". */
  constructor(rule: string) {
    this.#spans = [...rule.matchAll(/=+/g)].map((match) => [match.index, match.index + match[0].length]);
  }

  static isRule(text: string): boolean {
    return /(?:^|\s)=+(?: =+)+$/.test(text);
  }

  get ended(): boolean {
    return this.#state === "ended";
  }

  /** The cells with values of a line, each with all of its parameters. */
  line(text: string): AsvCell[] {
    const dashes = /^\s*-+(?: -+)+$/.test(text);
    if (AsvTable.isRule(text) || (dashes && !this.#wide)) {
      this.#state = this.#state === "headers" ? "rows" : "ended";
      return [];
    }
    if (dashes) return [];
    // Spans count characters, of which some are two units long.
    const characters = [...text];
    const cells = this.#spans.map(([from, to]) => characters.slice(from, to).join("").trim());
    const [first = "", ...others] = cells;
    if (this.#state === "headers") {
      if (first === "--") this.#wide = true;
      this.#headers = cells;
      return [];
    }
    return others.map((cell, i) => {
      const header = this.#headers[i + 1] ?? "";
      return { parameters: [first, ...(header === "" ? [] : header.split(" / "))], text: cell };
    });
  }
}
