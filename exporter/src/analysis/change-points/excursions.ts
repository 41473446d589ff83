/**
 * Could the new level be one more of the excursions which this series makes and comes back from? A series that has never left its
 * level needs three runs to convince; one that spends a week now and then on a slow machine needs more than that week.
 */
import type { Settings } from "./settings.ts";

type Prior = Pick<Settings, "priorExcursions" | "priorRuns" | "priorStays" | "priorAway">;

/**
 * Expected number of excursions of `length` runs or more among the runs `from` up to `to`. `rest` is what every run differs from its
 * own level by; an excursion goes half of `size` or more in its direction. Entering and staying are counted; the lengths are taken as
 * geometric: runs * P(enter) * P(stay)^(length - 1).
 */
export function expectedExcursions(
  rest: Float64Array,
  from: number,
  to: number,
  length: number,
  size: number,
  prior: Prior,
): number {
  const half = size / 2;
  let [entries, stays, away] = [0, 0, 0];
  let wasAway = false;
  for (let i = from; i < to; i++) {
    const isAway = size > 0 ? rest[i]! > half : rest[i]! < half;
    if (isAway) {
      away++;
      if (wasAway) stays++;
      else entries++;
    }
    wasAway = isAway;
  }
  const runs = to - from;
  const enter = (entries + prior.priorExcursions) / (runs + prior.priorRuns);
  const stay = (stays + prior.priorStays) / (away + prior.priorAway);
  return runs * enter * stay ** (length - 1);
}
