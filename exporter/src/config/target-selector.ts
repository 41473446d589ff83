import type { Config } from "./schema.ts";

/** What a target is for, as one text: two with the same are one too many. */
export const selectorOf = ({
  project,
  suite,
  component,
  scenario,
  operation,
  benchmark,
  measure,
  stat,
}: Config["targets"][number]): string =>
  JSON.stringify([project, suite, component, scenario, operation, benchmark, measure, stat].map((one) => one ?? null));
