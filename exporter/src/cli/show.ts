/** How values look in tables. Times are UTC. */
import type { RunSummary } from "../model/run.ts";
import { type OutcomeCounts, passRatioOf, totalOf } from "../model/test.ts";
import type { CliIo, Color } from "./io.ts";
import { clean, painter } from "./io.ts";
import { type Column, table } from "./table.ts";

export const instant = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? "-" : `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;

/** Three significant digits: 0.0123s, 12.5s, 3700s. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "-";
  return `${seconds >= 100 ? Math.round(seconds) : Number(seconds.toPrecision(3))}s`;
}

/** Percent of executed cases, rounded down: 99.996 % is not 100 %. */
export function passRate(counts: OutcomeCounts): string {
  const ratio = passRatioOf(counts);
  return ratio === undefined ? "-" : `${Math.floor(ratio * 10_000 + 1e-9) / 100}%`;
}

export const statusColor = (status: string): Color =>
  status === "passed" ? "green" : status === "running" ? "yellow" : "red";

export function runTable(io: CliIo, runs: readonly RunSummary[]): string {
  const paint = painter(io, io.stdout);
  const columns: Column<RunSummary>[] = [
    { title: "run id", max: 40, value: (run) => run.runId },
    { title: "status", value: (run) => run.status, paint: (text, run) => paint(statusColor(run.status), text) },
    { title: "project", max: 30, value: (run) => run.project },
    { title: "env", max: 20, value: (run) => run.environment },
    { title: "suites", max: 30, value: (run) => run.suites.join(",") },
    { title: "branch", max: 24, value: (run) => run.branch },
    { title: "tests", align: "right", value: (run) => totalOf(run.counts) },
    { title: "failed", align: "right", value: (run) => run.counts.failed + run.counts.errored },
    { title: "pass", align: "right", value: (run) => passRate(run.counts) },
    { title: "time", align: "right", value: (run) => duration(run.durationSeconds) },
    { title: "ended", value: (run) => instant(run.endedAtMs) },
  ];
  return table(columns, runs);
}

/** `name: value` lines; absent values are left out. */
export function fields(rows: Readonly<Record<string, string | number | null | undefined>>): string {
  const present = Object.entries(rows).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${`${name}:`.padEnd(width + 1)} ${clean(String(value))}\n`).join("");
}

export function printDocument(io: CliIo, document: unknown): void {
  io.stdout.write(`${JSON.stringify(document)}\n`);
}
