/** Reports that are a folder of files (Allure results): which files of a command line are one report together. */
import { basename, dirname, join, sep } from "node:path";
import { FORMATS } from "../formats/registry.ts";
import { peek } from "../formats/source.ts";
import type { Format } from "../model/format.ts";
import { expandInputs, type Input, type Inputs, inputOf } from "./inputs.ts";
import type { CliIo } from "./io.ts";
import { reportChunks } from "./report-file.ts";

/** What names, folders, patterns and `-` mean, with the files of one folder's report as one input. */
export async function expandReports(io: CliIo, patterns: readonly string[]): Promise<Inputs> {
  const extensions = [...new Set(FORMATS.flatMap((format) => format.extensions))];
  const { files, errors } = await expandInputs(patterns, { cwd: io.cwd, extensions });
  let joined = files;
  for (const format of FORMATS)
    if (format.folder !== undefined) joined = await joinFolders(io, joined, format, format.folder);
  return { files: joined, errors };
}

async function joinFolders(
  io: CliIo,
  files: readonly Input[],
  format: Format,
  { claims, beside }: NonNullable<Format["folder"]>,
): Promise<readonly Input[]> {
  /** Result files by their folder. */
  const results = new Map<string, Set<Input>>();
  for (const file of files) {
    if (file.path === undefined) continue;
    const claim = claims(basename(file.path));
    if (claim !== "certain" && !(claim === "maybe" && (await looksLike(io, file, format)))) continue;
    const folder = dirname(file.path);
    const own = results.get(folder);
    if (own === undefined) results.set(folder, new Set([file]));
    else own.add(file);
  }
  if (results.size === 0) return files;
  const joined: Input[] = [];
  for (const file of files) {
    const folder = file.path === undefined ? undefined : dirname(file.path);
    const own = folder === undefined ? undefined : results.get(folder);
    if (own?.has(file) === true) {
      const [first] = own;
      if (first === file) joined.push(own.size === 1 ? file : { ...inputOf(folder!, io.cwd), files: pathsOf(own) });
    } else if (own === undefined ? !isBelow(file.path, results, beside) : claims(basename(file.path!)) !== "beside")
      joined.push(file);
  }
  return joined;
}

const pathsOf = (files: Iterable<Input>): string[] => [...files].flatMap(({ path }) => path ?? []);

/** Within a folder that belongs to one with results. */
function isBelow(path: string | undefined, results: ReadonlyMap<string, unknown>, names: readonly string[]): boolean {
  for (let folder = dirname(path ?? ""); folder.includes(sep) && folder !== dirname(folder); folder = dirname(folder))
    if (names.includes(basename(folder)) && results.has(join(folder, ".."))) return true;
  return false;
}

async function looksLike(io: CliIo, file: Input, format: Format): Promise<boolean> {
  try {
    const { head, source } = await peek({ name: file.name, chunks: reportChunks(io, file) });
    // Closes the file.
    for await (const _ of source.chunks) break;
    return format.sniff(head, basename(file.name)) === "certain";
  } catch {
    // What cannot be read is told of when it is read as a report.
    return false;
  }
}
