/** Long histories, read in pieces that overlap: what happened thousands of runs ago says little of the newest, and time stays linear. */
import { type Change, type Findings, findInPiece } from "./find.ts";
import type { Settings } from "./settings.ts";

const PIECE = 1024;
const OVERLAP = 256;
/** The same change, seen by two pieces, may be a few runs apart. */
const SAME = 10;

/** As `findInPiece`, for any number of values. Each finding is taken from the piece in which it lies farther from an end. */
export function findChanges(values: Float64Array, settings: Settings): Findings {
  const n = values.length;
  if (n <= PIECE) return findInPiece(values, settings);
  const step = PIECE - OVERLAP;
  const pieces = Math.ceil((n - OVERLAP) / step);
  const odd = new Uint8Array(n);
  const found = Array.from({ length: pieces }, (_, i) => {
    const start = Math.min(i * step, n - PIECE);
    const one = findInPiece(values.subarray(start, start + PIECE), settings);
    const from = i === 0 ? 0 : start + OVERLAP / 2;
    const to = i === pieces - 1 ? n : start + PIECE - OVERLAP / 2;
    odd.set(one.odd.subarray(from - start, to - start), from);
    const isMine = (at: number): boolean => at + start >= from && at + start < to;
    return {
      changes: one.changes.filter(({ index }) => isMine(index)).map((change) => moved(change, start, pieces)),
      ramps: one.ramps
        .filter((ramp) => isMine(ramp.from))
        .map((ramp) => ({ from: ramp.from + start, to: ramp.to + start })),
      spreads: one.spreads.filter(({ index }) => isMine(index)).map((one) => ({ ...one, index: one.index + start })),
    };
  });
  return {
    changes: found.flatMap(({ changes }) => changes).filter(isFirst),
    ramps: found.flatMap(({ ramps }) => ramps),
    spreads: found.flatMap(({ spreads }) => spreads),
    odd,
  };
}

function moved(change: Change, by: number, pieces: number): Change {
  const { index, before, after, pValue } = change;
  return {
    ...change,
    index: index + by,
    before: before + by,
    after: after + by,
    pValue: Math.min(1, pValue * pieces),
  };
}

const isFirst = (change: Change, i: number, all: readonly Change[]): boolean => {
  const last = all[i - 1];
  return last === undefined || change.index - last.index > SAME || last.size > 0 !== change.size > 0;
};
