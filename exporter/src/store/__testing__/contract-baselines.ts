/** Names for runs: what they stand for, and that they keep it. */
import { expect, test } from "vitest";
import type { BaselineFilter } from "../../model/baseline.ts";
import type { Store, StoreReader } from "../../model/store.ts";
import type { Bench } from "./contract.ts";
import { allPages, codeOf, HOUR, keyOf, move, type PartSpec, remove } from "./support.ts";

const save = (store: Store, name: string, of: PartSpec = {}): Promise<void> =>
  store.write((tx) => tx.saveBaseline(name, keyOf(of)));
const drop = (store: Store, name: string, { project = "shop", environment = "ci" }: PartSpec = {}): Promise<void> =>
  store.write((tx) => tx.deleteBaseline({ project, environment, name }));
/** The newest first: `shop/ci v1 r1`. */
async function named(store: StoreReader, filter: BaselineFilter = {}): Promise<string[]> {
  const { items } = await store.baselines(filter, { limit: 100 });
  return items.map(({ project, environment, name, run }) => `${project}/${environment} ${name} ${run.runId}`);
}

export function describeBaselines(bench: Bench): void {
  test("a name stands for one run of its project and environment, and goes over to another", async () => {
    const { store, put, clock } = bench;
    await put({ runId: "r1" });
    await put({ runId: "r2" });
    await put({ runId: "r1", environment: "staging" });
    await save(store, "v1");
    clock.advance(HOUR);
    await save(store, "v1", { environment: "staging" });
    expect(await named(store)).toEqual(["shop/staging v1 r1", "shop/ci v1 r1"]);
    await save(store, "v1", { runId: "r2" });
    expect(await named(store)).toEqual(["shop/ci v1 r2", "shop/staging v1 r1"]);
    const [baseline] = (await store.baselines({ environment: "ci" }, { limit: 1 })).items;
    expect(baseline).toMatchObject({ savedAtMs: clock.now, run: { id: (await store.run("r2")).id, suites: ["unit"] } });
    // The same again is the same.
    await save(store, "v1", { runId: "r2" });
    expect(await named(store, { name: "v1", environment: "ci" })).toEqual(["shop/ci v1 r2"]);
    expect(await codeOf(save(store, "v2", { runId: "none" }))).toBe("NOT_FOUND");
  });

  test("a run that a baseline names is not deleted, until the last of its names is", async () => {
    const { store, put } = bench;
    await put({ cases: ["a"] });
    await save(store, "v1");
    await save(store, "v2");
    await expect(remove(store)).rejects.toMatchObject({
      code: "RUN_KEPT",
      message: 'run "r1" is kept by the baselines "v1", "v2"',
      hint: 'delete them first: plumbline baselines delete "v1"',
    });
    await drop(store, "v1");
    await expect(remove(store)).rejects.toMatchObject({ code: "RUN_KEPT", message: expect.stringContaining('"v2"') });
    expect((await store.cases("r1", {}, { limit: 10 })).items).toHaveLength(1);
    await drop(store, "v2");
    await remove(store);
    expect(await named(store)).toEqual([]);
    expect(await codeOf(store.run("r1"))).toBe("NOT_FOUND");
    expect(await codeOf(drop(store, "v2"))).toBe("NOT_FOUND");
  });

  test("a run that loses its name to another may be deleted", async () => {
    const { store, put } = bench;
    await put({ runId: "r1" });
    await put({ runId: "r2" });
    await save(store, "v1", { runId: "r1" });
    await save(store, "v1", { runId: "r2" });
    await remove(store, { runId: "r1" });
    expect(await codeOf(remove(store, { runId: "r2" }))).toBe("RUN_KEPT");
  });

  test("a refused deletion undoes nothing that shares its transaction", async () => {
    const { store, put } = bench;
    await put({ runId: "r1" });
    await put({ runId: "r2" });
    await save(store, "v1", { runId: "r1" });
    await store.write(async (tx) => {
      await tx.deleteRun(keyOf({ runId: "r2" }));
      expect(await codeOf(tx.deleteRun(keyOf({ runId: "r1" })))).toBe("RUN_KEPT");
    });
    expect(await codeOf(store.run("r2"))).toBe("NOT_FOUND");
    expect((await store.run("r1")).runId).toBe("r1");
  });

  test("a moved run takes its names along, unless one of them is taken there", async () => {
    const { store, put } = bench;
    await put({ runId: "r1" });
    await put({ runId: "r2", project: "web" });
    await save(store, "v1", { runId: "r1" });
    await save(store, "v1", { runId: "r2", project: "web" });
    expect(await codeOf(move(store, { runId: "r1" }, { project: "web" }))).toBe("STORE_CONFLICT");
    expect(await named(store)).toEqual(["web/ci v1 r2", "shop/ci v1 r1"]);
    await move(store, { runId: "r1" }, { environment: "staging", runId: "r9" });
    expect(await named(store, { project: "shop" })).toEqual(["shop/staging v1 r9"]);
    expect(await codeOf(drop(store, "v1"))).toBe("NOT_FOUND");
    await drop(store, "v1", { environment: "staging" });
    expect(await named(store)).toEqual(["web/ci v1 r2"]);
  });

  test("filters, pages and restarts", async () => {
    const { opened, put } = bench;
    await put({ runId: "r1" });
    await put({ runId: "r2", project: "web" });
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await save(opened.store, name, { runId: "r1" });
    await save(opened.store, "a", { runId: "r2", project: "web" });
    const store = await opened.reopen();
    expect(await named(store, { name: "a" })).toEqual(["web/ci a r2", "shop/ci a r1"]);
    expect(await named(store, { project: "web", name: "b" })).toEqual([]);
    const found = await allPages((cursor) => store.baselines({ project: "shop" }, { limit: 2, cursor }));
    expect(found.map(({ name }) => name)).toEqual(names.toReversed());
  });
}
