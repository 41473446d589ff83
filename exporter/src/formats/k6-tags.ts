/** The tags of k6's points: many points have the same. */
import type { LatencySeries } from "./latency-book.ts";
import { own } from "./text.ts";

/** The tags that decide where a point belongs. */
export interface K6Tags {
  readonly scenario?: string | undefined;
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly method?: string | undefined;
  readonly check?: string | undefined;
  readonly group?: string | undefined;
}

/** Points with equal tags share one; what they lead to is looked up once. */
export interface K6TagSet {
  readonly tags: K6Tags;
  series?: LatencySeries | undefined;
  check?: Ratio | undefined;
}

export interface Ratio {
  passed: number;
  total: number;
}

/** Remembers tag sets by what the file writes, as long as there are not too many. */
export class K6TagCache {
  readonly #sets = new Map<string, K6TagSet>();
  readonly #parse: (raw: string) => K6Tags | undefined;

  constructor(parse: (raw: string) => K6Tags | undefined) {
    this.#parse = parse;
  }

  /** Undefined when it is not what it should be. */
  get(raw: string): K6TagSet | undefined {
    const known = this.#sets.get(raw);
    if (known !== undefined) return known;
    const tags = this.#parse(raw);
    if (tags === undefined) return undefined;
    // Addresses with ids and query strings make new tags for each request: what is old is forgotten, all at once.
    if (this.#sets.size >= 2_000) this.#sets.clear();
    const set: K6TagSet = { tags };
    this.#sets.set(own(raw), set);
    return set;
  }
}
