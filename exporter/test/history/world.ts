/**
 * A small world of projects whose suites run at their rhythms, and what happens in it. `healthy`: ordinary noise only (single tests
 * fail now and then, some are flaky, durations and measures scatter, a run is cancelled). `eventful`: the same, and on top of it one
 * bad day, one regression, targets missed, a release branch, a suite that never ran, a run that hangs, Plumbline away for half an hour.
 */
import { randomOf } from "../../bench/detection/random.ts";
import { type Config, configSchema } from "../../src/config/schema.ts";
import { type Report, SUITES, within } from "./suites.ts";

const HOUR = 3_600_000;

export type Mood = "healthy" | "eventful";

/** One run of a suite: its reports are its parts, received one after the other from `endMs` on. */
export interface WorldRun {
  readonly project: string;
  readonly suite: string;
  readonly environment: string;
  readonly branch: string;
  readonly runId: string;
  readonly commit: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly reports: readonly Report[];
  /** More parts than `reports` were announced: the run waits, and is then cancelled or left alone. */
  readonly ends?: "cancelled" | "never";
}

/** The shipped configuration with this world's suites; `stepSeconds` is the scrape interval that rules and dashboards then follow. */
export function worldConfig(mood: Mood, stepSeconds: number, more: Readonly<Record<string, unknown>> = {}): Config {
  const known = SUITES.map(({ project, suite, team, component, kind, everyMs }) => ({
    ...{ project, suite, team, component, expectedIntervalSeconds: everyMs / 1000 },
    ...(kind === undefined ? {} : { kind }),
  }));
  const never = { project: "data", suite: "migration", team: "platform", expectedIntervalSeconds: 86_400 };
  return configSchema.parse({
    metrics: { scrapeIntervalSeconds: stepSeconds },
    suites: mood === "eventful" ? [...known, never] : known,
    ...more,
  });
}

/** All runs from `startMs` to `endMs` in the order of their ends. Equal arguments give equal runs. */
export function worldRuns(options: { mood: Mood; seed: number; startMs: number; endMs: number }): WorldRun[] {
  const { mood, seed, startMs, endMs } = options;
  const eventful = mood === "eventful";
  const runs: WorldRun[] = [];
  SUITES.forEach((plan, p) => {
    const branches = plan.release && eventful ? ["main", "release/2.4"] : ["main"];
    for (const environment of plan.environments)
      for (const branch of branches) {
        const random = randomOf(seed, runs.length * 31 + p);
        const every = branch === "main" ? plan.everyMs : 6 * plan.everyMs;
        // Suites do not begin at the full hour together.
        const first = startMs + Math.floor(random.next() * Math.min(every, HOUR));
        for (let run = 0, at = first; at < endMs; run++, at = first + run * every) {
          const part = (at - startMs) / (endMs - startMs);
          const seconds = plan.seconds * Math.max(0.5, 1 + 0.1 * random.normal());
          const moment = { part, startMs: at, run, random, eventful, environment };
          const reports = plan.reports(moment, seconds);
          const cancelled = run > 5 && random.chance(0.004);
          const hangs = eventful && plan.suite === "pipeline" && within(part, [0.7, 0.7 + every / (endMs - startMs)]);
          const ended = at + Math.round(seconds * 1000);
          if (ended >= endMs) break;
          runs.push({
            ...{ project: plan.project, suite: plan.suite, environment, branch, reports },
            ...{
              runId: `${plan.suite}-${environment}-${branch}-${run}`,
              commit: commitOf(seed, Math.floor(at / HOUR)),
            },
            ...{ startMs: at, endMs: ended },
            ...(hangs ? { ends: "never" as const } : cancelled ? { ends: "cancelled" as const } : {}),
          });
        }
      }
  });
  return runs.sort((a, b) => a.endMs - b.endMs || (a.runId < b.runId ? -1 : 1));
}

/** The commit of an hour: 40 hexadecimal digits. */
function commitOf(seed: number, hour: number): string {
  const random = randomOf(seed, hour);
  return Array.from({ length: 5 }, () =>
    Math.floor(random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
}
