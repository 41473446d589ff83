/** What else changed when a series changed. Candidates with their evidence, the likeliest first; never a verdict. */

/**
 * What is known of a run beside its values: `commit`, `runner_class`, `dependencies` (a hash of the lock file), `framework`,
 * `executor`, and whatever a user states. Absent: not known.
 */
export type RunFacts = Readonly<Record<string, string | undefined>>;

export const CAUSE_KINDS = ["environment", "dependencies", "code", "test", "unknown"] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

export interface CandidateCause {
  readonly kind: CauseKind;
  /** Which fact changed; undefined for a candidate that rests on no fact. */
  readonly fact: string | undefined;
  /** 0 to 1: how well the fact tells the runs before from those after. Orders the list; it is no probability. */
  readonly weight: number;
  readonly evidence: string;
}

/** Facts by what they speak of; every other fact is the environment's. */
const KIND_OF: Readonly<Record<string, CauseKind>> = {
  runner_class: "environment",
  executor: "environment",
  framework: "test",
  dependencies: "dependencies",
  commit: "code",
};
/** At equal evidence what changes rarely is the likelier cause: each run may bring a commit, few bring another machine. */
const PRIOR: Readonly<Record<CauseKind, number>> = {
  environment: 1,
  dependencies: 0.95,
  test: 0.85,
  code: 0.6,
  unknown: 0.1,
};

export interface AroundChange {
  /** Runs of the old level and of the new one, oldest first. */
  readonly before: readonly RunFacts[];
  readonly after: readonly RunFacts[];
  /** Series of the same project whose newest change falls on the same run, and how many could have. */
  readonly coinciding: number;
  readonly compared: number;
}

/**
 * A fact is a candidate when it separates the two levels: its weight is Youden's J of the values first seen after the change (their
 * share among the runs after, less their share among the runs before), times how rarely such a fact changes. A commit always
 * differs, so it is weak evidence alone, and none when both levels ran the same one.
 */
export function candidateCauses(around: AroundChange): CandidateCause[] {
  const names = new Set([...around.before, ...around.after].flatMap((facts) => Object.keys(facts)));
  const causes: CandidateCause[] = [];
  for (const name of names) {
    const lastOld = around.before.at(-1)?.[name];
    const firstNew = around.after[0]?.[name];
    if (lastOld === undefined || firstNew === undefined || lastOld === firstNew) continue;
    const share = (runs: readonly RunFacts[], known: (value: string) => boolean): number => {
      const values = runs.flatMap((facts) => facts[name] ?? []);
      return values.length === 0 ? 0 : values.filter(known).length / values.length;
    };
    const old = new Set(around.before.flatMap((facts) => facts[name] ?? []));
    // A commit is new in every run; any other fact counts when it stays on its side.
    const separation =
      name === "commit"
        ? 1
        : share(around.after, (value) => value === firstNew) - share(around.before, (value) => value === firstNew);
    if (separation <= 0 || (name !== "commit" && old.has(firstNew) && separation < 0.5)) continue;
    const kind = KIND_OF[name] ?? "environment";
    causes.push({
      kind,
      fact: name,
      weight: round(separation * PRIOR[kind]),
      evidence: `${words(name)} changed from ${shown(lastOld)} to ${shown(firstNew)} with this run`,
    });
  }
  const broad = around.compared >= 3 && around.coinciding / around.compared >= 0.5;
  if (broad)
    causes.push({
      kind: "environment",
      fact: undefined,
      weight: 0.5,
      evidence: `${around.coinciding} of ${around.compared} series of the project changed with the same run: something they share`,
    });
  const commits = (runs: readonly RunFacts[]): Set<string> => new Set(runs.flatMap(({ commit }) => commit ?? []));
  const same = [...commits(around.before.slice(-1))].some((commit) => commits(around.after.slice(0, 1)).has(commit));
  if (same)
    causes.push({
      kind: "environment",
      fact: undefined,
      weight: 0.7,
      evidence: "the same commit ran before and after: not a change of the code",
    });
  if (causes.length === 0)
    causes.push({
      kind: "unknown",
      fact: undefined,
      weight: PRIOR.unknown,
      evidence: "nothing that is known of the runs changed",
    });
  return causes.sort(
    (a, b) => b.weight - a.weight || a.kind.localeCompare(b.kind) || (a.fact ?? "").localeCompare(b.fact ?? ""),
  );
}

const words = (name: string): string => name.replaceAll("_", " ");
const shown = (value: string): string => (/^[0-9a-f]{12,}$/i.test(value) ? value.slice(0, 8) : value.slice(0, 80));
const round = (weight: number): number => Number(weight.toFixed(4));
