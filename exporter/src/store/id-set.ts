/** A set of ids (whole numbers above 0) in 8 to 16 bytes each; a Set of numbers beyond 2^31 takes five times that. */
export class IdSet {
  #slots = new Float64Array(1024);
  size = 0;

  clear(): void {
    if (this.size === 0) return;
    this.#slots = new Float64Array(1024);
    this.size = 0;
  }

  add(id: number): void {
    if (this.size * 3 >= this.#slots.length * 2) this.#grow();
    const at = this.#find(id);
    if (this.#slots[at] === id) return;
    this.#slots[at] = id;
    this.size++;
  }

  has(id: number): boolean {
    return this.#slots[this.#find(id)] === id;
  }

  /** Where an id is, or the free slot where it belongs. */
  #find(id: number): number {
    const mask = this.#slots.length - 1;
    // Ids hold a number in the low 20 bits and another above: both take part.
    const mixed = Math.imul(((id % 2 ** 32) | 0) ^ Math.imul(id / 2 ** 20, 0x85ebca6b), 0x9e3779b1);
    let at = (mixed ^ (mixed >>> 15)) & mask;
    while (this.#slots[at] !== 0 && this.#slots[at] !== id) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(old.length * 2);
    for (const id of old) if (id !== 0) this.#slots[this.#find(id)] = id;
  }
}
