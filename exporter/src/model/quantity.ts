/** Numbers with their unit, for people. */
import type { Unit } from "./measure.ts";

const TIMES = [
  [60, "min"],
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "us"],
  [1e-9, "ns"],
] as const;
const BYTES = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
  [1, "B"],
] as const;

/** Four significant digits: `238 ms`, `42.3 %`, `1.5 GB`, `105 /s`. */
export function quantity(value: number, unit: Unit): string {
  if (unit === "ratio") return `${short(value * 100)} %`;
  if (unit === "per_second") return `${short(value)} /s`;
  const step = stepOf(value, unit);
  return step === undefined ? short(value) : `${short(value / step[0])} ${step[1]}`;
}

/** Two values in the unit of the greater one: `184 to 207 ms`. */
export function quantities(from: number, to: number, unit: Unit): string {
  const step = stepOf(Math.max(Math.abs(from), Math.abs(to)), unit);
  if (step === undefined) return `${unit === "value" ? short(from) : quantity(from, unit)} to ${quantity(to, unit)}`;
  return `${short(from / step[0])} to ${short(to / step[0])} ${step[1]}`;
}

function stepOf(value: number, unit: Unit): readonly [number, string] | undefined {
  const steps = unit === "seconds" ? TIMES : unit === "bytes" ? BYTES : undefined;
  // Nothing is nothing in any unit; the plain one reads best.
  if (value === 0) return steps?.find(([factor]) => factor === 1);
  return steps?.find(([least]) => Math.abs(value) >= least) ?? steps?.at(-1);
}

const short = (number: number): string => String(Number(number.toPrecision(4)));
