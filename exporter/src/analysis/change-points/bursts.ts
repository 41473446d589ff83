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
  return isAside(before, odd, after) && (compare(before, after, context).pValue > SAME_P || isBack(before, odd, after));
}

const isAside = (before: Level, odd: Level, after: Level): boolean =>
  (odd.mean - before.mean) * (odd.mean - after.mean) > 0;

function isBack(before: Level, odd: Level, after: Level): boolean {
  const height = Math.min(Math.abs(odd.mean - before.mean), Math.abs(odd.mean - after.mean));
  return Math.abs(after.mean - before.mean) < SAME_SHARE * height;
}

/**
 * Changes which only go to and fro between two levels: A B A B. One return is a change and its repair; two in a row are a series
 * with two states. One flag for each change, between `levels[i]` and `levels[i + 1]`.
 */
export function toAndFro(levels: readonly Level[]): boolean[] {
  const flags: boolean[] = levels.slice(1).map(() => false);
  const returned = levels.map((level, i) => {
    const [before, odd] = [levels[i - 2], levels[i - 1]];
    return before !== undefined && odd !== undefined && isAside(before, odd, level) && isBack(before, odd, level);
  });
  for (let i = 2; i + 1 < levels.length; i++)
    if (returned[i] === true && returned[i + 1] === true) flags.fill(true, i - 2, i + 1);
  return flags;
}
