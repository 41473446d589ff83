/** Names of measures, from the words of tools. */

/** `L1 Hits`, `D1MissRate`, `gc.alloc.rate`, `Total read+write` as `l1_hits`, `d1_miss_rate`, `gc_alloc_rate`, `total_read_write`. */
export function snakeCase(words: string): string {
  return words
    .replace(/([a-z\d])([A-Z][a-z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
}
