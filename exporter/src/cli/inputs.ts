/** Which files a command line means: names, folders, patterns, and `-` for standard input. */
import { glob, readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";
import { AppError } from "../errors.ts";

export const STDIN = "-";

export interface Input {
  /** As shown in messages and used as the default part's name; `/` between folders. */
  readonly name: string;
  /** Absolute; undefined for standard input. */
  readonly path: string | undefined;
  /** Absolute. The report is these files, one after another; `path` is their folder. */
  readonly files?: readonly string[] | undefined;
}

export interface Inputs {
  /** Each file once, in the order of the command line, sorted within a pattern or folder. */
  readonly files: readonly Input[];
  /** Patterns that match nothing and files that are not there, one error each. */
  readonly errors: readonly AppError[];
}

/** `extensions` (without dot) choose what is read from a folder; `.gz` may follow them. None: folders are refused. */
export async function expandInputs(
  patterns: readonly string[],
  options: { cwd: string; extensions: readonly string[] },
): Promise<Inputs> {
  const files = new Map<string, Input>();
  const errors: AppError[] = [];
  for (const pattern of patterns) {
    try {
      const found = await expandOne(pattern, options.cwd, options.extensions);
      for (const file of found) if (!files.has(file.path ?? STDIN)) files.set(file.path ?? STDIN, file);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      errors.push(error);
    }
  }
  return { files: [...files.values()], errors };
}

async function expandOne(pattern: string, cwd: string, extensions: readonly string[]): Promise<Input[]> {
  if (pattern === STDIN) return [{ name: "stdin", path: undefined }];
  // A file may be called "report[1].xml": what is there wins over what it could mean.
  const kind = await kindOf(resolve(cwd, pattern), pattern);
  if (kind === "file") return [inputOf(resolve(cwd, pattern), cwd)];
  if (kind === "folder") {
    if (extensions.length === 0) throw new AppError("INPUT_UNREADABLE", "is a folder, not a report", { file: pattern });
    const found = await filesIn(resolve(cwd, pattern), extensions);
    if (found.length > 0) return found.map((path) => inputOf(path, cwd));
    const known = extensions.map((extension) => `.${extension}`).join(", ");
    throw new AppError("INPUT_NOT_FOUND", `the folder holds no report (${known})`, { file: pattern });
  }
  if (!/[*?[{]/.test(pattern)) throw new AppError("INPUT_NOT_FOUND", "no such file", { file: pattern });
  const matches: string[] = [];
  for await (const match of glob(pattern, { cwd })) matches.push(resolve(cwd, match));
  matches.sort();
  const kinds = await Promise.all(matches.map((path) => kindOf(path, path)));
  const files = matches.filter((_, i) => kinds[i] === "file");
  if (files.length > 0) return files.map((path) => inputOf(path, cwd));
  const folders = matches.filter((_, i) => kinds[i] === "folder");
  const inside = (await Promise.all(folders.map((path) => filesIn(path, extensions)))).flat();
  if (inside.length === 0) throw new AppError("INPUT_NOT_FOUND", "no file matches the pattern", { file: pattern });
  return inside.map((path) => inputOf(path, cwd));
}

/** Pipes and devices (`<(command)`) count as files. */
async function kindOf(path: string, shown: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new AppError("INPUT_UNREADABLE", `cannot be read (${String(code)})`, { file: shown }, { cause });
  }
}

async function filesIn(folder: string, extensions: readonly string[]): Promise<string[]> {
  const endings = extensions.flatMap((extension) => [`.${extension}`, `.${extension}.gz`]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    throw new AppError("INPUT_UNREADABLE", `folder cannot be read (${String(code)})`, { file: folder }, { cause });
  });
  const paths = entries
    .filter((entry) => !entry.isDirectory() && endings.some((ending) => entry.name.toLowerCase().endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    // Packages of the tested project hold reports of their own as fixtures.
    .filter((path) => !relative(folder, path).split(sep).includes("node_modules"));
  return paths.sort();
}

export function inputOf(path: string, cwd: string): Input {
  const inside = relative(cwd, path);
  const shown = inside.startsWith("..") || isAbsolute(inside) ? path : inside || basename(path);
  return { name: shown.replaceAll(sep, "/"), path };
}
