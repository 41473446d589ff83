/** A rhythm: time of day, day of the week, every n-th machine. Taken away before levels are looked for, it hides no step. */

/** Fewer repetitions prove no rhythm. */
const REPETITIONS = 4;
const LONGEST = 30;

/**
 * The rhythm of `rest` (what runs at `places` differ from their levels by), as one value for each place up to `length`, or undefined.
 * Of all whole periods the one whose sine explains most counts if chance alone explains so much with a probability below `alpha`,
 * corrected for the number of periods (a sine takes two parameters of white noise: P = (1 - R2)^((n - 3) / 2)); then its overtone.
 */
export function rhythmOf(
  rest: Float64Array,
  places: Int32Array,
  length: number,
  alpha: number,
): Float64Array | undefined {
  const n = rest.length;
  const longest = Math.min(LONGEST, Math.floor(length / REPETITIONS));
  let total = 0;
  for (let i = 0; i < n; i++) total += rest[i]! * rest[i]!;
  if (longest < 2 || !(total > 0)) return undefined;
  let best: Wave | undefined;
  for (let period = 2; period <= longest; period++) {
    const wave = waveOf(rest, places, period, 1);
    if (best === undefined || wave.explained > best.explained) best = wave;
  }
  const chance = (1 - Math.min(1, best!.explained / total)) ** ((n - 3) / 2) * (longest - 1);
  if (chance > alpha) return undefined;
  const waves = [best!];
  const overtone = best!.period >= 5 ? waveOf(rest, places, best!.period, 2) : undefined;
  if (
    overtone !== undefined &&
    (1 - Math.min(1, overtone.explained / (total - best!.explained))) ** ((n - 5) / 2) < alpha
  )
    waves.push(overtone);
  return Float64Array.from({ length }, (_, at) =>
    waves.reduce((sum, { period, cosine, sine }) => {
      const angle = (2 * Math.PI * at) / period;
      return sum + cosine * Math.cos(angle) + sine * Math.sin(angle);
    }, 0),
  );
}

interface Wave {
  readonly period: number;
  readonly cosine: number;
  readonly sine: number;
  readonly explained: number;
}

/** The first (or, of `order` 2, second) harmonic of a period. Runs are added up by their phase first, which needs no angles. */
function waveOf(rest: Float64Array, places: Int32Array, period: number, order: 1 | 2): Wave {
  const phases = new Float64Array(period);
  for (let i = 0; i < rest.length; i++) phases[places[i]! % period]! += rest[i]!;
  let [c, s] = [0, 0];
  for (let phase = 0; phase < period; phase++) {
    const angle = (2 * Math.PI * order * phase) / period;
    c += phases[phase]! * Math.cos(angle);
    s += phases[phase]! * Math.sin(angle);
  }
  const n = rest.length;
  // Every other run: there is no sine, and the cosine never rests.
  if (period === 2) return { period, cosine: c / n, sine: 0, explained: (c * c) / n };
  const [cosine, sine] = [(2 * c) / n, (2 * s) / n];
  return { period: period / order, cosine, sine, explained: (n / 2) * (cosine * cosine + sine * sine) };
}
