import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * Identity of tests: (project, suite label, path inside the report, name) -> integer id.
 *
 * A *group* is everything but the name. An id is `group * 2^20 + ordinal`: rows of one report are then written nearly in
 * key order, a test's group needs no column, and a group's tests are one range of the table instead of an index.
 *
 * Names are found through one open-addressed table of 64-bit hashes, 20 bytes a test, so a million distinct tests cost
 * 40 MB and not a Map of strings. The hash never leaves this process: a collision (3e-8 at a million names in one group)
 * would merge two tests of one group.
 */
const ORDINALS = 2 ** 20;
/** Beyond so many known names the table is dropped between parts and filled again on demand. */
const MAX_KNOWN = 4_000_000;

interface Group {
  /** Ids of its extents; a new one begins when 2^20 names are used up. */
  readonly ids: number[];
  next: number;
}

export class TestIds {
  readonly #db: DatabaseSync;
  readonly #selectGroups: StatementSync;
  readonly #insertGroup: StatementSync;
  readonly #selectTests: StatementSync;
  readonly #groups = new Map<string, Group>();
  #hashA = new Uint32Array(1024);
  #hashB = new Uint32Array(1024);
  #ids = new Float64Array(1024);
  #seen = new Uint32Array(1024);
  #known = 0;
  #part = 0;
  readonly #repeats = new Map<number, number>();
  /** Result of the last `resolve`: the id was made by it. */
  created = false;
  /** Result of the last `resolve`: the name to store when `created`. */
  storedName = "";

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#selectGroups = db.prepare(
      "SELECT id FROM test_group WHERE project = ? AND suite = ? AND path = ? ORDER BY extent",
    );
    this.#insertGroup = db.prepare("INSERT INTO test_group (project, suite, path, extent) VALUES (?, ?, ?, ?)");
    this.#selectTests = db.prepare("SELECT id, name FROM test WHERE id >= ? AND id < ?");
  }

  /** Forgets everything: after a rollback, or when another process wrote. */
  clear(): void {
    this.#groups.clear();
    this.#hashA = new Uint32Array(1024);
    this.#hashB = new Uint32Array(1024);
    this.#ids = new Float64Array(1024);
    this.#seen = new Uint32Array(1024);
    this.#known = 0;
  }

  /** Starts a part: names seen from here on are told apart from repeats. */
  beginPart(): void {
    if (this.#known > MAX_KNOWN || this.#groups.size > MAX_KNOWN / 10) this.clear();
    this.#part = (this.#part + 1) >>> 0;
    if (this.#part === 0) {
      this.#seen.fill(0);
      this.#part = 1;
    }
    this.#repeats.clear();
  }

  group(project: string, suite: string, path: string): Group {
    const key = JSON.stringify([project, suite, path]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const rows = this.#selectGroups.all(project, suite, path) as { id: number }[];
    const group: Group = { ids: rows.map((row) => row.id), next: 0 };
    if (group.ids.length === 0) this.#extend(group, project, suite, path);
    else {
      for (const id of group.ids) {
        group.next = 0;
        for (const row of this.#selectTests.iterate(id * ORDINALS, (id + 1) * ORDINALS) as Iterable<{
          id: number;
          name: string;
        }>) {
          this.#add(group.ids[0]!, row.name, row.id);
          group.next = row.id - id * ORDINALS + 1;
        }
      }
    }
    this.#groups.set(key, group);
    return group;
  }

  #extend(group: Group, project: string, suite: string, path: string): void {
    const { lastInsertRowid } = this.#insertGroup.run(project, suite, path, group.ids.length);
    group.ids.push(Number(lastInsertRowid));
    group.next = 0;
  }

  /**
   * Id of a name in a group. A name that this part has used already is another test: it gets ` #2`, ` #3` … The caller
   * stores `storedName` when `created` is set.
   */
  resolve(group: Group, name: string): number {
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
    hash(group.ids[0]!, name);
    const a = hashA;
    const b = hashB;
    let mask = this.#hashA.length - 1;
    let slot = a & mask;
    while (this.#hashB[slot] !== 0) {
      if (this.#hashA[slot] === a && this.#hashB[slot] === b) {
        const id = this.#ids[slot]!;
        if (this.#seen[slot] === this.#part) return -1 - id;
        this.#seen[slot] = this.#part;
        this.created = false;
        return id;
      }
      slot = (slot + 1) & mask;
    }
    if (group.next === ORDINALS) {
      const row = this.#db.prepare("SELECT project, suite, path FROM test_group WHERE id = ?").get(group.ids[0]!) as {
        project: string;
        suite: string;
        path: string;
      };
      this.#extend(group, row.project, row.suite, row.path);
    }
    const id = group.ids[group.ids.length - 1]! * ORDINALS + group.next++;
    if (this.#known * 2 >= this.#hashA.length) {
      this.#grow();
      mask = this.#hashA.length - 1;
      slot = a & mask;
      while (this.#hashB[slot] !== 0) slot = (slot + 1) & mask;
    }
    this.#known++;
    this.#hashA[slot] = a;
    this.#hashB[slot] = b;
    this.#ids[slot] = id;
    this.#seen[slot] = this.#part;
    this.created = true;
    this.storedName = name;
    return id;
  }

  #add(seed: number, name: string, id: number): void {
    if (this.#known * 2 >= this.#hashA.length) this.#grow();
    hash(seed, name);
    const mask = this.#hashA.length - 1;
    let slot = hashA & mask;
    while (this.#hashB[slot] !== 0) slot = (slot + 1) & mask;
    this.#known++;
    this.#hashA[slot] = hashA;
    this.#hashB[slot] = hashB;
    this.#ids[slot] = id;
  }

  #grow(): void {
    const [oldA, oldB, oldIds, oldSeen] = [this.#hashA, this.#hashB, this.#ids, this.#seen];
    const size = oldA.length * 2;
    this.#hashA = new Uint32Array(size);
    this.#hashB = new Uint32Array(size);
    this.#ids = new Float64Array(size);
    this.#seen = new Uint32Array(size);
    for (let from = 0; from < oldA.length; from++) {
      if (oldB[from] === 0) continue;
      let slot = oldA[from]! & (size - 1);
      while (this.#hashB[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.#hashA[slot] = oldA[from]!;
      this.#hashB[slot] = oldB[from]!;
      this.#ids[slot] = oldIds[from]!;
      this.#seen[slot] = oldSeen[from]!;
    }
  }
}

let hashA = 0;
let hashB = 0;
/** cyrb64 (public domain, bryc): two 32-bit lanes, into `hashA` and `hashB`; the latter is never 0, which marks a free slot. */
function hash(seed: number, text: string): void {
  let h1 = 0xdeadbeef ^ seed;
  let h2 = 0x41c6ce57 ^ seed;
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
