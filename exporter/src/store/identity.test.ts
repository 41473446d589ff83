import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, test } from "vitest";
import { TestIds } from "./identity.ts";
import { migrate } from "./schema.ts";

let db: DatabaseSync;
beforeEach(() => {
  db = new DatabaseSync(":memory:");
  migrate(db, "memory");
});

/** Resolves names as one part, storing what is new, as the part writer does. */
function part(ids: TestIds, names: Iterable<string>, path = "[]"): number[] {
  const insert = db.prepare("INSERT INTO test VALUES (?, ?)");
  ids.beginPart();
  const group = ids.group("p", "s", path);
  return Array.from(names, (name) => {
    const id = ids.resolve(group, name);
    if (ids.created) insert.run(id, ids.storedName);
    return id;
  });
}

describe("ids of tests", () => {
  test("are the same in each part, after forgetting and for another connection", () => {
    const ids = new TestIds(db);
    const names = Array.from({ length: 500 }, (_, i) => `test ${i}`);
    const first = part(ids, names);
    expect(new Set(first).size).toBe(500);
    expect(part(ids, names.toReversed())).toEqual(first.toReversed());
    ids.clear();
    expect(part(ids, names)).toEqual(first);
    expect(part(new TestIds(db), [...names, "new"]).slice(0, 500)).toEqual(first);
  });

  test("hold their group in the high bits, in the order of first appearance", () => {
    const ids = new TestIds(db);
    const [a, b] = [part(ids, ["x", "y"], '["a"]'), part(ids, ["x", "y"], '["b"]')];
    expect(a.map((id) => id >> 20)).toEqual([1, 1]);
    expect(b.map((id) => id >> 20)).toEqual([2, 2]);
    expect(a.concat(b).map((id) => id % 2 ** 20)).toEqual([0, 1, 0, 1]);
  });

  test("of a group with more names than one extent holds go on in the next, also after a restart", () => {
    const names = Array.from({ length: 35 }, (_, i) => `test ${i}`);
    const first = part(new TestIds(db, 10), names.slice(0, 17));
    const again = new TestIds(db, 10);
    const all = part(again, names);
    expect(all.slice(0, 17)).toEqual(first);
    expect(new Set(all).size).toBe(35);
    expect(new Set(all.map((id) => Math.floor(id / 2 ** 20))).size).toBe(4);
    const rows = db.prepare("SELECT extent FROM test_group ORDER BY extent").all();
    expect(rows.map((row) => row.extent)).toEqual([0, 1, 2, 3]);
    expect(part(new TestIds(db, 10), names)).toEqual(all);
  });

  test("a name used before in the part is another test, numbered; a literal of that form is told apart", () => {
    const ids = new TestIds(db);
    for (const names of [
      ["a", "a", "a"],
      ["a", "a #2", "a"],
      ["a #2", "a", "a"],
    ]) {
      const found = part(ids, names);
      expect(new Set(found).size).toBe(3);
      expect(part(new TestIds(db), names)).toEqual(found);
    }
  });

  test("a million repeats of one name take no longer each", () => {
    const ids = new TestIds(db);
    db.exec("BEGIN");
    const found = part(ids, new Array<string>(50_000).fill("same"));
    db.exec("COMMIT");
    expect(new Set(found).size).toBe(50_000);
  });

  test("half a character is stored as SQLite stores it and found again", () => {
    const [id] = part(new TestIds(db), ["cut \ud83d"]);
    expect(part(new TestIds(db), ["cut \ud83d", "cut \ufffd"])).toEqual([id, expect.any(Number)]);
    expect(part(new TestIds(db), ["cut \ufffd"])).toEqual([id]);
  });

  test("no two of many alike names share a hash", () => {
    const ids = new TestIds(db);
    ids.beginPart();
    const group = ids.group("p", "s", "[]");
    const names = new Set<string>();
    for (let i = 0; i < 60_000; i++) {
      names
        .add(`test[${i}]`)
        .add(`${i % 245}-${Math.floor(i / 245)}`)
        .add(String.fromCharCode(i + 1, i + 1));
    }
    for (const name of names) if (name.isWellFormed()) ids.resolve(group, name);
    // A shared hash would look like a repeat and get a number.
    let repeats = 0;
    for (const name of names) {
      if (!name.isWellFormed()) continue;
      ids.resolve(group, name);
      if (ids.storedName !== `${name} #2`) repeats++;
    }
    expect(repeats).toBe(0);
  });
});
