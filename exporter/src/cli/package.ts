import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Package {
  readonly root: string;
  readonly version: string;
}

let found: Package | undefined;

/** The package this code belongs to: its root is three levels up in a clone, four when compiled into dist/. */
export function ownPackage(): Package {
  found ??= find(import.meta.dirname);
  return found;
}

function find(folder: string): Package {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (typeof json === "object" && json !== null && "name" in json && json.name === "plumbline" && "version" in json) {
      return { root: folder, version: String(json.version) };
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const parent = join(folder, "..");
  if (parent === folder) throw new Error("package.json of plumbline is missing");
  return find(parent);
}
