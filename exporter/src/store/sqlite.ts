import { existsSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import type { Changes, LastRunRow, Store, StoreReader, StoreSettings, WriteTransaction } from "../model/store.ts";
import { assertOurs, assertVersion, migrate } from "./schema.ts";
import { takeServeLock } from "./serve-lock.ts";
import { lastRuns, readChanges } from "./sqlite-changes.ts";
import { mapped, sqliteError } from "./sqlite-errors.ts";
import { SqliteReader } from "./sqlite-read.ts";
import { SqliteWriter } from "./sqlite-write.ts";

/**
 * The embedded store: one SQLite file in WAL mode, `synchronous=FULL`. Readers and the writer are separate connections (and
 * usually separate threads); a reader never waits. `serve` also takes the lock of the one server that may own a store.
 */
export type StoreMode = "read" | "write" | "serve";

/** Wal pages after which a commit checkpoints by itself; the writer checkpoints earlier, when idle. */
const AUTO_CHECKPOINT_PAGES = 64_000;
/** What a large ingest leaves of the WAL file on disk once it is moved. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024;

export function openSqlite(file: string, settings: StoreSettings, mode: "read"): StoreReader;
export function openSqlite(file: string, settings: StoreSettings, mode: "write" | "serve"): Store & { idle(): void };
export function openSqlite(file: string, settings: StoreSettings, mode: StoreMode): StoreReader {
  return mapped(file, () => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory())
      throw new AppError(
        "INPUT_UNREADABLE",
        "the store is a file, and this is a folder",
        { file },
        { hint: `name the file, such as ${path.join(file, "plumbline.db")}` },
      );
    if (mode === "read" && found === undefined)
      throw new AppError(
        "NOT_FOUND",
        "there is no store yet",
        { file },
        { hint: "ingest a report first, or name the store with --store" },
      );
    if (mode === "read") return new SqliteStoreReader(openReader(file, settings), file, settings);
    makeFolder(path.dirname(path.resolve(file)));
    const opened: DatabaseSync[] = [];
    try {
      if (mode === "serve") opened.push(takeServeLock(file));
      const db = new DatabaseSync(file);
      opened.unshift(db);
      db.exec(
        `PRAGMA busy_timeout = ${settings.busyMs}; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -12000; PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = ${AUTO_CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`,
      );
      assertOurs(db, file);
      db.exec("PRAGMA journal_mode = WAL");
      migrate(db, file);
      const reader = openReader(file, settings);
      opened.unshift(reader);
      return new SqliteStore(reader, db, file, settings, opened);
    } catch (error) {
      for (const one of opened) one.close();
      throw error;
    }
  });
}

/** Not `recursive`: that never returns where the kernel refuses a folder with ENOENT, as in /proc (Node 24.21). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  }
}

function openReader(file: string, settings: StoreSettings): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.exec(`PRAGMA busy_timeout = ${settings.busyMs}; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000`);
    assertVersion(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

class SqliteStoreReader extends SqliteReader implements StoreReader {
  readonly #maxMeasures: number;

  constructor(db: DatabaseSync, file: string, settings: StoreSettings) {
    super(db, file);
    this.#maxMeasures = settings.bounds.measures;
  }

  async generation(): Promise<number> {
    return this.one<{ value: number }>("SELECT value FROM meta WHERE key = 'generation'").value;
  }
  async lastRuns(): Promise<readonly LastRunRow[]> {
    return mapped(this.file, () => lastRuns(this.db, 0, this.#maxMeasures));
  }
  async changesSince(generation: number): Promise<Changes> {
    return mapped(this.file, () => readChanges(this.db, generation, this.#maxMeasures));
  }
  async size(): Promise<{ bytes: number; runs: number }> {
    const bytes = ["", "-wal"].reduce(
      (sum, suffix) => sum + (statSync(this.file + suffix, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    return { bytes, runs: this.one<{ n: number }>("SELECT count(*) AS n FROM run").n };
  }
  async close(): Promise<void> {
    this.db.close();
  }
}

/** Reads on a connection of its own: what a transaction has written and not committed is nobody's to see. */
class SqliteStore extends SqliteStoreReader implements Store {
  readonly #db: DatabaseSync;
  readonly #writer: SqliteWriter;
  /** In the order of closing: readers first, so that the last connection, a writing one, can remove the WAL. */
  readonly #opened: readonly DatabaseSync[];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    reader: DatabaseSync,
    db: DatabaseSync,
    file: string,
    settings: StoreSettings,
    opened: readonly DatabaseSync[],
  ) {
    super(reader, file, settings);
    this.#db = db;
    this.#writer = new SqliteWriter(db, file, settings);
    this.#opened = opened;
  }

  /** Transactions of one connection take turns. */
  write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#transaction(work));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #transaction<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      this.#writer.begin();
      const result = await work(this.#writer);
      this.#writer.end();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#writer.forget();
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw sqliteError(error, this.file);
    }
  }

  /** Moves the WAL into the database; for moments when nobody waits for a commit. */
  idle(): void {
    mapped(this.file, () => this.#db.exec("PRAGMA wal_checkpoint(PASSIVE)"));
  }

  override async close(): Promise<void> {
    await this.#turn;
    for (const one of this.#opened) one.close();
  }
}
