/** What is valid in a configuration, but probably not meant so: one line each, for whoever looks after it. */
import { teamNotes, unownedNotes } from "./ownership.ts";
import { expiredNotes } from "./quarantine.ts";
import type { Config } from "./schema.ts";

export const configNotes = (config: Config, nowMs: number): readonly string[] => [
  ...expiredNotes(config.quarantine, nowMs),
  ...unownedNotes(config),
  ...teamNotes(config),
];
