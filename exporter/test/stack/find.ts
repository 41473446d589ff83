import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { ALL_TOOLS, TOOLS, type Tool } from "./tools.ts";

export type Missing = { tool: Tool; reason: string };

export type Stack = { readonly [T in Tool]?: string } & {
  /** Version of each program found; "unknown" where it does not tell (Debian's victoria-metrics on the PATH). */
  readonly versions: { readonly [T in Tool]?: string };
  readonly missing: readonly Missing[];
  /** True when every one of the tools is there; for `describe.skipIf(!stack.has("prometheus"))`. */
  has(...tools: readonly Tool[]): boolean;
  /** The path of a tool; throws with the reason when it is missing. */
  path(tool: Tool): string;
};

/** What was unpacked into the folder, written last, so a folder without it counts as empty. */
export type Stamp = { layout: number; packages: Record<string, string> };

export const LAYOUT = 1;
export const STACK_FOLDER = resolve(import.meta.dirname, "../../../.stack");

export const rootOf = (folder: string): string => join(folder, "root");

export function readStamp(folder: string): Stamp {
  const empty: Stamp = { layout: LAYOUT, packages: {} };
  try {
    const stamp = JSON.parse(readFileSync(join(folder, "stamp.json"), "utf8")) as Stamp;
    return stamp.layout === LAYOUT ? stamp : empty;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return empty;
    throw error;
  }
}

/**
 * The stack as it is on this machine: the project's own `.stack/` first, then the PATH. Never downloads.
 * `reasons` replaces "not found" for tools whose installation was tried and failed.
 */
export async function findInstalledStack(
  options: { tools?: readonly Tool[]; folder?: string; reasons?: ReadonlyMap<Tool, string> } = {},
): Promise<Stack> {
  const { tools = ALL_TOOLS, folder = STACK_FOLDER, reasons } = options;
  const stamp = readStamp(folder);
  const looked = await Promise.all(tools.map((tool) => look(tool, folder, stamp)));
  const missing = looked.flatMap((one) =>
    "reason" in one ? [{ tool: one.tool, reason: reasons?.get(one.tool) ?? one.reason }] : [],
  );
  const found = looked.filter((one) => "path" in one);
  const paths: { [T in Tool]?: string } = Object.fromEntries(found.map((one) => [one.tool, one.path]));
  return {
    ...paths,
    versions: Object.fromEntries(found.map((one) => [one.tool, one.version])),
    missing,
    has: (...wanted) => wanted.every((tool) => paths[tool] !== undefined),
    path: (tool) => {
      const path = paths[tool];
      if (path === undefined) {
        const reason = missing.find((one) => one.tool === tool)?.reason ?? "was not asked for";
        throw new Error(`${tool} is missing: ${reason}`);
      }
      return path;
    },
  };
}

type Looked = { tool: Tool; path: string; version: string } | { tool: Tool; reason: string };

async function look(tool: Tool, folder: string, stamp: Stamp): Promise<Looked> {
  const info = TOOLS[tool];
  const unpacked = join(rootOf(folder), info.file);
  const packaged = stamp.packages[info.package];
  if (packaged !== undefined && isExecutable(unpacked)) return { tool, path: unpacked, version: upstream(packaged) };

  let reason = `not found (looked for ${info.names.join(", ")} on the PATH)`;
  for (const path of info.names.flatMap(onPath)) {
    const version = await versionOf(path);
    if (version === undefined || !isBelow(version, info.least)) return { tool, path, version: version ?? "unknown" };
    reason = `${path} is version ${version}, needed is ${info.least.join(".")} or newer`;
  }
  return { tool, reason };
}

function onPath(name: string): readonly string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = name.includes("/") ? [name] : folders.map((folder) => join(folder, name));
  return candidates.filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function versionOf(path: string): Promise<string | undefined> {
  return new Promise((done) => {
    // Read without regard to the exit status and the stream: both differ between tools and their versions.
    execFile(path, ["--version"], { timeout: 10_000 }, (_error, stdout, stderr) => {
      done(/\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0]);
    });
  });
}

/** "3.5.3+ds1-6" -> "3.5.3" */
const upstream = (debian: string): string => /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(debian)?.[1] ?? debian;

function isBelow(version: string, least: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, wanted] of least.entries()) {
    const have = parts[index] ?? 0;
    if (have !== wanted) return have < wanted;
  }
  return false;
}
