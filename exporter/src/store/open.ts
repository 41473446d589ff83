import { AppError } from "../errors.ts";
import type { Store, StoreReader, StoreSettings } from "../model/store.ts";
import { openSqlite } from "./sqlite.ts";

/** File behind `sqlite:PATH`. Throws STORE_UNSUPPORTED for any other scheme. */
export function sqlitePath(address: string): string {
  const match = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(address);
  if (match !== null) return match[1]!;
  throw new AppError(
    "STORE_UNSUPPORTED",
    `cannot open "${address}"`,
    {},
    {
      hint: /^postgres(ql)?:/.test(address)
        ? "PostgreSQL is not supported yet; use sqlite:PATH"
        : "write it as sqlite:PATH, such as sqlite:./data/plumbline.db",
    },
  );
}

/** Opens a store by its address. `serve` also takes the lock of the one server a store may have (STORE_BUSY when taken). */
export function openStore(address: string, settings: StoreSettings, mode: "read"): StoreReader;
export function openStore(address: string, settings: StoreSettings, mode: "write" | "serve"): Store & { idle(): void };
export function openStore(address: string, settings: StoreSettings, mode: "read" | "write" | "serve"): StoreReader {
  const file = sqlitePath(address);
  return mode === "read" ? openSqlite(file, settings, mode) : openSqlite(file, settings, mode);
}
