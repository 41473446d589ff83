import type { DatabaseSync, StatementSync } from "node:sqlite";
import { IdSet } from "./id-set.ts";

/**
 * Identity of tests: (project, suite label, path inside the report, name) -> integer id.
 *
 * A *group* is everything but the name. An id is `group * 2^20 + ordinal`: rows of one report are then written nearly in
 * key order, a test's group needs no column, and a group's tests are one range of the table instead of an index.
 *
 * Names are found through one small open-addressed table of 64-bit hashes per group, 16 bytes a slot: a report names the tests
 * of a group one after the other, so the table stays in the processor's cache, and a million distinct tests cost 32 MB and not a
 * Map of strings. The hash never leaves this process: a collision (3e-8 at a million names in one group) would merge two tests.
 * A group costs a kilobyte whatever it holds, so their number is bounded too: a report with a class per test must not fill the
 * memory.
 */
const ORDINALS = 2 ** 20;
const FIRST_SLOTS = 4;
/** Beyond so many known names everything is forgotten between parts and read again on demand. */
const MAX_KNOWN = 2_000_000;
const MAX_GROUPS = 30_000;

interface Group {
  readonly key: readonly [project: string, suite: string, path: string];
  /** Ids of its extents; a new one begins when 2^20 names are used up. */
  readonly ids: number[];
  /** Ordinal of the next new name in the last extent. */
  next: number;
  known: number;
  /** Per slot: hash, its other half (0: free), position (extent and ordinal), the last part that used the name. */
  slots: Uint32Array;
  /** Slots * 4 - 1. */
  mask: number;
}

export class TestIds {
  readonly #selectGroups: StatementSync;
  readonly #insertGroup: StatementSync;
  readonly #selectTests: StatementSync;
  readonly #capacity: number;
  readonly #maxGroups: number;
  readonly #flush: () => void;
  readonly #groups = new Map<string, Group>();
  #known = 0;
  #part = 0;
  /** What this part has used of groups that were forgotten while it goes on. */
  readonly #used = new IdSet();
  readonly #repeats = new Map<number, number>();
  /** Result of the last `resolve`: the id was made by it. */
  created = false;
  /** Result of the last `resolve`: the name to store when `created`. */
  storedName = "";

  /** `flush` inserts what the caller has buffered of new names. Capacities are smaller only in tests. */
  constructor(db: DatabaseSync, flush: () => void, capacity = { names: ORDINALS, groups: MAX_GROUPS }) {
    this.#flush = flush;
    this.#capacity = capacity.names;
    this.#maxGroups = capacity.groups;
    this.#selectGroups = db.prepare(
      "SELECT id FROM test_group WHERE project = ? AND suite = ? AND path = ? ORDER BY extent",
    );
    this.#insertGroup = db.prepare("INSERT INTO test_group (project, suite, path, extent) VALUES (?, ?, ?, ?)");
    this.#selectTests = db.prepare("SELECT id, name FROM test WHERE id >= ? AND id < ?");
  }

  /** Forgets everything: after a rollback, or when another process wrote. */
  clear(): void {
    this.#groups.clear();
    this.#known = 0;
  }

  /** Starts a part: names seen from here on are told apart from repeats. */
  beginPart(): void {
    if (this.#known > MAX_KNOWN || this.#part === 0xffff_ffff) {
      this.clear();
      this.#part = 0;
    }
    this.#part++;
    this.#repeats.clear();
    this.#used.clear();
  }

  /** Valid until the next call. */
  group(project: string, suite: string, path: string): Group {
    const key = [project, suite, path] as const;
    const text = JSON.stringify(key);
    const known = this.#groups.get(text);
    if (known !== undefined) return known;
    if (this.#groups.size >= this.#maxGroups) this.#evict();
    const rows = this.#selectGroups.all(...key) as { id: number }[];
    const group: Group = {
      key,
      ids: rows.map((row) => row.id),
      next: 0,
      known: 0,
      slots: new Uint32Array(4 * FIRST_SLOTS),
      mask: 4 * FIRST_SLOTS - 1,
    };
    if (group.ids.length === 0) this.#extend(group);
    else for (let extent = 0; extent < group.ids.length; extent++) this.#load(group, extent);
    this.#groups.set(text, group);
    return group;
  }

  #load(group: Group, extent: number): void {
    const first = group.ids[extent]! * ORDINALS;
    group.next = 0;
    for (const row of this.#selectTests.iterate(first, first + ORDINALS) as Iterable<{ id: number; name: string }>) {
      const ordinal = row.id - first;
      hash(row.name);
      this.#put(group, extent * ORDINALS + ordinal, this.#used.has(row.id) ? this.#part : 0);
      group.next = ordinal + 1;
    }
  }

  /** Forgets all groups in the middle of a part, but not which names it has used. */
  #evict(): void {
    this.#flush();
    for (const group of this.#groups.values())
      for (let at = 0; at < group.slots.length; at += 4)
        if (group.slots[at + 1] !== 0 && group.slots[at + 3] === this.#part)
          this.#used.add(idAt(group, group.slots[at + 2]!));
    this.clear();
  }

  #extend(group: Group): void {
    const { lastInsertRowid } = this.#insertGroup.run(...group.key, group.ids.length);
    group.ids.push(Number(lastInsertRowid));
    group.next = 0;
  }

  /**
   * Id of a name in a group. A name that this part has used already is another test: it gets ` #2`, ` #3` … The caller
   * stores `storedName` when `created` is set.
   */
  resolve(group: Group, rawName: string): number {
    // SQLite stores a lone surrogate (half of a cut emoji) as U+FFFD; a restart must find the same name again.
    const name = rawName.isWellFormed() ? rawName : rawName.toWellFormed();
    const id = this.#find(group, name);
    if (id >= 0) return id;
    // A repeat: -1 - id of the first one.
    const first = -1 - id;
    let count = this.#repeats.get(first) ?? 1;
    for (;;) {
      count++;
      const next = this.#find(group, `${name} #${count}`);
      if (next >= 0) {
        this.#repeats.set(first, count);
        return next;
      }
    }
  }

  /** The id, or -1 - id when this part has used the name before. */
  #find(group: Group, name: string): number {
    hash(name);
    const { slots, mask } = group;
    for (let at = (hashA * 4) & mask; slots[at + 1] !== 0; at = (at + 4) & mask) {
      if (slots[at] !== hashA || slots[at + 1] !== hashB) continue;
      const id = idAt(group, slots[at + 2]!);
      if (slots[at + 3] === this.#part) return -1 - id;
      slots[at + 3] = this.#part;
      this.created = false;
      return id;
    }
    if (group.next === this.#capacity) this.#extend(group);
    const position = (group.ids.length - 1) * ORDINALS + group.next++;
    this.#put(group, position, this.#part);
    this.created = true;
    this.storedName = name;
    return idAt(group, position);
  }

  /** Adds the name hashed last. */
  #put(group: Group, position: number, part: number): void {
    if (group.known * 6 >= group.slots.length) grow(group);
    let at = (hashA * 4) & group.mask;
    while (group.slots[at + 1] !== 0) at = (at + 4) & group.mask;
    group.slots[at] = hashA;
    group.slots[at + 1] = hashB;
    group.slots[at + 2] = position;
    group.slots[at + 3] = part;
    group.known++;
    this.#known++;
  }
}

function grow(group: Group): void {
  const old = group.slots;
  const slots = new Uint32Array(old.length * 4);
  const mask = slots.length - 1;
  for (let from = 0; from < old.length; from += 4) {
    if (old[from + 1] === 0) continue;
    let at = (old[from]! * 4) & mask;
    while (slots[at + 1] !== 0) at = (at + 4) & mask;
    for (let word = 0; word < 4; word++) slots[at + word] = old[from + word]!;
  }
  group.slots = slots;
  group.mask = mask;
}

/** Position: extent in the high bits, ordinal in the low 20. 4096 extents hold four thousand million names of one group. */
function idAt(group: Group, position: number): number {
  return group.ids[position >>> 20]! * ORDINALS + (position & (ORDINALS - 1));
}

let hashA = 0;
let hashB = 0;
/** cyrb64 (public domain, bryc): two 32-bit lanes, into `hashA` and `hashB`; the latter is never 0, which marks a free slot. */
function hash(text: string): void {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2654435761);
    h2 = Math.imul(h2 ^ code, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  hashA = h1 >>> 0;
  hashB = (h2 | 1) >>> 0;
}
