/** Which run and part each file of one `ingest` belongs to. Pure. */
import { AppError } from "../errors.ts";
import { jointParts, partName } from "../ingest/joint-run.ts";
import type { RunContext } from "../model/run.ts";
import type { ResolvedContext } from "./context.ts";
import type { Input } from "./inputs.ts";

export interface IngestPlan {
  /** All files are one run that nobody named: its id is made from their contents. */
  readonly needsJointRunId: boolean;
  /** Without the joint run id. */
  contextOf(input: Input): Partial<RunContext>;
  /**
   * The command completes its runs: nothing more will come for them; or a report is missing (`incomplete`) that only this command
   * knows of, and the run would else end by itself as if it were whole. A run of announced parts waits for the missing one.
   */
  finishes(target: "store" | "server", incomplete: boolean): boolean;
}

/**
 * A run is named by --run-id, else by the CI system (not for old runs: they are not of this CI run), else by content. Parts
 * are named so that files never collide: `--part`, or the CI job with the file's name, or the file's name.
 */
export function planContexts(
  files: readonly Input[],
  { context: resolved, fromCi }: ResolvedContext,
  options: {
    readonly runPerFile: boolean;
    /** Files of the command line that are not there. */
    readonly missing: number;
  },
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
  // One file beside others that are missing is not a whole run, so not one known by the content of that file.
  const alone = single && options.missing === 0;
  const nameOf = named ? (input: Input) => input.name : jointNames(files);

  const partOf = (input: Input): string | undefined => {
    // A report that is a run of its own is known by its content, wherever it lies: the service names its only part.
    if (!named && (perFile || alone) && !explicitPart) return undefined;
    if (explicitPart && single) return context.part;
    return partName(context.part, nameOf(input));
  };
  return {
    needsJointRunId: !named && !perFile && !alone,
    contextOf: (input) => {
      const { part: _, ...rest } = context;
      const part = partOf(input);
      return part === undefined ? rest : { ...rest, part };
    },
    // On a server others may add to a named run; here, nothing else will come unless parts were announced.
    finishes: (target, incomplete) =>
      context.parts === undefined &&
      (incomplete || (!explicitPart && (!named || (target === "store" && !implicitPart)))),
  };
}

function without(context: Partial<RunContext>, drop: (key: keyof RunContext) => boolean): Partial<RunContext> {
  return Object.fromEntries(Object.entries(context).filter(([key]) => !drop(key as keyof RunContext)));
}

function jointNames(files: readonly Input[]): (input: Input) => string {
  const paths = files.flatMap(({ path }) => path ?? []);
  const parts = jointParts(paths);
  const byPath = new Map(paths.map((path, i) => [path, parts[i]]));
  return ({ name, path = "" }) => byPath.get(path) ?? name;
}
