/** Whose a suite is: one answer for metrics, and so for rules, routes and messages. */
import { AppError } from "../errors.ts";
import { namePattern } from "../model/name-pattern.ts";
import { codeowners } from "./codeowners.ts";
import { ConfigError, type ConfigProblem } from "./document.ts";
import type { Finding } from "./problems.ts";
import type { Config } from "./schema.ts";
import { nearest } from "./suggest.ts";

export type SuiteEntry = Config["suites"][number];

/** What the configuration says of a suite: the entry for exactly this project, else the one for any. */
export const suiteEntry = (
  { suites }: Pick<Config, "suites">,
  project: string,
  suite: string,
): SuiteEntry | undefined =>
  suites.find((one) => one.suite === suite && one.project === project) ??
  suites.find((one) => one.suite === suite && one.project === undefined);

/**
 * The team of a suite: that of its entry (which CODEOWNERS may have given it, see `withCodeowners`), else the first team with a pattern
 * of `owns` that fits PROJECT/SUITE. Undefined: nobody's.
 */
export function teamLookup(
  config: Pick<Config, "suites" | "teams">,
): (project: string, suite: string) => string | undefined {
  const patterns = config.teams.flatMap(({ name, owns }) => owns.map((one) => ({ name, fits: namePattern(one) })));
  return (project, suite) =>
    suiteEntry(config, project, suite)?.team ?? patterns.find(({ fits }) => fits(`${project}/${suite}`))?.name;
}

/** `resolve`: the path as it is from here. `read` throws INPUT_NOT_FOUND, INPUT_UNREADABLE, INPUT_TOO_LARGE, ConfigError. */
interface Around {
  readonly file: string;
  readonly problemsOf: (findings: readonly Finding[]) => ConfigProblem[];
  readonly resolve: (path: string) => string;
  readonly read: (path: string) => Promise<string>;
}

/**
 * The configuration with a team for each suite that has a `path` and none: the first of its owners in CODEOWNERS that is one of `teams`.
 * Throws ConfigError when the file cannot be read.
 */
export async function withCodeowners(config: Config, { file, problemsOf, resolve, read }: Around): Promise<Config> {
  if (config.codeowners === undefined) return config;
  const shown = resolve(config.codeowners);
  let ownersOf: ReturnType<typeof codeowners>;
  try {
    ownersOf = codeowners(await read(shown));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const why = error.code === "INPUT_NOT_FOUND" ? "no such file" : error.message;
    throw new ConfigError(file, problemsOf([{ path: ["codeowners"], at: "value", message: `${why}: ${shown}` }]));
  }
  const teams = new Map(config.teams.flatMap(({ name, codeowners: owners }) => owners.map((one) => [fold(one), name])));
  const suites = config.suites.map((entry) => {
    if (entry.team !== undefined || entry.path === undefined) return entry;
    const team = ownersOf(entry.path)
      .map((owner) => teams.get(fold(owner)))
      .find((one) => one !== undefined);
    return team === undefined ? entry : { ...entry, team };
  });
  return { ...config, suites };
}

/** Names of users, groups and mail addresses know no case. */
const fold = (owner: string): string => owner.toLowerCase();

/** One line for each suite whose `path` led to no team, for whoever looks after the configuration. */
export function unownedNotes(config: Config): string[] {
  const teamOf = teamLookup(config);
  return config.suites.flatMap(({ project, suite, path }, i) =>
    path === undefined || teamOf(project ?? config.project, suite) !== undefined
      ? []
      : [
          `suites[${i}]: ${JSON.stringify(suite)} belongs to no team: ${
            config.codeowners === undefined
              ? "its path says nothing without codeowners"
              : `no owner of ${path} in ${config.codeowners} is in teams[].codeowners`
          }`,
        ],
  );
}

/** One line for each team that is named and not there, or that CODEOWNERS should tell of when there is none. */
export function teamNotes({ teams, suites, notifications, codeowners: file, stack }: Config): string[] {
  const names = new Set([stack.team, ...teams.map(({ name }) => name)]);
  const given = new Set([...names, ...suites.flatMap(({ team }) => team ?? [])]);
  return [
    ...teams.flatMap(({ codeowners: owners }, i) =>
      owners.length === 0 || file !== undefined ? [] : [`teams[${i}].codeowners says nothing without codeowners`],
    ),
    // A team may be a label alone, without receivers of its own; a slip of the pen is none.
    ...suites.flatMap(({ team }, i) => {
      const near = team === undefined || names.has(team) ? undefined : nearest(team, [...names]);
      return near === undefined
        ? []
        : [`suites[${i}].team: ${JSON.stringify(team)} is none of teams; did you mean ${near}?`];
    }),
    ...notifications.quietHours.flatMap(({ teams: quiet = [] }, i) =>
      quiet
        .filter((name) => !given.has(name))
        .map((name) => `notifications.quietHours[${i}].teams: no suite has the team ${JSON.stringify(name)}`),
    ),
  ];
}
