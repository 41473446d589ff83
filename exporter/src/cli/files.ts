import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../errors.ts";

/**
 * Writes files below a folder, each at once or not at all. Files that hold the text already are left alone, so that
 * programs that watch them see changes only.
 */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
): Promise<{ written: string[]; unchanged: string[] }> {
  const written: string[] = [];
  const unchanged: string[] = [];
  for (const [path, content] of files) {
    const full = join(folder, path);
    if ((await currentText(full)) === content) {
      unchanged.push(path);
      continue;
    }
    try {
      await mkdir(dirname(full), { recursive: true });
      await writeFile(`${full}.tmp`, content);
      await rename(`${full}.tmp`, full);
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
      const hint = "check the folder's permissions and its free space";
      throw new AppError("INPUT_UNREADABLE", `cannot be written (${code})`, { file: full }, { cause, hint });
    }
    written.push(path);
  }
  return { written, unchanged };
}

/** Undefined: there is no such file, or it cannot be read. */
export async function currentText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
