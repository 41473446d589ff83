/** Cases that wait for what a report tells of them later, in bounded memory. */
import type { CaseResult } from "../model/test.ts";

/** About what may be held (60 000 plain cases); beyond it the oldest have to go as they are. */
const MAX_HELD = 24 * 1024 * 1024;
/** Of a case without its texts. */
const WEIGHT = 400;

export class HeldCases<Extra> {
  readonly #emit: (result: CaseResult, extra: Extra) => void;
  #items: { result: CaseResult; extra: Extra }[] = [];
  #weight = 0;
  /** Cases that could not be held until the end. */
  released = 0;

  constructor(emit: (result: CaseResult, extra: Extra) => void) {
    this.#emit = emit;
  }

  /** How many were added so far; a mark for `change`. */
  get count(): number {
    return this.released + this.#items.length;
  }

  add(result: CaseResult, extra: Extra): void {
    this.#items.push({ result, extra });
    this.#weight += WEIGHT + result.name.length + (result.output?.length ?? 0);
    this.#weight += (result.failure?.message.length ?? 0) + (result.failure?.stack?.length ?? 0);
    if (this.#weight <= MAX_HELD) return;
    this.released += this.#items.length;
    this.flush();
  }

  /** Changes those added since `mark`; returns how many of them were gone already. */
  change(mark: number, change: (result: CaseResult) => CaseResult): number {
    for (let i = Math.max(0, mark - this.released); i < this.#items.length; i++) {
      const item = this.#items[i]!;
      item.result = change(item.result);
    }
    return Math.max(0, this.released - mark);
  }

  flush(): void {
    const items = this.#items;
    this.#items = [];
    this.#weight = 0;
    for (const { result, extra } of items) this.#emit(result, extra);
  }
}
