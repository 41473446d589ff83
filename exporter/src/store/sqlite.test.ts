import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { StoreReader, StoreSettings } from "../model/store.ts";
import { describeStoreContract } from "./__testing__/contract.ts";
import type { Opened } from "./__testing__/support.ts";
import { openSqlite } from "./sqlite.ts";

/** In memory where there is such a folder: the contract is not about the disk, and a sync costs more than the rest of a test. */
const BASE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

async function open(settings: StoreSettings): Promise<Opened> {
  const folder = mkdtempSync(path.join(BASE, "plumbline-store-"));
  const file = path.join(folder, "deep", "plumbline.db");
  let others: StoreReader[] = [];
  let store = openSqlite(file, settings, "serve");
  const closeAll = async () => {
    for (const one of [...others, store]) await one.close();
    others = [];
  };
  const also = <T extends StoreReader>(one: T): T => {
    others.push(one);
    return one;
  };
  return {
    store,
    async reopen(changed = settings) {
      await closeAll();
      store = openSqlite(file, changed, "serve");
      return store;
    },
    otherWriter: async () => also(openSqlite(file, settings, "write")),
    reader: async () => also(openSqlite(file, settings, "read")),
    async close() {
      await closeAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeStoreContract("sqlite", open);
