import { existsSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import type { Changes, Store, StoreReader, StoreSettings, WriteTransaction } from "../model/store.ts";
import { assertVersion, migrate } from "./schema.ts";
import { readChanges } from "./sqlite-changes.ts";
import { SqliteReader } from "./sqlite-read.ts";
import { SqliteWriter } from "./sqlite-write.ts";

/**
 * The embedded store: one SQLite file in WAL mode, `synchronous=FULL`. Readers and the writer are separate connections (and
 * usually separate threads); a reader never waits. `serve` also takes the lock of the one server that may own a store.
 */
export type StoreMode = "read" | "write" | "serve";

/** Wal pages after which a commit checkpoints by itself; the writer checkpoints earlier, when idle. */
const AUTO_CHECKPOINT_PAGES = 64_000;

export function openSqlite(file: string, settings: StoreSettings, mode: "read"): StoreReader;
export function openSqlite(file: string, settings: StoreSettings, mode: "write" | "serve"): Store & { idle(): void };
export function openSqlite(file: string, settings: StoreSettings, mode: StoreMode): StoreReader {
  return mapped(file, () => {
    if (mode === "read" && !existsSync(file))
      throw new AppError(
        "NOT_FOUND",
        "there is no store yet",
        { file },
        { hint: "ingest a report first, or name the store with --store" },
      );
    if (mode !== "read") mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    const lock = mode === "serve" ? lockFor(file) : undefined;
    const db = new DatabaseSync(file, { readOnly: mode === "read" });
    try {
      db.exec(`PRAGMA busy_timeout = ${settings.busyMs}; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000`);
      if (mode === "read") {
        assertVersion(db, file);
        return new SqliteStoreReader(db, file);
      }
      db.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${AUTO_CHECKPOINT_PAGES}; PRAGMA cache_size = -12000`,
      );
      migrate(db, file);
      return new SqliteStore(db, file, settings, lock);
    } catch (error) {
      db.close();
      lock?.close();
      throw error;
    }
  });
}

/**
 * A database of its own whose exclusive transaction lasts as long as the server: the operating system drops the lock with the
 * process, so that kill -9 leaves nothing to clean up, and other processes can still write to the store itself.
 */
function lockFor(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}-serve-lock`);
  try {
    lock.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock.close();
    throw new AppError("STORE_BUSY", "another server is running on this store", { file }, { cause });
  }
}

class SqliteStoreReader extends SqliteReader implements StoreReader {
  protected readonly db: DatabaseSync;
  protected readonly file: string;
  constructor(db: DatabaseSync, file: string) {
    super(db);
    this.db = db;
    this.file = file;
  }
  async generation(): Promise<number> {
    return mapped(
      this.file,
      () => (this.db.prepare("SELECT value FROM meta WHERE key = 'generation'").get() as { value: number }).value,
    );
  }
  async changesSince(generation: number): Promise<Changes> {
    return mapped(this.file, () => readChanges(this.db, generation));
  }
  async size(): Promise<{ bytes: number; runs: number }> {
    const bytes = ["", "-wal"].reduce(
      (sum, suffix) => sum + (statSync(this.file + suffix, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    return { bytes, runs: (this.db.prepare("SELECT count(*) AS n FROM run").get() as { n: number }).n };
  }
  async close(): Promise<void> {
    this.db.close();
  }
}

class SqliteStore extends SqliteStoreReader implements Store {
  readonly #writer: SqliteWriter;
  readonly #lock: DatabaseSync | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(db: DatabaseSync, file: string, settings: StoreSettings, lock: DatabaseSync | undefined) {
    super(db, file);
    this.#writer = new SqliteWriter(db, settings);
    this.#lock = lock;
  }

  /** Transactions of one connection take turns. */
  write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#transaction(work));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #transaction<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    try {
      this.db.exec("BEGIN IMMEDIATE");
      this.#writer.begin();
      const result = await work(this.#writer);
      this.#writer.end();
      this.db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#writer.forget();
      if (this.db.isTransaction) this.db.exec("ROLLBACK");
      throw sqliteError(error, this.file);
    }
  }

  /** Moves the WAL into the database; for moments when nobody waits for a commit. */
  idle(): void {
    mapped(this.file, () => this.db.exec("PRAGMA wal_checkpoint(PASSIVE)"));
  }

  override async close(): Promise<void> {
    await this.#turn;
    this.db.close();
    this.#lock?.close();
  }
}

function mapped<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw sqliteError(error, file);
  }
}

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) as ours; other errors pass unchanged. */
export function sqliteError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  const options = { cause: error };
  switch (error.errcode & 0xff) {
    case 5: // BUSY
    case 6: // LOCKED
      return new AppError("STORE_BUSY", "another process holds the write lock", { file }, options);
    case 8: // READONLY
      return new AppError(
        "STORE_FULL",
        "the store cannot be written: read-only file or folder",
        { file },
        { ...options, hint: "check the permissions of the folder and the file" },
      );
    case 10: // IOERR
      return new AppError("STORE_FULL", `the disk refused to read or write (${error.message})`, { file }, options);
    case 11: // CORRUPT
    case 26: // NOTADB
      return new AppError("STORE_CORRUPT", error.message, { file }, options);
    case 13: // FULL
      return new AppError("STORE_FULL", "the disk is full", { file }, options);
    case 14: // CANTOPEN
      return new AppError(
        "INPUT_UNREADABLE",
        "the store cannot be opened",
        { file },
        { ...options, hint: "does its folder exist, and may this user write there?" },
      );
    default:
      return new AppError("INTERNAL", error.message, { file }, options);
  }
}
