/**
 * Cases that wait for what a report tells of them later, in bounded memory. All but the latest are kept as bytes: objects that live for
 * long take three times as much, and let V8 gather four times their size in garbage.
 */
import type { CaseResult, SuiteNode } from "../model/test.ts";

/** About what may be held as objects (60 000 plain cases); beyond it the oldest have to go as they are. */
const MAX_HELD = 24 * 1024 * 1024;
/** Of a case without its texts. */
const WEIGHT = 400;
/** Cases that become bytes together. */
const BLOCK = 1_000;

interface Item<Extra> {
  result: CaseResult;
  readonly extra: Extra;
}

interface Block {
  /** JSON of the items, without their suites. */
  bytes: Buffer;
  readonly suites: readonly (SuiteNode | undefined)[];
}

export class HeldCases<Extra extends string | undefined> {
  readonly #emit: (result: CaseResult, extra: Extra) => void;
  #blocks: Block[] = [];
  #latest: Item<Extra>[] = [];
  #weight = 0;
  /** Cases that could not be held until the end. */
  released = 0;

  constructor(emit: (result: CaseResult, extra: Extra) => void) {
    this.#emit = emit;
  }

  /** How many were added so far; a mark for `change`. */
  get count(): number {
    return this.released + this.#held;
  }

  get #held(): number {
    return this.#blocks.length * BLOCK + this.#latest.length;
  }

  add(result: CaseResult, extra: Extra): void {
    this.#latest.push({ result, extra });
    this.#weight += WEIGHT + result.name.length + (result.output?.length ?? 0);
    this.#weight += (result.failure?.message.length ?? 0) + (result.failure?.stack?.length ?? 0);
    if (this.#weight > MAX_HELD) {
      this.released += this.#held;
      this.flush();
    } else if (this.#latest.length === BLOCK) {
      this.#blocks.push({ bytes: pack(this.#latest), suites: this.#latest.map(({ result }) => result.suite) });
      this.#latest = [];
    }
  }

  /** Changes those added since `mark`; returns how many of them were gone already. */
  change(mark: number, change: (result: CaseResult) => CaseResult): number {
    const from = Math.max(0, mark - this.released);
    const changeFrom = (items: Item<Extra>[], first: number): void => {
      for (const item of items.slice(Math.max(0, first))) item.result = change(item.result);
    };
    for (let i = Math.floor(from / BLOCK); i < this.#blocks.length; i++) {
      const block = this.#blocks[i]!;
      const items = unpack<Extra>(block);
      changeFrom(items, from - i * BLOCK);
      block.bytes = pack(items);
    }
    changeFrom(this.#latest, from - this.#blocks.length * BLOCK);
    return Math.max(0, this.released - mark);
  }

  flush(): void {
    const [blocks, latest] = [this.#blocks, this.#latest];
    this.#blocks = [];
    this.#latest = [];
    this.#weight = 0;
    for (const block of blocks) for (const { result, extra } of unpack<Extra>(block)) this.#emit(result, extra);
    for (const { result, extra } of latest) this.#emit(result, extra);
  }
}

const pack = (items: readonly Item<string | undefined>[]): Buffer =>
  Buffer.from(
    JSON.stringify(
      items.map((item) =>
        item.result.suite === undefined ? item : { result: { ...item.result, suite: undefined }, extra: item.extra },
      ),
    ),
  );

function unpack<Extra>({ bytes, suites }: Block): Item<Extra>[] {
  const items = JSON.parse(bytes.toString()) as { result: CaseResult & { suite?: SuiteNode }; extra: Extra }[];
  suites.forEach((suite, i) => {
    if (suite !== undefined) items[i]!.result.suite = suite;
  });
  return items;
}
