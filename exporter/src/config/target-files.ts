/** Targets that stand in files of their own, beside those of the configuration. */
import path from "node:path";
import { AppError } from "../errors.ts";
import { ConfigError, type ConfigProblem, readYaml } from "./document.ts";
import { type Finding, show } from "./problems.ts";
import { type Config, defaultConfig } from "./schema.ts";
import { nearest } from "./suggest.ts";
import { selectorOf } from "./target-selector.ts";
import { validate } from "./validate.ts";

type Target = Config["targets"][number];

const VERSION = 1;
const KEYS = ["version", "component", "scenario", "targets"];

interface Placed {
  readonly target: Target;
  readonly where: string;
}

/** The configuration's own file, and how to read another. */
interface Around {
  readonly file: string;
  readonly problemsOf: (findings: readonly Finding[]) => ConfigProblem[];
  /** Throws INPUT_NOT_FOUND, INPUT_UNREADABLE, INPUT_TOO_LARGE, ConfigError. */
  readonly read: (path: string) => Promise<string>;
}

/**
 * The configuration with the targets of its files, whose paths are relative to it. A target of a file takes the place of the default
 * with the same selectors; twice the same is a problem. Throws ConfigError with the problems of all files.
 */
export async function withTargetFiles(config: Config, { file, problemsOf, read }: Around): Promise<Config> {
  if (config.targetFiles.length === 0) return config;
  const problems: ConfigProblem[] = [];
  const found = new Map<string, Placed>();
  const defaults = new Set(defaultConfig().targets.map((one) => JSON.stringify(one)));
  for (const [i, target] of config.targets.entries())
    found.set(selectorOf(target), { target, where: `targets[${i}] of ${file}` });
  for (const [i, name] of config.targetFiles.entries()) {
    const shown = path.isAbsolute(name) ? name : path.join(path.dirname(file), name);
    try {
      const own = parseTargets(await read(shown), shown);
      const twice: Finding[] = [];
      for (const [at, target] of own.targets.entries()) {
        const known = found.get(selectorOf(target));
        if (known === undefined || defaults.has(JSON.stringify(known.target)))
          found.set(selectorOf(target), { target, where: `targets[${at}] of ${shown}` });
        else
          twice.push({ path: ["targets", at], at: "value", message: `the same target is in ${known.where}; keep one` });
      }
      if (twice.length > 0) throw new ConfigError(shown, own.problemsOf(twice));
    } catch (error) {
      if (error instanceof ConfigError) problems.push(...error.problems.map((one) => ({ ...one, file: shown })));
      else if (error instanceof AppError) {
        const why = error.code === "INPUT_NOT_FOUND" ? "no such file" : error.message;
        problems.push(...problemsOf([{ path: ["targetFiles", i], at: "value", message: `${why}: ${shown}` }]));
      } else throw error;
    }
  }
  if (problems.length > 0) throw new ConfigError(file, problems);
  return { ...config, targets: [...found.values()].map(({ target }) => target) };
}

/** One file: `version: 1`, targets, and the component and scenario of those that name none. Throws ConfigError. */
export function parseTargets(
  text: string,
  file: string,
): { readonly targets: readonly Target[]; problemsOf(findings: readonly Finding[]): ConfigProblem[] } {
  const { data, problemsOf } = readYaml(text, file);
  const { version, component, scenario, targets } = data;
  const findings: Finding[] = [];
  const refuse = (key: string, message: string, at: Finding["at"] = "value"): void => {
    findings.push({ path: [key], at, message });
  };
  if (version !== VERSION) {
    if (version === undefined) refuse("version", `missing: expected version: ${VERSION}`);
    else refuse("version", `expected ${VERSION}, got ${show(version)}; this Plumbline reads version ${VERSION}`);
  }
  for (const key of Object.keys(data).filter((one) => !KEYS.includes(one))) {
    const near = nearest(key, KEYS);
    refuse(
      key,
      `unknown key; ${near === undefined ? `known here: ${KEYS.join(", ")}` : `did you mean ${near}?`}`,
      "key",
    );
  }
  for (const [key, value] of Object.entries({ component, scenario }))
    if (value !== undefined && (typeof value !== "string" || value === ""))
      refuse(key, `expected a text, got ${show(value)}`);
  if (targets === undefined) refuse("targets", "missing: expected a list");
  const common = { ...(component === undefined ? {} : { component }), ...(scenario === undefined ? {} : { scenario }) };
  const list = Array.isArray(targets)
    ? targets.map((one: unknown) =>
        typeof one === "object" && one !== null && !Array.isArray(one) ? { ...common, ...one } : one,
      )
    : targets;
  // As a part of a configuration: the same schema, rules and words, and the same paths.
  const checked = list === undefined ? undefined : validate({ targets: list });
  if (checked !== undefined && "findings" in checked) findings.push(...checked.findings);
  if (findings.length > 0) throw new ConfigError(file, problemsOf(findings));
  return { targets: checked !== undefined && "config" in checked ? checked.config.targets : [], problemsOf };
}
