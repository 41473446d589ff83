/** The one table of units: what tools write, in base units. */
import type { Unit } from "./measure.ts";

export interface ParsedUnit {
  readonly unit: Unit;
  /** Multiply a stated value by it to get base units. */
  readonly factor: number;
}

const table = new Map<string, ParsedUnit>();
const add = (unit: Unit, factor: number, ...names: string[]): void => {
  for (const name of names) table.set(name, { unit, factor });
};

add("seconds", 1e-12, "ps");
add("seconds", 1e-9, "ns", "nsec", "nanosecond", "nanoseconds", "nanos");
// U+00B5 micro sign and U+03BC Greek mu look alike, and both occur.
add("seconds", 1e-6, "us", "\u00b5s", "\u03bcs", "usec", "microsecond", "microseconds", "micros");
add("seconds", 1e-3, "ms", "msec", "millisecond", "milliseconds", "millis");
add("seconds", 1, "s", "sec", "secs", "second", "seconds");
add("seconds", 60, "min", "mins", "minute", "minutes");
add("seconds", 3600, "h", "hour", "hours");
add("seconds", 86_400, "d", "day", "days");

const PREFIXES = { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
for (const [prefix, factor] of Object.entries(PREFIXES)) {
  add("bytes", factor, `${prefix}B`);
  add("per_second", factor, `${prefix}B/s`, `${prefix}B/sec`, `${prefix}Bps`, `${prefix}elem/s`);
}
add("bytes", 1, "byte", "bytes");
add("bytes", 1e3, "kb", "kilobyte", "kilobytes");
add("bytes", 1e6, "mb", "megabyte", "megabytes");
add("bytes", 1e9, "gb", "gigabyte", "gigabytes");
add("bytes", 2 ** 10, "kib", "kibibyte", "kibibytes");
add("bytes", 2 ** 20, "mib", "mebibyte", "mebibytes");
add("bytes", 2 ** 30, "gib", "gibibyte", "gibibytes");

add("ratio", 0.01, "%", "percent", "pct", "percentage");
add("ratio", 1, "ratio", "fraction");

for (const thing of [
  "req",
  "reqs",
  "request",
  "requests",
  "op",
  "ops",
  "operation",
  "operations",
  "tx",
  "transactions",
  "iter",
  "iterations",
  "i",
  "frames",
  "events",
  "messages",
  "msgs",
  "queries",
  "tokens",
  "rows",
  "items",
  "hits",
  "",
]) {
  for (const second of ["s", "sec", "second"]) add("per_second", 1, `${thing}/${second}`);
}
add(
  "per_second",
  1,
  "rps",
  "tps",
  "qps",
  "iops",
  "ops per s",
  "ops per second",
  "requests per second",
  "1/s",
  "per second",
  "per_second",
  "hz",
  "fps",
);
for (const [prefix, factor] of [
  ["k", 1e3],
  ["K", 1e3],
  ["M", 1e6],
  ["G", 1e9],
] as const) {
  for (const thing of ["op", "ops", "iter", "i", "req"])
    add("per_second", factor, `${prefix}${thing}/s`, `${prefix}${thing}/sec`);
  // Bits, as networks are measured; "mbps" in small letters may be either.
  add("per_second", factor / 8, `${prefix}bps`, `${prefix}bit/s`);
}
add("per_second", 1 / 8, "bit/s", "bits/s");
for (const [time, seconds] of Object.entries({ ns: 1e-9, us: 1e-6, ms: 1e-3, min: 60, hr: 3600, day: 86_400 }))
  add("per_second", 1 / seconds, `ops/${time}`);
add("per_second", 1e3, "khz");
add("per_second", 1e6, "mhz");
add("per_second", 1 / 60, "rpm", "req/min", "requests/min", "/min");

add(
  "value",
  1,
  "",
  "1",
  "count",
  "value",
  "number",
  "units",
  "items",
  "users",
  "threads",
  "connections",
  "requests",
  "errors",
  "tokens",
  "score",
  "points",
  "ops",
  "allocs",
  "allocations",
);

/**
 * Undefined for a unit that is not in the table: keep the number as a plain `value` and say so. Case counts where it tells
 * units apart (`MB`, `ms`), and is ignored otherwise (`Percent`, `RPS`). What a value is counted per (`ns/op`) is left out.
 */
export function parseUnit(text: string | undefined): ParsedUnit | undefined {
  const name = (text ?? "").trim();
  const bare = name.replace(/\/(op|iter|call|run)$/i, "");
  return table.get(name) ?? table.get(name.toLowerCase()) ?? table.get(bare) ?? table.get(bare.toLowerCase());
}

/** A stated value in base units, without the binary dust of the multiplication (182 ms is 0.182 s). */
export function toBase(value: number, unit: ParsedUnit): number {
  return unit.factor === 1 ? value : Number((value * unit.factor).toPrecision(15));
}
