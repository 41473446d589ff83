/** `last:N@branch` of `plumbline compare`: the newest runs that the other side can be compared with. */
import { measuredKeys, namesSuites } from "../analysis/compare-runs.ts";
import { AppError } from "../errors.ts";
import type { RunSummary } from "../model/run.ts";
import type { RunFilter } from "../model/store.ts";
import type { Access } from "./access.ts";
import { type Operand, type Side, type SideOptions, type Source, sourceOf } from "./compare-sides.ts";

/** Runs that ended well. */
const GOOD: ReadonlySet<string> = new Set(["passed", "measured"]);
const PAGE = 100;
/** Further back nobody looks. */
const MAX_LOOKED_AT = 2_000;

/**
 * At most `n` of them, the newest first, in the project and environment of the other side unless flags say otherwise. They share a
 * value with the other side, measured on the same kind of machine where there are such. Throws NOT_FOUND when there is none.
 */
export async function newestMeasured(
  { n, branch, given }: Extract<Operand, { kind: "last" }>,
  other: Side | undefined,
  access: Access,
  { config, within, suite, home }: SideOptions,
): Promise<readonly Source[]> {
  const near = other?.sources[0]?.run ?? home;
  const filter = {
    project: within.project ?? near.project,
    environment: within.environment ?? near.environment,
    branch: branch ?? config.defaultBranch,
    suite,
  };
  const fit = fitTo(other);
  const elsewhere: Source[] = [];
  const found: Source[] = [];
  for await (const run of newestRuns(access, filter)) {
    if (!GOOD.has(run.status) || !fit.may(run)) continue;
    const source = sourceOf(await access.run(run.id), suite);
    const list = { same: found, other_machine: elsewhere, no: undefined }[fit.of(source)];
    if (list !== undefined && list.length < n) list.push(source);
    if (found.length === n) break;
  }
  if (found.length > 0) return found;
  // Told as measured on another kind of machine, which is more than that there is nothing.
  if (elsewhere.length > 0) return elsewhere;
  const place = `${filter.project}/${filter.environment} on ${filter.branch}`;
  const what = other === undefined ? "measured anything" : "measured what the other side did";
  const hint = "name --project and --environment, and the branch: last:10@main";
  throw new AppError("NOT_FOUND", `${given}: no good run in ${place} ${what}`, {}, { hint });
}

async function* newestRuns(access: Access, filter: RunFilter): AsyncGenerator<RunSummary> {
  let left = MAX_LOOKED_AT;
  let cursor: string | undefined;
  do {
    const page = await access.runs(filter, { limit: PAGE, cursor });
    yield* page.items;
    left -= page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== undefined && left > 0);
}

interface Fit {
  /** As far as its summary tells; what it measured is asked for only then. */
  may(run: RunSummary): boolean;
  of(source: Source): "same" | "other_machine" | "no";
}

function fitTo(other: Side | undefined): Fit {
  if (other === undefined) return { may: () => true, of: ({ values }) => (values.length > 0 ? "same" : "no") };
  const runs = other.sources.map(({ values }) => values);
  const values = runs.flat();
  const bySuite = namesSuites(runs);
  const theirs = new Set(other.sources.map(({ run }) => run?.id));
  const suites = new Set(values.map((value) => value.suite));
  const wanted = { series: measuredKeys(values, bySuite, "any"), same: measuredKeys(values, bySuite, "same") };
  const shares = (source: Source, machine: "any" | "same", keys: ReadonlySet<string>): boolean =>
    [...measuredKeys(source.values, bySuite, machine)].some((key) => keys.has(key));
  return {
    may: ({ id, suites: own }) => !theirs.has(id) && (!bySuite || own.some((name) => suites.has(name))),
    of: (source) =>
      shares(source, "same", wanted.same) ? "same" : shares(source, "any", wanted.series) ? "other_machine" : "no",
  };
}
