/** How busy the environment is: from Prometheus' queries of the configuration, else from this host's /proc. */
import { readFile } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import type { CoursePoint } from "../analysis/performance/course.ts";
import type { Config } from "../config/schema.ts";

export type ResourceQuery = Config["performance"]["resources"][number];

/** One resource over a stretch of time. */
export interface Reading {
  readonly name: string;
  readonly unit: string;
  /** Undefined: it could not be read, and `problem` says why. */
  readonly value: number | undefined;
  readonly peak: number | undefined;
  readonly samples: readonly CoursePoint[];
  readonly problem?: string | undefined;
}

/** Never rejects: a query that fails is a reading without a value that says why. */
export async function prometheusReadings(
  address: string,
  queries: readonly ResourceQuery[],
  fromMs: number,
  toMs: number,
): Promise<Reading[]> {
  const step = Math.max(1, Math.ceil((toMs - fromMs) / 1000 / 200));
  return Promise.all(
    queries.map(async ({ name, unit, query }): Promise<Reading> => {
      try {
        const samples = await queryRange(address, query, fromMs, toMs, step);
        if (samples.length === 0)
          return {
            name,
            unit,
            value: undefined,
            peak: undefined,
            samples,
            problem: "the query has no data in that time",
          };
        const values = samples.map(({ value }) => value);
        return {
          name,
          unit,
          value: values.reduce((sum, one) => sum + one / values.length, 0),
          peak: Math.max(...values),
          samples,
        };
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        return { name, unit, value: undefined, peak: undefined, samples: [], problem };
      }
    }),
  );
}

interface RangeAnswer {
  readonly status?: string;
  readonly error?: string;
  readonly data?: { readonly result?: readonly { readonly values?: readonly (readonly [number, string])[] }[] };
}

/** The samples of the query's only series. Several series are a mistake of the query, and said so. */
async function queryRange(
  address: string,
  query: string,
  fromMs: number,
  toMs: number,
  stepSeconds: number,
): Promise<CoursePoint[]> {
  const url = new URL(`${address.replace(/\/+$/, "")}/api/v1/query_range`);
  url.search = new URLSearchParams({
    query,
    start: String(fromMs / 1000),
    end: String(toMs / 1000),
    step: String(stepSeconds),
  }).toString();
  const { username, password } = url;
  // fetch refuses addresses with credentials.
  url.username = "";
  url.password = "";
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers: Record<string, string> =
    plain === ":" ? {} : { Authorization: `Basic ${Buffer.from(plain).toString("base64")}` };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(15_000) }).catch((cause: unknown) => {
    throw new Error(`${url.origin} cannot be reached`, { cause });
  });
  const answer = (await response.json().catch(() => ({}))) as RangeAnswer;
  if (answer.status !== "success") throw new Error(answer.error ?? `${url.origin} answered ${response.status}`);
  const series = answer.data?.result ?? [];
  if (series.length > 1) throw new Error(`the query gives ${series.length} series; aggregate it to one`);
  return (series[0]?.values ?? [])
    .map(([seconds, text]) => ({ atMs: seconds * 1000, value: Number(text) }))
    .filter(({ value }) => Number.isFinite(value));
}

/** Counters of this host at one moment; what the system does not tell is undefined. */
export interface HostSnapshot {
  readonly atMs: number;
  /** Milliseconds, all processors together. */
  readonly cpuBusy: number;
  readonly cpuTotal: number;
  readonly memoryUsedRatio: number;
  readonly networkBytes: number | undefined;
  readonly diskOperations: number | undefined;
}

export async function hostSnapshot(nowMs: number): Promise<HostSnapshot> {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, { idle }) => sum + idle, 0);
  const total = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  const [memory, network, disks] = await Promise.all(
    ["/proc/meminfo", "/proc/net/dev", "/proc/diskstats"].map((file) => readFile(file, "utf8").catch(() => undefined)),
  );
  return {
    atMs: nowMs,
    cpuBusy: total - idle,
    cpuTotal: total,
    memoryUsedRatio: 1 - availableBytes(memory) / totalmem(),
    networkBytes: network === undefined ? undefined : networkBytes(network),
    diskOperations: disks === undefined ? undefined : diskOperations(disks),
  };
}

/** Free memory counts the page cache as used; MemAvailable does not. */
function availableBytes(meminfo: string | undefined): number {
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo ?? "")?.[1];
  return kib === undefined ? freemem() : Number(kib) * 1024;
}

/** Received and sent, without the loopback. */
export function networkBytes(netDev: string): number {
  let sum = 0;
  for (const line of netDev.split("\n")) {
    const [, name, rest] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === "lo") continue;
    const fields = (rest ?? "").split(/\s+/).map(Number);
    sum += (fields[0] ?? 0) + (fields[8] ?? 0);
  }
  return sum;
}

/** Completed reads and writes of whole disks: partitions, loop and RAM devices would count twice or nothing. */
export function diskOperations(diskstats: string): number {
  let sum = 0;
  for (const line of diskstats.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (!/^(?:sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/.test(fields[2] ?? "")) continue;
    sum += Number(fields[3] ?? 0) + Number(fields[7] ?? 0);
  }
  return sum;
}

/** Averages of this host between two snapshots. */
export function hostReadings(from: HostSnapshot, to: HostSnapshot): Reading[] {
  const seconds = (to.atMs - from.atMs) / 1000;
  const rate = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined || seconds <= 0 || b < a ? undefined : (b - a) / seconds;
  const cpu = to.cpuTotal > from.cpuTotal ? (to.cpuBusy - from.cpuBusy) / (to.cpuTotal - from.cpuTotal) : undefined;
  const reading = (name: string, unit: string, value: number | undefined): Reading => ({
    name,
    unit,
    value,
    peak: undefined,
    samples: [],
    ...(value === undefined ? { problem: "this system does not tell" } : {}),
  });
  return [
    reading("cpu_utilization", "ratio", cpu),
    reading("memory_utilization", "ratio", Math.max(from.memoryUsedRatio, to.memoryUsedRatio)),
    reading("network", "bytes per second", rate(from.networkBytes, to.networkBytes)),
    reading("disk_io", "per second", rate(from.diskOperations, to.diskOperations)),
  ];
}
