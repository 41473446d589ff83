import { AppError } from "../errors.ts";

/** Runs `work` with SQLite's and the file system's errors as ours. */
export function mapped<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw sqliteError(error, file);
  }
}

/** IOERR_READ, IOERR_SHORT_READ, IOERR_CORRUPTFS, IOERR_DATA. */
const UNREAD = new Set([266, 522, 8458, 8202]);

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) as ours; other errors pass unchanged. */
export function sqliteError(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error;
  const options = { cause: error };
  if (!("errcode" in error) || typeof error.errcode !== "number") return folderError(error, file);
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
      if (UNREAD.has(error.errcode))
        return new AppError("STORE_CORRUPT", `the disk refused to read (${error.message})`, { file }, options);
      return new AppError("STORE_FULL", `the disk refused to write (${error.message})`, { file }, options);
    case 11: // CORRUPT
    case 26: // NOTADB
      return new AppError("STORE_CORRUPT", error.message, { file }, options);
    case 13: // FULL
      return new AppError("STORE_FULL", "the disk is full", { file }, options);
    case 14: // CANTOPEN
      return unopened(error, file);
    default:
      return new AppError("INTERNAL", error.message, { file }, options);
  }
}

/** What making the store's folder may fail with. */
function folderError(error: Error, file: string): unknown {
  if (!("code" in error) || !("syscall" in error)) return error;
  if (error.code === "ENOSPC" || error.code === "EDQUOT")
    return new AppError("STORE_FULL", "the disk is full", { file }, { cause: error });
  return unopened(error, file);
}

const unopened = (cause: Error, file: string): AppError =>
  new AppError(
    "INPUT_UNREADABLE",
    `the store cannot be opened (${cause.message})`,
    { file },
    { cause, hint: "does its folder exist, and may this user write there?" },
  );
