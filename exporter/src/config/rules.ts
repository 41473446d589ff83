/** What types cannot say: how values of the configuration must fit together. */
import { betterOf } from "../model/measure.ts";
import { PULL_REQUEST } from "../model/run.ts";
import { OVERFLOW } from "../model/store.ts";
import { branchLabel } from "./branch.ts";
import { NOTIFICATION_RULES } from "./notification-rules.ts";
import { patternProblem } from "./pattern.ts";
import { type Rule, type Violation, violation, type Written } from "./rule.ts";
import type { Config } from "./schema.ts";
import { selectorOf } from "./target-selector.ts";

export function checkRules(config: Config, written: Written): Violation[] {
  return RULES.flatMap((rule) => rule(config, written));
}

const THRESHOLD_PAIRS = [
  ["responseTimeWarningSeconds", "responseTimeCriticalSeconds"],
  ["responseTimeP95WarningSeconds", "responseTimeP95CriticalSeconds"],
] as const;

const thresholdsAscend: Rule = ({ thresholds }) =>
  THRESHOLD_PAIRS.flatMap(([warning, critical]) =>
    thresholds[warning] < thresholds[critical]
      ? []
      : [
          violation(
            ["thresholds", warning],
            `expected less than ${critical} (${thresholds[critical]}), got ${thresholds[warning]}`,
            [["thresholds", critical]],
          ),
        ],
  );

const comparisonFits: Rule = ({ comparison }) =>
  (["responseTime", "throughput", "errorRate", "other"] as const).flatMap((kind) => {
    const { warning, critical } = comparison[kind];
    if (warning < critical) return [];
    const message = `expected less than critical (${critical}), got ${warning}`;
    return [violation(["comparison", kind, "warning"], message, [["comparison", kind, "critical"]])];
  });

const measureLimitsFit: Rule = ({ measures }) => {
  const seen = new Map<string, number>();
  return measures.limits.flatMap((limit, i) => {
    const path = ["measures", "limits", i] as const;
    const found: Violation[] = [];
    const higher = limit.direction === "higher_is_worse";
    if (higher ? limit.warning >= limit.critical : limit.warning <= limit.critical) {
      const side = higher ? "less" : "more";
      found.push(
        violation(
          [...path, "warning"],
          `expected ${side} than critical (${limit.critical}) as ${limit.direction}, got ${limit.warning}`,
        ),
      );
    }
    const key = JSON.stringify([limit.measure, limit.stat]);
    const first = seen.get(key);
    if (first !== undefined) {
      found.push(
        violation(
          [...path, "measure"],
          `${limit.measure} ${limit.stat} already has its limit in measures.limits[${first}]; keep one`,
        ),
      );
    }
    seen.set(key, first ?? i);
    return found;
  });
};

const boundsAscend: Rule = ({ metrics }) =>
  (["caseDurationBoundsSeconds", "runDurationBoundsSeconds", "loadtestLatencyBoundsSeconds"] as const).flatMap(
    (key) => {
      const bounds = metrics[key];
      const at = bounds.findIndex((bound, i) => i > 0 && bound <= (bounds[i - 1] ?? 0));
      if (at < 0) return [];
      const before = bounds[at - 1];
      const problem = bounds[at] === before ? `${before} twice` : `${bounds[at]} after ${before}`;
      return [violation(["metrics", key, at], `expected bounds in ascending order, each once; got ${problem}`)];
    },
  );

/** As far as a name tells: `requests_per_second`, `cache_hit_rate`. */
const getsBetterUpwards = (measure: string): boolean =>
  betterOf({ measure, unit: /per_second$/.test(measure) ? "per_second" : "value" }) === "higher";

const targetsFit: Rule = ({ targets }, written) => {
  const seen = new Map<string, number>();
  return targets.flatMap((one, i) => {
    const path = ["targets", i] as const;
    const found: Violation[] = [];
    const higher = one.direction === "higher_is_worse";
    if (one.critical !== undefined && (higher ? one.critical < one.target : one.critical > one.target)) {
      const other = higher ? "lower_is_worse" : "higher_is_worse";
      const message = `expected ${higher ? "at least" : "at most"} target (${one.target}) as ${one.direction}, got ${one.critical}`;
      found.push(violation([...path, "critical"], `${message}; or is it direction: ${other}?`));
    } else if (higher && !written([...path, "direction"]) && getsBetterUpwards(one.measure))
      found.push(violation(path, `more ${one.measure} is better, it seems; state its direction: lower_is_worse`));
    const selector = selectorOf(one);
    const first = seen.get(selector);
    if (first !== undefined)
      found.push(violation([...path, "measure"], `the same target is in targets[${first}]; keep one`));
    seen.set(selector, first ?? i);
    return found;
  });
};

const buildReadable: Rule = ({ performance: { build } }) => {
  const found: Violation[] = [];
  if (build.url !== undefined && build.command !== undefined)
    found.push(violation(["performance", "build", "command"], "url and command exclude each other; keep one"));
  if (build.pattern !== undefined && !compiles(build.pattern))
    found.push(violation(["performance", "build", "pattern"], `not a regular expression: ${build.pattern}`));
  return found;
};

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

const branchesFit: Rule = (config, written) => {
  const { branches } = config;
  const found = branches.flatMap((pattern, i): Violation[] => {
    const path = ["branches", i];
    if (pattern === PULL_REQUEST || pattern === OVERFLOW) {
      return [violation(path, `${pattern} is the label of branches that are not listed; leave it out`)];
    }
    // git itself refuses these names (git check-ref-format), so the pattern could never match.
    if (/[\s~^:?[\]\\]|\.\.|\/\/|^\/|\/$|@\{/.test(pattern)) {
      return [
        violation(path, `not a branch name or pattern: "${pattern}"; only * is special, and it takes any characters`),
      ];
    }
    const above = branchLabel(pattern.replaceAll("*", "x"), { ...config, branches: branches.slice(0, i) });
    if (above !== PULL_REQUEST) return [violation(path, `never used: "${above}" above it matches the same branches`)];
    return [];
  });
  if (!written(["defaultBranch"]) && branchLabel(config.defaultBranch, config) === PULL_REQUEST) {
    found.push(
      violation(
        ["branches"],
        `none matches the default branch "${config.defaultBranch}", so reports without a branch would count as pull ` +
          `requests; set defaultBranch as well (such as ${branches.find((b) => !b.includes("*")) ?? "your main branch"})`,
      ),
    );
  }
  // The label also takes pull_request.
  if (branches.length + 1 > config.labels.branches) {
    found.push(
      violation(
        ["branches"],
        `${branches.length} patterns and pull_request do not fit labels.branches (${config.labels.branches})`,
        [["labels", "branches"]],
      ),
    );
  }
  return found;
};

const suitesOnce: Rule = ({ suites }) => {
  const seen = new Map<string, number>();
  return suites.flatMap((entry, i) => {
    const key = JSON.stringify([entry.project ?? null, entry.suite]);
    const first = seen.get(key);
    seen.set(key, first ?? i);
    if (first === undefined) return [];
    const project = entry.project === undefined ? "any project" : `project ${entry.project}`;
    return [
      violation(
        ["suites", i, "suite"],
        `suite "${entry.suite}" of ${project} is already described in suites[${first}]`,
      ),
    ];
  });
};

const errorTypesFit: Rule = ({ errorTypes }) =>
  errorTypes.flatMap(({ pattern, errorClass }, i) => {
    const path = ["errorTypes", i] as const;
    if (pattern === undefined && errorClass === undefined)
      return [violation(path, "expected a pattern or an errorClass: without one every failure fits")];
    const problem = pattern === undefined ? undefined : patternProblem(pattern);
    return problem === undefined ? [] : [violation([...path, "pattern"], problem)];
  });

const quarantineFits: Rule = ({ quarantine }) => {
  const seen = new Map<string, number>();
  return quarantine.flatMap(({ project, suite, test, expires }, i) => {
    const found: Violation[] = [];
    const path = ["quarantine", i] as const;
    if (/^[* >]+$/.test(test)) found.push(violation([...path, "test"], "fits every test; name those that are flaky"));
    if (!isDate(expires)) found.push(violation([...path, "expires"], `there is no day ${expires}`));
    const key = JSON.stringify([project ?? null, suite ?? null, test]);
    const first = seen.get(key);
    if (first !== undefined)
      found.push(violation([...path, "test"], `the same test is in quarantine[${first}]; keep one`));
    seen.set(key, first ?? i);
    return found;
  });
};

/** 2026-02-30 is read as a day of March. */
const isDate = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

const addressesValid: Rule = ({ addresses }) =>
  (["plumbline", "grafana"] as const).flatMap((key) => {
    const address = addresses[key];
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.host === "") {
      const hint = URL.canParse(`http://${address}`) && !/^\w+:\/\//.test(address) ? `; try http://${address}` : "";
      return [violation(["addresses", key], `expected an http or https address, got "${address}"${hint}`)];
    }
    if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
      return [violation(["addresses", key], "expected an address without user, query and fragment")];
    }
    return [];
  });

const storeAddress: Rule = ({ store }) =>
  /^[a-z]+:./.test(store)
    ? []
    : [
        violation(
          ["store"],
          `expected an address such as sqlite:./data/plumbline.db, got "${store}"; try sqlite:${store}`,
        ),
      ];

const RULES: readonly Rule[] = [
  branchesFit,
  suitesOnce,
  storeAddress,
  thresholdsAscend,
  measureLimitsFit,
  comparisonFits,
  boundsAscend,
  targetsFit,
  buildReadable,
  errorTypesFit,
  quarantineFits,
  addressesValid,
  ...NOTIFICATION_RULES,
];
