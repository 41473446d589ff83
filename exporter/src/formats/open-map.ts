/** A map of what has begun and not ended: it fills and empties again for as long as a report is read. */
export class OpenMap<Key, Value> {
  #map = new Map<Key, Value>();

  get size(): number {
    return this.#map.size;
  }
  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }
  set(key: Key, value: Value): void {
    this.#map.set(key, value);
  }
  values(): Iterable<Value> {
    return this.#map.values();
  }
  [Symbol.iterator](): Iterator<[Key, Value]> {
    return this.#map[Symbol.iterator]();
  }

  /**
   * A map that has become empty is left for a new one. V8 moves a map that shrinks or grows into another table, to which the old one
   * points: once one of these is old, all that follow outlive the young generation, with what they hold.
   */
  delete(key: Key): void {
    if (this.#map.size === 1 && this.#map.has(key)) this.#map = new Map();
    else this.#map.delete(key);
  }
  clear(): void {
    this.#map = new Map();
  }
}
