/** What only a store in a file has: locks, versions, damage, full disks, sudden ends. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Clock, casesOf, codeOf, counters, kase, putPart, remove, settingsOf } from "./__testing__/support.ts";
import { openStore, sqlitePath } from "./open.ts";
import { openSqlite, type StoreMode } from "./sqlite.ts";

const CHILD = path.join(import.meta.dirname, "__testing__/child.ts");
const clock = new Clock();
const settings = settingsOf(clock, { busyMs: 200 });
const MODES: readonly StoreMode[] = ["read", "write", "serve"];

let folder: string;
let file: string;
let closers: (() => unknown)[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "plumbline-files-"));
  file = path.join(folder, "p.db");
  closers = [];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const opening = (mode: StoreMode, at = file) => codeOf((async () => open(mode, at))());
function open(mode: StoreMode, at = file) {
  const store = openSqlite(at, settings, mode as "serve");
  closers.push(() => store.close().catch(() => {}));
  return store;
}
async function stored(at = file): Promise<void> {
  const store = openSqlite(at, settings, "write");
  await putPart(store, clock, {
    cases: Array.from({ length: 6_000 }, (_, i) => kase(`test ${i}`, i % 2 ? "failed" : "passed")),
  });
  await store.close();
}

/** Lines of a child process as they come. */
function child(mode: "write" | "serve", job: string, { argument = "", limitKb = 0, at = file } = {}) {
  const args = [process.execPath, "--disable-warning=ExperimentalWarning", CHILD, at, mode, job, argument];
  const [command, ...rest] = limitKb === 0 ? args : ["bash", "-c", `ulimit -f ${limitKb}; exec "$@"`, "bash", ...args];
  const running = spawn(command!, rest, { stdio: ["ignore", "pipe", "inherit"] });
  closers.push(() => running.kill("SIGKILL"));
  let over = false;
  const ended = new Promise<void>((resolve) =>
    running.once("close", () => {
      over = true;
      resolve();
    }),
  );
  const lines: string[] = [];
  const waiters = new Set<() => void>();
  createInterface({ input: running.stdout }).on("line", (line) => {
    lines.push(line);
    for (const wake of waiters) wake();
  });
  return {
    lines,
    ended,
    kill: async () => {
      running.kill("SIGKILL");
      await ended;
    },
    async says(line: string): Promise<void> {
      while (!lines.includes(line)) {
        await Promise.race([new Promise<void>((resolve) => waiters.add(resolve)), ended]);
        if (over && !lines.includes(line)) throw new Error(`child ended with: ${lines.join(", ")}`);
      }
    },
  };
}

describe("addresses", () => {
  test.each([
    ["sqlite:./data/p.db", "./data/p.db"],
    ["sqlite:p.db", "p.db"],
    ["sqlite:/var/p.db", "/var/p.db"],
    ["sqlite:///var/p.db", "/var/p.db"],
    ["sqlite:C:\\data\\p.db", "C:\\data\\p.db"],
  ])("%s is the file %s", (address, expected) => expect(sqlitePath(address)).toBe(expected));

  test.each(["postgres://h/db", "postgresql://h", "mysql://h", "p.db", "sqlite:", ""])(
    "%j is refused",
    async (address) => {
      expect(await codeOf((async () => openStore(address, settings, "read"))())).toBe("STORE_UNSUPPORTED");
    },
  );
});

describe("what is not a store", () => {
  test("a missing file: a reader says so and makes nothing; a writer makes it with its folders", async () => {
    expect(await opening("read")).toBe("NOT_FOUND");
    expect(existsSync(file)).toBe(false);
    const deep = path.join(folder, "a/b/c.db");
    expect(await opening("write", deep)).toBe("resolved");
    expect(await opening("read", deep)).toBe("resolved");
  });

  test.each(MODES)("text is STORE_CORRUPT for %s, and stays as it is", async (mode) => {
    const text = "this is no database, but somebody's notes\n".repeat(100);
    writeFileSync(file, text);
    expect(await opening(mode)).toBe("STORE_CORRUPT");
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test.each(MODES)("another program's database is STORE_CORRUPT for %s, and stays as it is", async (mode) => {
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE theirs (a); PRAGMA user_version = 1");
    other.close();
    const before = readFileSync(file);
    expect(await opening(mode)).toBe("STORE_CORRUPT");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test.each(MODES)("a newer schema is STORE_VERSION for %s", async (mode) => {
    await stored();
    const db = new DatabaseSync(file);
    db.exec("PRAGMA user_version = 99");
    db.close();
    expect(await opening(mode)).toBe("STORE_VERSION");
  });

  test("an empty file becomes a store when it is written to; a reader asks for that", async () => {
    writeFileSync(file, "");
    expect(await opening("read")).toBe("STORE_VERSION");
    expect(await opening("write")).toBe("resolved");
    expect(await opening("read")).toBe("resolved");
  });

  test("a file cut short is STORE_CORRUPT, at the latest when what is missing is read", async () => {
    await stored();
    truncateSync(file, 40_960);
    const code = await opening("read");
    if (code === "resolved") expect(await codeOf(casesOf(open("read")))).toBe("STORE_CORRUPT");
    else expect(code).toBe("STORE_CORRUPT");
  });

  test("damage in the middle is STORE_CORRUPT for who reads it and who writes there", async () => {
    await stored();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, bytes.length / 2);
    writeFileSync(file, bytes);
    const store = open("write");
    expect(await codeOf(casesOf(store))).toBe("STORE_CORRUPT");
    expect(await codeOf(store.errors({}, 10))).toBe("STORE_CORRUPT");
    expect(await codeOf(remove(store))).toBe("STORE_CORRUPT");
    expect((await store.runs({}, { limit: 1 })).items).toHaveLength(1);
  });

  test.each(["/proc/plumbline/p.db", "/dev/null/p.db"])(
    "a folder that cannot be made (%s) is INPUT_UNREADABLE",
    async (at) => {
      expect(await opening("write", at)).toBe("INPUT_UNREADABLE");
      expect(await opening("serve", at)).toBe("INPUT_UNREADABLE");
    },
  );

  test("a folder in the place of the file is INPUT_UNREADABLE", async () => {
    for (const mode of MODES) expect(await opening(mode, folder)).toBe("INPUT_UNREADABLE");
  });
});

describe("locks", () => {
  test("one server per store: the second gets STORE_BUSY while the first lives, commands may write", async () => {
    const first = child("serve", "hold");
    await first.says("open");
    expect(await opening("serve")).toBe("STORE_BUSY");
    const store = open("write");
    await putPart(store, clock, { cases: ["a"] });
    expect((await open("read").run("r1")).counts.passed).toBe(1);
    await first.kill();
    expect(await opening("serve")).toBe("resolved");
  });

  test("a server that could not open its store leaves no lock behind", async () => {
    writeFileSync(file, "no database".repeat(100));
    expect(await opening("serve")).toBe("STORE_CORRUPT");
    rmSync(file);
    expect(await opening("serve")).toBe("resolved");
  });

  test("closing gives the lock back", async () => {
    await openSqlite(file, settings, "serve").close();
    expect(await opening("serve")).toBe("resolved");
  });

  test("who waits too long for the write lock gets STORE_BUSY and can try again", async () => {
    const [one, two] = [open("write"), open("write")];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = putPart(one, clock, { cases: ["a"], during: () => held });
    expect(await codeOf(putPart(two, clock, { runId: "r2", cases: ["a"] }))).toBe("STORE_BUSY");
    release();
    await first;
    await putPart(two, clock, { runId: "r2", cases: ["a"] });
    expect(await counters(two)).toMatchObject({ "executions shop/unit/ci/main passed": 2 });
  });

  test("two processes that write in turns agree on the ids of tests and lose no count", async () => {
    const writers = ["one", "two", "three"].map((argument) => child("write", "write", { argument }));
    await Promise.all(writers.map((one) => one.says("closed")));
    const store = open("read");
    const ids = new Map<string, Set<string>>();
    for (const run of (await store.runs({}, { limit: 1000 })).items)
      for (const row of await casesOf(store, run.runId))
        ids.set(row.name, (ids.get(row.name) ?? new Set()).add(row.testId));
    expect(ids.size).toBe(1 + 25 + 75);
    expect([...ids.values()].every((set) => set.size === 1)).toBe(true);
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main passed": 75,
      "executions shop/unit/ci/main passed": 225,
      "run_duration shop/unit/ci/main count": 75,
    });
  });

  test("processes that start together make one store", async () => {
    const all = Array.from({ length: 5 }, (_, i) => child("write", "write", { argument: `p${i}` }));
    await Promise.all(all.map((one) => one.ended));
    expect(all.map((one) => one.lines)).toEqual(all.map(() => ["open", "closed"]));
    expect((await open("read").size()).runs).toBe(125);
  });
});

describe("sudden ends and full disks", () => {
  test("killed in the middle of a transaction: nothing of it is there, and the store works", async () => {
    await stored();
    const before = await open("read").changesSince(0);
    const writer = child("write", "half");
    await writer.says("half");
    expect((await open("read").size()).runs).toBe(1);
    await writer.kill();
    const store = open("serve");
    expect(await store.changesSince(0)).toEqual(before);
    expect(await codeOf(store.run("half"))).toBe("NOT_FOUND");
    await putPart(store, clock, { runId: "half", cases: ["a"] });
    expect(await casesOf(store, "half")).toHaveLength(1);
  });

  const FULL = [
    "open",
    "resolved",
    expect.stringMatching(/^resolved STORE_FULL /),
    expect.any(String),
    "resolved",
    "closed",
  ];

  /** Either the big part alone was undone, or all of its transaction; never a half of anything, and the next one works. */
  async function expectWhole(lines: readonly string[]): Promise<void> {
    expect(lines).toEqual(FULL);
    const batch = lines[3]!;
    expect(["resolved", "STORE_FULL"]).toContain(batch);
    if (batch === "resolved") expect(lines[2]).toBe("resolved STORE_FULL resolved resolved");
    const store = open("read");
    const runs = (await store.runs({}, { limit: 10 })).items.map((run) => run.runId).sort();
    expect(runs).toEqual(batch === "resolved" ? ["after", "before", "next", "small"] : ["after", "before"]);
    const cases = await Promise.all(runs.map((run) => casesOf(store, run)));
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main passed": runs.length,
      "executions shop/unit/ci/main passed": cases.flat().length,
    });
    const db = new DatabaseSync(file, { readOnly: true });
    expect(db.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    db.close();
  }

  test.skipIf(process.platform === "win32")(
    "a file that may not grow is STORE_FULL, nothing is half stored, smaller reports still fit",
    async () => {
      const writer = child("write", "fill", { limitKb: 6_000 });
      await writer.ended;
      await expectWhole(writer.lines);
    },
  );

  const mounted = canMount();
  test.skipIf(!mounted)("a full disk is STORE_FULL, nothing is half stored, smaller reports still fit", async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]);
    closers.push(() => execFileSync("umount", ["-l", folder]));
    const writer = child("write", "fill");
    await writer.ended;
    await expectWhole(writer.lines);
  });

  test("a copy by VACUUM INTO is a store like the one it came from", async () => {
    await stored();
    const copy = path.join(folder, "copy.db");
    const db = new DatabaseSync(file, { readOnly: true });
    db.prepare("VACUUM INTO ?").run(copy);
    db.close();
    expect(await casesOf(open("read", copy))).toEqual(await casesOf(open("read")));
    await putPart(open("serve", copy), clock, { runId: "r2", cases: ["a"] });
  });

  test("the last one to close leaves one file", async () => {
    const [store, reader] = [openSqlite(file, settings, "serve"), openSqlite(file, settings, "read")];
    await putPart(store, clock, { cases: ["a"] });
    store.idle();
    await reader.close();
    await store.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect((await open("read").run("r1")).counts.passed).toBe(1);
  });
});

/** A full disk of its own needs root; elsewhere the limit on file size stands in for it. */
function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const at = mkdtempSync(path.join(tmpdir(), "plumbline-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", at], { stdio: "ignore" });
    execFileSync("umount", [at], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}
