import { closest, distance } from "fastest-levenshtein";

/** The nearest of the known words, when it is near enough to be what was meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = word.toLowerCase();
  const bare = (text: string) => text.toLowerCase().replace(/[-_\s]/g, "");
  const sameLetters = known.find((candidate) => bare(candidate) === bare(word));
  if (sameLetters !== undefined) return sameLetters;
  const best = closest(
    lower,
    known.map((candidate) => candidate.toLowerCase()),
  );
  const found = known.find((candidate) => candidate.toLowerCase() === best);
  if (found !== undefined && distance(lower, best) <= Math.max(1, Math.floor(word.length / 3))) return found;
  // A unit left out is the commonest slip: `failureFor` for `failureForSeconds`.
  const completed = word.length < 4 ? [] : known.filter((candidate) => candidate.toLowerCase().startsWith(lower));
  return completed.length === 1 ? completed[0] : undefined;
}
