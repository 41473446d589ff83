/** What a rule of the configuration is; `rules.ts` lists them. */
import type { ConfigPath } from "./describe.ts";
import type { Finding } from "./problems.ts";
import type { Config } from "./schema.ts";

/** `written`: does the file itself state a value at that path? Some rules spare what the user decided knowingly. */
export type Written = (path: ConfigPath) => boolean;

export interface Violation extends Finding {
  /** Other places the verdict rests on; when one of them is itself invalid the verdict means nothing. */
  readonly involves: readonly ConfigPath[];
}

export type Rule = (config: Config, written: Written) => Violation[];

export const violation = (path: ConfigPath, message: string, involves: readonly ConfigPath[] = []): Violation => ({
  path,
  message,
  at: "value",
  involves,
});
