/** Exact tests on counts. */
import { hypergeometric } from "./distributions.ts";
import { binomialTerm } from "./special.ts";

/** Tables as likely as the observed one, up to rounding, count as "as extreme" (R's fisher.test uses the same). */
const ROUNDING = 1 + 1e-7;

/**
 * Fisher's exact test of `a` of `n` against `b` of `m`. `twoSided` sums all tables with the same margins that are at most as
 * likely (as SciPy and R do); `greater`: the first share is at least as far above the second; `less`: as far below.
 */
export function fisherExact(
  a: number,
  n: number,
  b: number,
  m: number,
): { readonly twoSided: number; readonly greater: number; readonly less: number } {
  const marked = a + b;
  const total = n + m;
  const low = Math.max(0, marked - m);
  const high = Math.min(marked, n);
  if (low === high) return { twoSided: 1, greater: 1, less: 1 };
  const terms = aroundMode(low, high, Math.floor(((n + 1) * (marked + 1)) / (total + 2)), {
    at: (k) => hypergeometric(k, n, marked, total),
    up: (k) => ((marked - k) / (k + 1)) * ((n - k) / (total - marked - n + k + 1)),
  });
  return tailsOf(terms, low, a);
}

/** Exact binomial test of k successes among n against the probability p. */
export function binomialTest(
  k: number,
  n: number,
  p: number,
): { readonly twoSided: number; readonly greater: number; readonly less: number } {
  if (p <= 0 || p >= 1) {
    const certain = p <= 0 ? 0 : n;
    return { twoSided: k === certain ? 1 : 0, greater: k <= certain ? 1 : 0, less: k >= certain ? 1 : 0 };
  }
  const odds = p / (1 - p);
  const terms = aroundMode(0, n, Math.floor((n + 1) * p), {
    at: (i) => binomialTerm(i, n, p, 1 - p),
    up: (i) => ((n - i) / (i + 1)) * odds,
  });
  return tailsOf(terms, 0, k);
}

/** Probabilities from `low` to `high`: one exact value at the mode, the others by the ratio of neighbours. */
function aroundMode(
  low: number,
  high: number,
  mode: number,
  { at, up }: { at: (k: number) => number; up: (k: number) => number },
): Float64Array {
  const terms = new Float64Array(high - low + 1);
  const start = Math.min(high, Math.max(low, mode));
  terms[start - low] = at(start);
  for (let k = start; k < high; k++) terms[k + 1 - low] = terms[k - low]! * up(k);
  for (let k = start; k > low; k--) terms[k - 1 - low] = terms[k - low]! / up(k - 1);
  return terms;
}

function tailsOf(terms: Float64Array, low: number, observed: number) {
  const limit = terms[observed - low]! * ROUNDING;
  let twoSided = 0;
  let greater = 0;
  let less = 0;
  for (let i = 0; i < terms.length; i++) {
    const term = terms[i]!;
    if (term <= limit) twoSided += term;
    if (i + low >= observed) greater += term;
    if (i + low <= observed) less += term;
  }
  return { twoSided: Math.min(1, twoSided), greater: Math.min(1, greater), less: Math.min(1, less) };
}
