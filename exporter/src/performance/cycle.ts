/** A performance cycle (R3) as a document on disk: begun, filled scenario by scenario, ended with a verdict. */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContentionHint, ResourceUse } from "../analysis/performance/contention.ts";
import type { CourseVerdict } from "../analysis/performance/course.ts";
import type { Kpi, PerformanceNote } from "../analysis/performance/notes.ts";
import { AppError } from "../errors.ts";
import type { LoadResult } from "../model/load.ts";
import type { Measure } from "../model/measure.ts";
import type { HostSnapshot, Reading } from "./resources.ts";

export const CYCLE_TRIGGERS = ["manual", "acceptance", "release", "schedule"] as const;
export type CycleTrigger = (typeof CYCLE_TRIGGERS)[number];
export type CycleStatus = "open" | "done" | "done_with_performance_issues";

export interface ScenarioRecord {
  readonly name: string;
  /** Folder of its raw files, relative to the cycle's own folder. */
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly format: string }[];
  /** Run id in the store. */
  readonly runId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** The report says itself that it was cut off, or holds nothing. */
  readonly state: string | undefined;
  /** Criteria of the load tool itself that were missed; absent in cycles of earlier versions. */
  readonly missed?: readonly string[];
  readonly loads: readonly LoadResult[];
  readonly measures: readonly Measure[];
  readonly resources: readonly ResourceUse[];
  /** From here on: filled by `end`. */
  readonly kpis?: readonly Kpi[];
  readonly course?: CourseVerdict;
  readonly hints?: readonly ContentionHint[];
}

export interface Build {
  readonly expected: string | undefined;
  /** What the environment says it runs; undefined: it could not be read, see `problem`. */
  readonly actual: string | undefined;
  readonly source: string | undefined;
  readonly verified: boolean;
  readonly problem?: string | undefined;
}

export interface Cycle {
  readonly cycle_version: 1;
  /** `checkout_20261120-140500`; also the file's name. */
  readonly id: string;
  readonly component: string;
  readonly project: string;
  readonly environment: string;
  readonly trigger: CycleTrigger;
  readonly status: CycleStatus;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  readonly build: Build;
  /** The environment before any load. */
  readonly baseline: readonly Reading[];
  /** This host's counters after the last step, when no Prometheus is asked: what comes is measured from here. */
  readonly hostMark?: HostSnapshot | undefined;
  readonly scenarios: readonly ScenarioRecord[];
  readonly notes: readonly PerformanceNote[];
  /** What keeps the release back; empty unless the status is done_with_performance_issues. */
  readonly blockers: readonly string[];
}

const ENDING = ".cycle.json";

/** UTC, for names of files and folders: 20261120-140500. */
export const stampOf = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "").replace("T", "-");

/** A name as part of a path: nothing in it leads elsewhere. */
export const slug = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 80) || "unnamed";

/** Whole or not at all: a reader never sees half a cycle. */
export async function saveCycle(folder: string, cycle: Cycle): Promise<string> {
  const file = join(folder, `${cycle.id}${ENDING}`);
  const temporary = `${file}.${process.pid}.tmp`;
  await mkdir(folder, { recursive: true });
  await writeFile(temporary, `${JSON.stringify(cycle, null, 1)}\n`);
  await rename(temporary, file);
  return file;
}

/** By id, else the newest open one. Throws NOT_FOUND, CONTEXT_INVALID when several are open, FORMAT_SYNTAX for a damaged file. */
export async function findCycle(folder: string, id: string | undefined): Promise<Cycle> {
  const names = await cycleFiles(folder);
  if (id !== undefined) {
    if (!names.includes(`${id}${ENDING}`))
      throw new AppError(
        "NOT_FOUND",
        `no performance cycle "${id}"`,
        { file: folder },
        { hint: "see 'plumbline perf list'" },
      );
    return loadCycle(folder, `${id}${ENDING}`);
  }
  const cycles = await Promise.all(names.map((name) => loadCycle(folder, name)));
  const open = cycles.filter((cycle) => cycle.status === "open");
  if (open.length === 0)
    throw new AppError(
      "NOT_FOUND",
      "no performance cycle is open",
      { file: folder },
      { hint: "start one with 'plumbline perf begin --component NAME'" },
    );
  if (open.length > 1)
    throw new AppError(
      "CONTEXT_INVALID",
      `${open.length} performance cycles are open: ${open.map((cycle) => cycle.id).join(", ")}`,
      { file: folder },
      { hint: "name one with --cycle" },
    );
  return open[0]!;
}

export async function listCycles(folder: string): Promise<Cycle[]> {
  const names = await cycleFiles(folder);
  return Promise.all(names.map((name) => loadCycle(folder, name)));
}

/** A folder that is not there holds none; one that cannot be read may hold an open one. Throws INPUT_UNREADABLE. */
async function cycleFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(ENDING)).sort();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") return [];
    throw new AppError(
      "INPUT_UNREADABLE",
      `the folder of cycles cannot be read (${String(code)})`,
      { file: folder },
      { cause },
    );
  }
}

async function loadCycle(folder: string, name: string): Promise<Cycle> {
  const file = join(folder, name);
  const text = await readFile(file, "utf8");
  try {
    const value = JSON.parse(text) as Cycle;
    if (value.cycle_version === 1 && typeof value.id === "string" && Array.isArray(value.scenarios)) return value;
  } catch (cause) {
    throw new AppError(
      "FORMAT_SYNTAX",
      "the cycle's file is damaged",
      { file },
      { cause, hint: "restore or delete it" },
    );
  }
  throw new AppError(
    "FORMAT_SCHEMA",
    "this is no performance cycle of version 1",
    { file },
    { hint: "restore or delete it" },
  );
}
