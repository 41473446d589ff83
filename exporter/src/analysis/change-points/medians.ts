/** Medians of small windows and of whole arrays, for robust scales. */

/** Median by quickselect (Hoare); alters the order of `values`. NaN of an empty array. Average of the middle two for even counts. */
export function medianInPlace(values: Float64Array): number {
  const n = values.length;
  if (n === 0) return Number.NaN;
  const upper = select(values, n >> 1);
  if (n % 2 === 1) return upper;
  let lower = values[0]!;
  for (let i = 1; i < n >> 1; i++) if (values[i]! > lower) lower = values[i]!;
  return (lower + upper) / 2;
}

/** Puts the k-th smallest at place k, smaller ones before it, and gives it back. */
function select(values: Float64Array, k: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) {
        const kept = values[i]!;
        values[i] = values[j]!;
        values[j] = kept;
        i++;
        j--;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}

const small = new Float64Array(16);

/** Median of `values[from..to)`, at most 16 of them, without allocation. */
export function medianOfWindow(values: Float64Array, from: number, to: number): number {
  const n = to - from;
  for (let i = 0; i < n; i++) {
    const value = values[from + i]!;
    let j = i;
    for (; j > 0 && small[j - 1]! > value; j--) small[j] = small[j - 1]!;
    small[j] = value;
  }
  return n % 2 === 1 ? small[n >> 1]! : (small[(n >> 1) - 1]! + small[n >> 1]!) / 2;
}
