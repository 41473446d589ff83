/** Files that are sent together and named no run are one run, known by its contents: by command line and upload alike. Pure. */
import { createHash } from "node:crypto";

const MAX_PART = 200;

/** From the contents alone: order and names do not matter. */
export function jointRunId(files: readonly { readonly contentHash: string }[]): string {
  const hash = createHash("sha256");
  for (const one of files.map(({ contentHash }) => contentHash).sort()) hash.update(`${one}\n`);
  return hash.digest("hex").slice(0, 16);
}

/**
 * Part names, in order: below the deepest folder that all paths share, so the same wherever they are sent from, and without `.gz`
 * where that leaves them distinct: a compressed file is the same report.
 */
export function jointParts(paths: readonly string[]): string[] {
  const split = paths.map((path) => path.split(/[\\/]/));
  const folders = split.map((segments) => segments.slice(0, -1));
  const [first = []] = folders;
  const differs = first.findIndex((segment, i) => folders.some((folder) => folder[i] !== segment));
  const depth = differs < 0 ? first.length : differs;
  const names = split.map((segments) => segments.slice(depth).join("/"));
  const plain = names.map((name) => name.replace(/(?<=[^/])\.gz$/i, ""));
  const times = new Map<string, number>();
  for (const name of plain) times.set(name, (times.get(name) ?? 0) + 1);
  return plain.map((name, i) => (times.get(name) === 1 ? name : names[i]!));
}

/** A file's part under a given part name. What is too long keeps the end of the file's name, which tells it apart. */
export function partName(given: string | undefined, name: string): string {
  const prefix = given === undefined ? "" : `${given}/`;
  const room = MAX_PART - prefix.length;
  return room < 1 ? prefix.slice(0, MAX_PART) : `${prefix}${name.slice(-room)}`;
}
