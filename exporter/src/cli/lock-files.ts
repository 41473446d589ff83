/** What a checkout depends on, as one short id: when it changes beside a measure, the dependencies are a suspect. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const LOCK_FILES = [
  "Cargo.lock",
  "Gemfile.lock",
  "Pipfile.lock",
  "bun.lock",
  "composer.lock",
  "go.sum",
  "gradle.lockfile",
  "npm-shrinkwrap.json",
  "package-lock.json",
  "packages.lock.json",
  "pnpm-lock.yaml",
  "poetry.lock",
  "pubspec.lock",
  "requirements.txt",
  "uv.lock",
  "yarn.lock",
];

/** Of the lock files in that folder, all together; undefined without any, and when one is there that cannot be read. */
export async function dependenciesId(folder: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  let found = 0;
  for (const name of LOCK_FILES) {
    const content = await readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => error);
    if (content instanceof Error) {
      if (content.code === "ENOENT") continue;
      // An id without it would look like a change of the dependencies.
      return undefined;
    }
    found++;
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return found === 0 ? undefined : `lock-${hash.digest("hex").slice(0, 12)}`;
}
