/**
 * The same kinds of series, read as the goals state them: the noise has the spread that was drawn, whatever its kind; each series is of
 * one kind (a step of one size, several, a late one, or none); of fresh steps only those no smaller than the spread are asked for, since
 * nobody can see others in a few runs. Why, and how near E-divisive comes to its known figures here: docs/detection.md.
 */
import { levelsOf, render, type Series, type Shape, STEPS, shapeOf } from "./generate.ts";
import { type Random, randomOf } from "./random.ts";

const drawn = (random: Random): Shape => ({ ...shapeOf(random), isExact: true });

export function statedSteps(seed: number): Series {
  const random = randomOf(seed, 41);
  const shape = drawn(random);
  const { runs } = shape;
  const kind = random.pick([...STEPS, "several", "late"]);
  const wanted = kind === "several" && runs >= 60 ? random.whole(2, 3) : 1;
  const changes: number[] = kind === "late" ? [runs - random.whole(5, 15)] : [];
  for (let tries = 0; tries < 50 && changes.length < wanted; tries++) {
    const at = random.whole(8, runs - 8);
    if (changes.every((other) => Math.abs(other - at) >= 12)) changes.push(at);
  }
  changes.sort((a, b) => a - b);
  const sizes = changes.map(() => (typeof kind === "number" ? kind : random.pick(STEPS)));
  return { values: render(shape, levelsOf(runs, changes, sizes), random), changes, spikes: [], noise: shape.noise };
}

export function statedUnchanged(seed: number): Series {
  const random = randomOf(seed, 42);
  const shape = drawn(random);
  return { values: render(shape, new Float64Array(shape.runs), random), changes: [], spikes: [], noise: shape.noise };
}

/** A history of 30 to 500 runs, and `after` runs of a new level, which differs by so many spreads at least. */
export function statedFresh(seed: number, after: number, spreads = 1): Series {
  const random = randomOf(seed, 43);
  for (;;) {
    const [shape, size] = [drawn(random), random.pick(STEPS)];
    if (Math.abs(Math.log1p(size)) < spreads * shape.spread) continue;
    const at = shape.runs;
    const longer = { ...shape, runs: at + 30 };
    const values = render(longer, levelsOf(longer.runs, [at], [size]), random).slice(0, at + after);
    return { values, changes: [at], spikes: [], noise: shape.noise };
  }
}
