/** A history as OpenMetrics text with timestamps, for `promtool tsdb create-blocks-from openmetrics`. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { History } from "./replay.ts";

const FLUSH_CHARACTERS = 4 * 1024 * 1024;

/** Writes the samples of steps `from` (inclusive) to `to` (exclusive), series by series; returns how many. */
export function toOpenMetrics(history: History, file: string, from = 0, to = history.steps): number {
  const { startMs, stepSeconds } = history;
  const ends = Array.from({ length: to - from }, (_, i) => ` ${startMs / 1000 + (from + i) * stepSeconds}\n`);
  const target = openSync(file, "w");
  let samples = 0;
  let text = "";
  for (const [key, values] of history.columns.entries()) {
    const start = `${key} `;
    for (let step = from; step < to; step++) {
      const value = values[step]!;
      if (Number.isNaN(value)) continue;
      text += start + numberText(value) + ends[step - from]!;
      samples++;
    }
    if (text.length > FLUSH_CHARACTERS) {
      writeSync(target, text);
      text = "";
    }
  }
  writeSync(target, `${text}# EOF\n`);
  closeSync(target);
  return samples;
}

const numberText = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? "+Inf" : value === Number.NEGATIVE_INFINITY ? "-Inf" : `${value}`;
