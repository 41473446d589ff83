/** Bursts: a few odd runs, up or down, after which the series is back where it was. Half a step up and down again is not two changes. */
import { type Context, compare, type Level, levelsOf } from "./levels.ts";
import type { Sums } from "./partition.ts";

/** Levels before and after a burst are the same when they differ with no smaller p-value, or by less than a share of its height. */
const SAME_P = 0.01;
const SAME_SHARE = 0.3;

/** Takes the borders of bursts (shorter than `longest`, never the newest level) out of `starts`; gives their runs. */
export function removeBursts(
  sums: Sums,
  starts: readonly number[],
  context: Context,
  longest: number,
): { kept: number[]; bursts: { from: number; to: number }[] } {
  const kept = [...starts];
  const bursts: { from: number; to: number }[] = [];
  for (let i = 0; i + 1 < kept.length; ) {
    const levels = levelsOf(sums, kept);
    const [before, odd, after] = [levels[i]!, levels[i + 1]!, levels[i + 2]!];
    if (odd.to - odd.from < longest && returns(before, odd, after, context)) {
      bursts.push({ from: odd.from, to: odd.to });
      kept.splice(i, 2);
      i = Math.max(0, i - 1);
    } else i++;
  }
  return { kept, bursts };
}

function returns(before: Level, odd: Level, after: Level, context: Context): boolean {
  const [rise, fall] = [odd.mean - before.mean, odd.mean - after.mean];
  if (rise * fall <= 0) return false;
  const { size, pValue } = compare(before, after, context);
  return pValue > SAME_P || Math.abs(size) < SAME_SHARE * Math.min(Math.abs(rise), Math.abs(fall));
}
