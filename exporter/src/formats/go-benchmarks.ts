/** Benchmark results of one Go package, as the testing package prints them, in text or within `-json`. */
import type { Stat } from "../model/measure.ts";
import { parseUnit } from "../model/units.ts";
import type { BenchmarkBook } from "./benchmark-book.ts";
import { snakeCase } from "./benchmark-names.ts";
import { plain } from "./text.ts";

/** What the header lines say; the same for all packages of a run. */
export interface GoHeader {
  os?: string;
  arch?: string;
  cpu?: string;
}

interface Row {
  readonly values: Map<string, number[]>;
  readonly line: number | undefined;
}

/** `BenchmarkFib/n=10-8   20   201.3 ns/op   0 B/op`: name, iterations, then pairs of value and unit. */
const NAMED = /^(Benchmark(?![a-z])\S*)(?:\s+(.*))?$/;
const RESULT = /^\s*\d+\s+((?:[-+\d.eE]+|[+-]?Inf|NaN)\s+\S.*)$/;
const HEADER = /^(goos|goarch|cpu): (.+)$/;
const PROCS = /-(\d+)$/;
/** A custom unit that says what is measured before the unit proper: `p99-ns/op`, `parse-ns`. */
const PREFIXED = /^(.+?)[-_]((?:ns|us|\u00b5s|ms|s|sec|B|bytes)(?:\/op)?)$/;
const STATS: ReadonlySet<string> = new Set<Stat>(["min", "max", "avg", "p50", "p75", "p90", "p95", "p99", "p999"]);

/**
 * Repeats of `-count` become samples. The suffix `-8` that all results of a package share is GOMAXPROCS and becomes a tag; where it
 * differs (`-cpu 1,4`, or names that end in a number and one processor) it stays in the names.
 */
export class GoBenchmarks {
  readonly #book: BenchmarkBook;
  readonly #header: GoHeader;
  #rows = new Map<string, Row>();
  #pending: string | undefined;
  #rest = "";

  constructor(book: BenchmarkBook, header: GoHeader) {
    this.#book = book;
    this.#header = header;
  }

  get hasResults(): boolean {
    return this.#rows.size > 0;
  }

  /** A benchmark, or one of its parts, has given a result. */
  hasMeasured(benchmark: string): boolean {
    for (const name of this.#rows.keys())
      if (name === benchmark || name.startsWith(`${benchmark}/`) || name.replace(PROCS, "") === benchmark) return true;
    return false;
  }

  /** A piece of output; lines may arrive in parts. */
  text(output: string): void {
    const lines = (this.#rest + output).split("\n");
    // A benchmark that prints without end and without line breaks is not kept.
    this.#rest = (lines.pop() ?? "").slice(-10_000);
    for (const line of lines) this.line(plain(line), undefined);
  }

  /** Whether the line is a result, a name or a header. */
  line(text: string, number: number | undefined): boolean {
    const header = HEADER.exec(text);
    if (header !== null) {
      const [, key, value] = header;
      this.#header[key === "goos" ? "os" : key === "goarch" ? "arch" : "cpu"] = value!.trim();
      return true;
    }
    const named = NAMED.exec(text);
    if (named !== null) this.#pending = named[1]!;
    const result = RESULT.exec(named === null ? text : (named[2] ?? ""));
    if (result === null) return named !== null && named[2] === undefined;
    if (this.#pending === undefined || !this.#add(this.#pending, result[1]!, number)) return false;
    if (named === null) this.#pending = undefined;
    return true;
  }

  #add(name: string, fields: string, line: number | undefined): boolean {
    const words = fields.trim().split(/\s+/);
    if (words.length % 2 !== 0) return false;
    const row = this.#rows.get(name) ?? { values: new Map<string, number[]>(), line };
    this.#rows.set(name, row);
    for (let i = 0; i < words.length; i += 2) {
      const values = row.values.get(words[i + 1]!) ?? [];
      values.push(Number(words[i]));
      row.values.set(words[i + 1]!, values);
    }
    return true;
  }

  /** The package has ended, well or not: gives on what it measured. */
  end(path: string | undefined): void {
    if (this.#rest !== "") this.line(plain(this.#rest), undefined);
    const suffixes = new Set([...this.#rows.keys()].map((name) => PROCS.exec(name)?.[1]));
    const [procs] = suffixes.size === 1 ? suffixes : [undefined];
    for (const [full, { values, line }] of this.#rows) {
      const bare = procs === undefined ? full : full.replace(PROCS, "");
      const name = path === undefined ? bare : `${path}.${bare}`;
      for (const [unit, numbers] of values) {
        const { measure, stat, stated } = metricOf(unit);
        const common = {
          name,
          measure,
          unit: stated,
          line,
          ...(procs === undefined ? {} : { tags: { gomaxprocs: procs } }),
        };
        if (numbers.length > 1 && stat === undefined) this.#book.addSamples(common, numbers);
        else {
          const central = /\/(?:op|s)$/.test(unit) ? "avg" : "value";
          this.#book.add({ ...common, stat: stat ?? central, value: mean(numbers) });
        }
      }
    }
    this.#rows = new Map();
    this.#pending = undefined;
    this.#rest = "";
  }
}

function metricOf(unit: string): { measure: string; stated: string; stat?: Stat } {
  switch (unit) {
    case "ns/op":
      return { measure: "time", stated: unit };
    case "MB/s":
      return { measure: "throughput", stated: unit };
    case "B/op":
      return { measure: "memory", stated: unit };
    case "allocs/op":
      return { measure: "allocations", stated: unit };
  }
  const prefixed = PREFIXED.exec(unit);
  if (prefixed !== null) {
    const [, what, stated] = prefixed;
    if (STATS.has(what!) && parseUnit(stated)?.unit === "seconds")
      return { measure: "time", stated: stated!, stat: what as Stat };
    return { measure: snakeCase(what!), stated: stated! };
  }
  if (/ratio$/i.test(unit)) return { measure: snakeCase(unit), stated: "ratio" };
  return { measure: snakeCase(unit.replace(/\/op$/, "").replace(/\/s(?:ec)?$/, "_per_second")), stated: unit };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
