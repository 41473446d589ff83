/** Levels and noise, found together. */
import { restOfLine } from "./drift.ts";
import { levelBetween, simplifications } from "./levels.ts";
import { guessScale, longRun, type Noise, noiseOf, residuals, stickiness } from "./noise.ts";
import { partition, SHORTEST, type Sums } from "./partition.ts";
import type { Settings } from "./settings.ts";

/** Fewer runs are no line. */
const LINE_RUNS = 20;
/** More than this makes a change point no dearer. */
const MOST_STICKY = 0.4;

/**
 * Levels and noise explain each other: many levels need little noise, none need much, and autocorrelated. The series is split too
 * finely, joined again step by step, and the explanation is kept that costs least: n ln(variance of innovations) and a price for each
 * change point. A straight line is one more explanation.
 */
export function explain(
  clean: Float64Array,
  sums: Sums,
  floor: number,
  settings: Settings,
): { noise: Noise; isLine: boolean; isWandering: boolean; rest: Float64Array } {
  const n = clean.length;
  const scale = Math.max(guessScale(clean), floor);
  const price = settings.stepCost + settings.stickyCost * Math.min(MOST_STICKY, stickiness(clean));
  let cheapest = Number.POSITIVE_INFINITY;
  let noise: Noise = { scale, phi: 0, innovation: scale * scale };
  let rest: Float64Array = clean;
  for (const starts of simplifications(
    sums,
    partition(sums, settings.firstPenalty * scale * scale * Math.log(n), SHORTEST),
  )) {
    const around = residuals(clean, starts);
    const candidate = noiseOf(around, starts.length + 1, floor, settings.phiMargin);
    const cost = n * Math.log(candidate.innovation) + price * starts.length * Math.log(n);
    if (cost < cheapest) [cheapest, noise, rest] = [cost, candidate, around];
  }
  const aroundLine = restOfLine(clean);
  const line = noiseOf(aroundLine, 2, floor, settings.phiMargin);
  const isLine = n >= LINE_RUNS && n * Math.log(line.innovation) + settings.lineCost * Math.log(n) < cheapest;
  if (isLine && line.phi <= settings.straight) return { noise: line, isLine, isWandering: false, rest: aroundLine };
  const total = wandering(noise, sums, isLine, settings);
  return { noise: total ?? noise, isLine: false, isWandering: total !== undefined, rest };
}

/** A series that wanders keeps no level: its long-run variance has no meaning, and only what dwarfs all it does is a change. */
function wandering(noise: Noise, sums: Sums, isLine: boolean, { wander, wanderFactor }: Settings): Noise | undefined {
  if (noise.phi <= wander && !isLine) return undefined;
  const n = sums.first.length - 1;
  const total = levelBetween(sums, 0, n).squares / n;
  if (!isLine && total * wanderFactor >= noise.scale ** 2 * longRun(noise.phi)) return undefined;
  return { ...noise, scale: Math.sqrt(total), phi: (wanderFactor - 1) / (wanderFactor + 1) };
}
