/** How busy the environment is now: for snapshots of alerts. */
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config/schema.ts";
import { hostReadings, hostSnapshot, prometheusReadings, type Reading } from "./resources.ts";

/** How far back Prometheus is asked. */
const BEFORE_MS = 300_000;
/** A host's counters say something over a time only. */
const HOST_MS = 1000;

/** Never rejects: what cannot be read says why. */
export async function environmentNow(
  { performance }: Pick<Config, "performance">,
  now: () => number,
): Promise<{ source: string; readings: Omit<Reading, "samples">[] }> {
  const { prometheus, resources } = performance;
  if (prometheus !== undefined) {
    const { origin, pathname } = new URL(prometheus);
    const readings = await prometheusReadings(prometheus, resources, now() - BEFORE_MS, now());
    return {
      source: `Prometheus at ${origin}${pathname.replace(/\/$/, "")}, the last 5 minutes`,
      readings: bare(readings),
    };
  }
  const before = await hostSnapshot(now());
  await sleep(HOST_MS);
  const readings = hostReadings(before, await hostSnapshot(now()));
  return {
    source: `host ${hostname()} (Plumbline's own: performance.prometheus is not set)`,
    readings: bare(readings),
  };
}

const bare = (readings: readonly Reading[]): Omit<Reading, "samples">[] =>
  readings.map(({ samples: _, ...reading }) => reading);
