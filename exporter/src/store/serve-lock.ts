import { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";

/**
 * A database of its own whose exclusive transaction lasts as long as the server: the operating system drops the lock with the
 * process, so that kill -9 leaves nothing to clean up, and other processes can still write to the store itself.
 */
export function takeServeLock(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}-serve-lock`);
  try {
    lock.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock.close();
    const code = cause instanceof Error && "errcode" in cause ? (cause.errcode as number) & 0xff : undefined;
    if (code !== 5 && code !== 6) throw cause;
    throw new AppError("STORE_BUSY", "another server is running on this store", { file }, { cause });
  }
}
