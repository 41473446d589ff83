/** Which run and part each file of one `ingest` belongs to. Pure. */
import { createHash } from "node:crypto";
import { AppError } from "../errors.ts";
import type { RunContext } from "../model/run.ts";
import type { ResolvedContext } from "./context.ts";
import type { Input } from "./inputs.ts";

const MAX_PART = 200;

export interface IngestPlan {
  /** All files are one run that nobody named: its id is made from their contents. */
  readonly needsJointRunId: boolean;
  /** Without the joint run id. */
  contextOf(input: Input): Partial<RunContext>;
  /** Nothing more will come for these runs, so the command completes them. */
  finishes(target: "store" | "server"): boolean;
}

/**
 * A run is named by --run-id, else by the CI system (not for old runs: they are not of this CI run), else by content. Parts
 * are named so that files never collide: `--part`, or the CI job with the file's name, or the file's name.
 */
export function planContexts(
  files: readonly Input[],
  { context: resolved, fromCi }: ResolvedContext,
  options: { readonly runPerFile: boolean },
): IngestPlan {
  const namedRun = resolved.runId !== undefined && !fromCi.has("runId");
  if (options.runPerFile && namedRun) {
    const hint = "leave the run id out: each file is then a run known by its content";
    throw new AppError("USAGE", "--run-per-file and a run id exclude each other", {}, { hint });
  }
  const perFile = options.runPerFile || (resolved.history === true && !namedRun);
  const context = without(resolved, (key) => {
    // What the CI system says is true of today's run, not of an old one. The project stays.
    if (resolved.history === true) return fromCi.has(key) && key !== "project";
    return perFile && key === "runId";
  });
  const implicitPart = fromCi.has("part");
  const named = context.runId !== undefined;
  const single = files.length === 1;
  const explicitPart = context.part !== undefined && !implicitPart;
  const nameOf = named ? (input: Input) => input.name : relativeNames(files);

  const partOf = (input: Input): string | undefined => {
    // A report that is a run of its own is known by its content, wherever it lies: the service names its only part.
    if (!named && (perFile || single) && !explicitPart) return undefined;
    if (explicitPart && single) return context.part;
    const prefix = context.part === undefined ? "" : `${context.part}/`;
    const room = MAX_PART - prefix.length;
    return room < 1 ? prefix.slice(0, MAX_PART) : `${prefix}${nameOf(input).slice(-room)}`;
  };
  return {
    needsJointRunId: !named && !perFile && !single,
    contextOf: (input) => {
      const { part: _, ...rest } = context;
      const part = partOf(input);
      return part === undefined ? rest : { ...rest, part };
    },
    // On a server others may add to a named run; here, nothing else will come unless parts were announced.
    finishes: (target) =>
      !explicitPart && context.parts === undefined && (!named || (target === "store" && !implicitPart)),
  };
}

function without(context: Partial<RunContext>, drop: (key: keyof RunContext) => boolean): Partial<RunContext> {
  return Object.fromEntries(Object.entries(context).filter(([key]) => !drop(key as keyof RunContext)));
}

/** Names below the deepest folder that all files share: the same wherever the command is started. */
function relativeNames(files: readonly Input[]): (input: Input) => string {
  const folders = files.flatMap(({ path }) => (path === undefined ? [] : [segments(path).slice(0, -1)]));
  const [first = []] = folders;
  const differs = first.findIndex((segment, i) => folders.some((folder) => folder[i] !== segment));
  const depth = differs < 0 ? first.length : differs;
  return ({ name, path }) => (path === undefined ? name : segments(path).slice(depth).join("/"));
}

const segments = (path: string): string[] => path.split(/[\\/]/);

/** From the contents alone: order and names do not matter. */
export function jointRunId(files: readonly { readonly contentHash: string }[]): string {
  const hash = createHash("sha256");
  for (const one of files.map(({ contentHash }) => contentHash).sort()) hash.update(`${one}\n`);
  return hash.digest("hex").slice(0, 16);
}
