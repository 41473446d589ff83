import { AppError } from "../errors.ts";
import type { StoreReader, SuiteKey } from "../model/store.ts";
import type { Config } from "./schema.ts";

/** Whether `suites` has an entry for it; one without a project is for any. */
export const namesSuite = (config: Config, project: string, suite: string): boolean =>
  config.suites.some((one) => isFor(one, { project, suite }));

/** Every place of the configuration that names the suite, such as `suites[0]`: what a rename does not change. */
export function placesNaming(config: Config, key: SuiteKey): string[] {
  const lists = { suites: config.suites, targets: config.targets, quarantine: config.quarantine };
  return Object.entries(lists).flatMap(([name, entries]) =>
    entries.flatMap((one, index) => (isFor(one, key) ? [`${name}[${index}]`] : [])),
  );
}

const isFor = (
  one: { readonly project?: string | undefined; readonly suite?: string | undefined },
  { project, suite }: SuiteKey,
): boolean => one.suite === suite && (one.project ?? project) === project;

/**
 * The project of a suite when the user names none: the only one that has it, else the default project. Throws REQUEST_INVALID with the
 * candidates when several have.
 */
export async function suiteKeyOf(
  suites: StoreReader["suites"],
  config: Config,
  { project, suite }: { readonly project?: string | undefined; readonly suite: string },
): Promise<SuiteKey> {
  if (project !== undefined) return { project, suite };
  const found = await suites({ suite });
  if (found.length <= 1) return { project: found[0]?.project ?? config.project, suite };
  throw new AppError(
    "REQUEST_INVALID",
    `there are ${found.length} suites "${suite}", in ${found.map((one) => one.project).join(", ")}`,
    {},
    { hint: "name the project" },
  );
}
