import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { installFromSystem, isDebian, type Progress, unpackFromForky } from "./debian.ts";
import { findInstalledStack, STACK_FOLDER, type Stack } from "./find.ts";
import { ALL_TOOLS, TOOLS, type Tool } from "./tools.ts";

const found = new Map<Tool, Promise<Stack>>();
const say: Progress = (line) => process.stderr.write(`stack: ${line}\n`);

/**
 * The stack, installed first where it can be: on Debian what is missing is fetched, elsewhere the PATH must have it. What
 * cannot be had is in `missing` and said loudly; with CI=true it is an error. Cached per process and, in `.stack/`, per
 * checkout; two processes asking at once do not install twice.
 */
export async function findStack(tools: readonly Tool[] = ALL_TOOLS): Promise<Stack> {
  const wanted = tools.filter((tool) => !found.has(tool));
  if (wanted.length > 0) {
    const installing = install(wanted);
    for (const tool of wanted) found.set(tool, installing);
  }
  const parts = await Promise.all(new Set(tools.flatMap((tool) => found.get(tool) ?? [])));
  const reasons = new Map(parts.flatMap((part) => part.missing.map((one) => [one.tool, one.reason])));
  const stack = await findInstalledStack({ tools, reasons });
  if (stack.missing.length > 0 && process.env.CI === "true") {
    throw new Error(stack.missing.map((one) => `${one.tool} is missing: ${one.reason}`).join("\n"));
  }
  return stack;
}

async function install(tools: readonly Tool[]): Promise<Stack> {
  let stack = await findInstalledStack({ tools });
  if (stack.missing.length > 0 && isDebian()) {
    stack = await withLock(STACK_FOLDER, async () => {
      // Another process may have done it while this one waited.
      const missing = (await findInstalledStack({ tools })).missing.map((one) => one.tool);
      return await findInstalledStack({ tools, reasons: await fetchMissing(missing) });
    });
  }
  const versions = tools.flatMap((tool) => (stack.has(tool) ? [`${tool} ${stack.versions[tool]}`] : []));
  if (versions.length > 0) say(versions.join(", "));
  for (const { tool, reason } of stack.missing) say(`MISSING ${tool}, so what needs it is skipped: ${reason}`);
  return stack;
}

async function fetchMissing(tools: readonly Tool[]): Promise<ReadonlyMap<Tool, string>> {
  const unpackable = tools.filter((tool) => TOOLS[tool].from === "forky");
  const packages = [...new Set(unpackable.map((tool) => TOOLS[tool].package))];
  const failed = packages.length > 0 ? await unpackFromForky(STACK_FOLDER, packages, say) : new Map<string, string>();
  const reasons = new Map<Tool, string>();
  for (const tool of unpackable) {
    const reason = failed.get(TOOLS[tool].package);
    if (reason !== undefined) reasons.set(tool, reason);
  }
  for (const tool of tools.filter((one) => TOOLS[one].from === "system")) {
    const reason = await installFromSystem(TOOLS[tool].package, say);
    if (reason !== undefined) reasons.set(tool, reason);
  }
  return reasons;
}

/** SQLite's file lock: the kernel releases it when the holder dies, so no stale lock is ever left to judge. */
async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, "lock.db"));
  try {
    for (let told = false; !tryLock(lock); told = true) {
      if (!told) say("another process is installing; waiting for it");
      await sleep(300);
    }
    return await work();
  } finally {
    lock.close();
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && /locked|busy/.test(error.message)) return false;
    throw error;
  }
}
