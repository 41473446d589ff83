/** What is covered at the places of one file, while a report tells of them. */
import { sortedTriples, type Tally, tallyOfTriples } from "../model/coverage.ts";

/** Made when there are some: most files of a report have no branches or no functions. */
export class Places {
  /** Triples as in `Tally`, in the order in which they were told. */
  readonly #at: number[] = [];
  /** Where the triple of a place begins; only once they have come out of order. */
  #index: Map<number, number> | undefined;
  #last = -1;
  #inOrder = true;

  /** Adds to what is known of the place; returns how much of it is covered now. */
  add(place: number, covered: number, total: number): number {
    const at = this.#at;
    if (place > this.#last) {
      this.#last = place;
      return this.#append(place, covered, total);
    }
    const latest = at.length - 3;
    const known = at[latest] === place ? latest : this.#find(place);
    if (known === undefined) {
      this.#inOrder = false;
      return this.#append(place, covered, total);
    }
    at[known + 2]! += total;
    at[known + 1]! += covered;
    return at[known + 1]!;
  }

  #append(place: number, covered: number, total: number): number {
    this.#index?.set(place, this.#at.length);
    this.#at.push(place, covered, total);
    return covered;
  }

  #find(place: number): number | undefined {
    if (this.#index === undefined) {
      this.#index = new Map();
      for (let i = 0; i < this.#at.length; i += 3) this.#index.set(this.#at[i]!, i);
    }
    return this.#index.get(place);
  }

  tally(): Tally {
    return tallyOfTriples(this.#inOrder ? this.#at.slice() : sortedTriples(this.#at));
  }
}
