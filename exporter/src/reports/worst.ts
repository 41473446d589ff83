/** The first `limit` in order of all that are added, without holding them all. */
export class Worst<T> {
  readonly #limit: number;
  readonly #order: (a: T, b: T) => number;
  #items: T[] = [];
  #added = 0;

  constructor(limit: number, order: (a: T, b: T) => number) {
    this.#limit = limit;
    this.#order = order;
  }
  add(item: T): void {
    this.#added++;
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#limit + 100) this.items();
  }
  items(): readonly T[] {
    this.#items = this.#items.sort(this.#order).slice(0, this.#limit);
    return this.#items;
  }
  /** Beyond the limit. */
  get more(): number {
    return Math.max(0, this.#added - this.#limit);
  }
}
