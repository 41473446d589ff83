import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, test } from "vitest";
import { IdSet } from "./id-set.ts";
import { TestIds } from "./identity.ts";
import { migrate } from "./schema.ts";

let db: DatabaseSync;
beforeEach(() => {
  db = new DatabaseSync(":memory:");
  migrate(db, "memory");
});

const FULL = { names: 2 ** 20, groups: 1000 };
/** What a store would make: new names are buffered until somebody asks for them. */
function newIds(capacity: Partial<typeof FULL> = {}) {
  const insert = db.prepare("INSERT INTO test VALUES (?, ?)");
  let buffered: [number, string][] = [];
  const flush = () => {
    for (const row of buffered) insert.run(...row);
    buffered = [];
  };
  const ids = new TestIds(db, flush, { ...FULL, ...capacity });
  const use = (name: string, path = "[]") => {
    const id = ids.resolve(ids.group("p", "s", path), name);
    if (ids.created) buffered.push([id, ids.storedName]);
    return id;
  };
  const part = (names: Iterable<string>, path = "[]"): number[] => {
    ids.beginPart();
    const found = Array.from(names, (name) => use(name, path));
    flush();
    return found;
  };
  return { ids, use, part, flush };
}

describe("ids of tests", () => {
  test("are the same in each part, after forgetting and for another connection", () => {
    const { ids, part } = newIds();
    const names = Array.from({ length: 500 }, (_, i) => `test ${i}`);
    const first = part(names);
    expect(new Set(first).size).toBe(500);
    expect(part(names.toReversed())).toEqual(first.toReversed());
    ids.clear();
    expect(part(names)).toEqual(first);
    expect(
      newIds()
        .part([...names, "new"])
        .slice(0, 500),
    ).toEqual(first);
  });

  test("hold their group in the high bits, in the order of first appearance", () => {
    const { part } = newIds();
    const [a, b] = [part(["x", "y"], '["a"]'), part(["x", "y"], '["b"]')];
    expect(a.map((id) => id >> 20)).toEqual([1, 1]);
    expect(b.map((id) => id >> 20)).toEqual([2, 2]);
    expect(a.concat(b).map((id) => id % 2 ** 20)).toEqual([0, 1, 0, 1]);
  });

  test("of a group with more names than one extent holds go on in the next, also after a restart", () => {
    const names = Array.from({ length: 35 }, (_, i) => `test ${i}`);
    const small = { names: 10 };
    const first = newIds(small).part(names.slice(0, 17));
    const all = newIds(small).part(names);
    expect(all.slice(0, 17)).toEqual(first);
    expect(new Set(all).size).toBe(35);
    expect(new Set(all.map((id) => Math.floor(id / 2 ** 20))).size).toBe(4);
    const rows = db.prepare("SELECT extent FROM test_group ORDER BY extent").all();
    expect(rows.map((row) => row.extent)).toEqual([0, 1, 2, 3]);
    expect(newIds(small).part(names)).toEqual(all);
  });

  test("a name used before in the part is another test, numbered; a literal of that form is told apart", () => {
    const orders = [
      ["a", "a", "a"],
      ["a", "a #2", "a"],
      ["a #2", "a", "a"],
    ];
    const { part } = newIds();
    for (const names of orders) {
      const found = part(names);
      expect(new Set(found).size).toBe(3);
      expect(newIds().part(names)).toEqual(found);
    }
  });

  test("repeats of one name stay cheap however many there are", () => {
    db.exec("BEGIN");
    const found = newIds().part(new Array<string>(50_000).fill("same"));
    db.exec("COMMIT");
    expect(new Set(found).size).toBe(50_000);
  });

  test("more groups than are held: the same ids and repeats as with room for all", () => {
    const steps = Array.from({ length: 400 }, (_, i) => [`["g${(i * 7) % 23}"]`, `t${(i * 5) % 11}`] as const);
    const roomy = newIds();
    roomy.ids.beginPart();
    const expected = steps.map(([path, name]) => roomy.use(name, path));
    roomy.flush();
    expect(new Set(expected).size).toBe(400);
    db.exec("DELETE FROM test; DELETE FROM test_group");
    const tight = newIds({ groups: 3 });
    for (let i = 0; i < 2; i++) {
      tight.ids.beginPart();
      expect(steps.map(([path, name]) => tight.use(name, path))).toEqual(expected);
      tight.flush();
    }
  });

  test("half a character is stored as SQLite stores it and found again", () => {
    const [id] = newIds().part(["cut \ud83d"]);
    expect(newIds().part(["cut \ud83d", "cut \ufffd"])).toEqual([id, expect.any(Number)]);
    expect(newIds().part(["cut \ufffd"])).toEqual([id]);
  });

  test("no two of many alike names share a hash", () => {
    const names = new Set<string>();
    for (let i = 0; i < 60_000; i++)
      names
        .add(`test[${i}]`)
        .add(`${i % 245}-${Math.floor(i / 245)}`)
        .add(String.fromCharCode(i + 1, i + 1).toWellFormed());
    const { ids } = newIds();
    ids.beginPart();
    const group = ids.group("p", "s", "[]");
    // A shared hash would look like a repeat and get a number.
    const repeats = [...names].filter((name) => {
      ids.resolve(group, name);
      return ids.storedName !== name;
    });
    expect(repeats).toEqual([]);
  });
});

test("a set of ids holds what was added and nothing else", () => {
  const set = new IdSet();
  const ids = Array.from({ length: 5_000 }, (_, i) => ((i % 97) + 1) * 2 ** 20 + i * 3);
  for (const id of [...ids, ...ids]) set.add(id);
  expect(set.size).toBe(5_000);
  expect(ids.every((id) => set.has(id))).toBe(true);
  expect(ids.some((id) => set.has(id + 1))).toBe(false);
  set.clear();
  expect(ids.some((id) => set.has(id))).toBe(false);
});
