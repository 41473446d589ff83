/** What all coverage formats share: files are gathered, joined when a report names one twice, and told of with their totals. */

import {
  coverageOfFiles,
  type FileCoverage,
  mergeFile,
  rangesOf,
  sizeOf,
  type Tally,
  without,
} from "../model/coverage.ts";
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { MAX_NAME } from "../model/test.ts";
import { Places } from "./coverage-places.ts";
import { cut, own, plain } from "./text.ts";

/** A place is a line and which of the line's branches or functions; 0 is all of them together. */
const WAYS = 4096;
const placeOf = (line: number, which: number): number =>
  Math.min(Math.max(0, Math.trunc(line) || 0), MAX_LINE) * WAYS + (Math.abs(Math.trunc(which) || 0) % WAYS);

/** Beyond it a line number is damage, not code. */
const MAX_LINE = 10_000_000;

export class CoverageFiles {
  readonly #sink: ReportSink;
  readonly #files = new Map<string, FileCoverage>();

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** A file, or one more view of it; `done` it before the next of the same path. */
  file(path: string): FileBuilder {
    return new FileBuilder(pathOf(path), this.#sink, this.#add);
  }

  readonly #add = (file: FileCoverage): void => {
    const before = this.#files.get(file.path);
    this.#files.set(file.path, before === undefined ? file : mergeFile(before, file));
  };

  /**
   * Emits the files and their totals. `declared` is what the report says of itself: compared, and used where it names no
   * file at all.
   */
  finish(meta: ReportMeta, declared: Declared = {}): void {
    const files = [...this.#files.values()];
    for (const file of files) this.#sink.coverageFile?.(file);
    const totals = coverageOfFiles(files);
    if (files.length === 0) {
      const { lines, branches, functions } = declared;
      if (ratio(lines) !== undefined || ratio(branches) !== undefined)
        this.#sink.coverage({ lineRatio: ratio(lines), branchRatio: ratio(branches), functionRatio: ratio(functions) });
    } else {
      this.#compare(files, declared);
      // Files without a line of code are no coverage: such a report is empty, not good.
      if (totals.lineRatio !== undefined || totals.branchRatio !== undefined) this.#sink.coverage(totals);
    }
    this.#sink.end(meta);
  }

  #compare(files: readonly FileCoverage[], declared: Declared): void {
    for (const kind of ["lines", "branches", "functions"] as const) {
      const stated = declared[kind];
      if (stated === undefined) continue;
      const covered = files.reduce((sum, file) => sum + (file[kind]?.covered ?? 0), 0);
      const total = files.reduce((sum, file) => sum + (file[kind]?.total ?? 0), 0);
      if (covered !== stated.covered || total !== stated.total)
        this.#sink.warn({
          code: "SUMMARY_MISMATCH",
          message: `the summary says ${stated.covered} of ${stated.total} ${kind} are covered, its files say ${covered} of ${total}; the files count`,
        });
    }
  }
}

/** Totals that a report states for itself. */
export interface Declared {
  readonly lines?: Tally | undefined;
  readonly branches?: Tally | undefined;
  readonly functions?: Tally | undefined;
}

const ratio = (tally: Tally | undefined): number | undefined =>
  tally === undefined || tally.total === 0 ? undefined : tally.covered / tally.total;

/** Both present, whole and possible; else undefined. */
export function tallyOf(covered: number | undefined, total: number | undefined): Tally | undefined {
  return Number.isSafeInteger(covered) && Number.isSafeInteger(total) && covered! >= 0 && covered! <= total!
    ? { covered: covered!, total: total! }
    : undefined;
}

/** Gathers one view of one file. Places that occur twice in a view add up; views of a file are joined. */
export class FileBuilder {
  readonly path: string;
  readonly #sink: ReportSink;
  readonly #add: (file: FileCoverage) => void;
  readonly #all: number[] = [];
  readonly #hit: number[] = [];
  #statements: Places | undefined;
  #branches: Places | undefined;
  #functions: Places | undefined;
  #branchesTold: Places | undefined;
  #functionsTold: Places | undefined;

  constructor(path: string, sink: ReportSink, add: (file: FileCoverage) => void) {
    this.path = path;
    this.#sink = sink;
    this.#add = add;
  }

  /** Lines that can be executed. `hits` as stated: what is no count was not executed, and is warned of. */
  lines(from: number, to: number, hits: number | undefined, line?: number): void {
    if (!(from >= 1 && to >= from && to <= MAX_LINE && Number.isInteger(from) && Number.isInteger(to))) {
      this.#odd(`line ${from}${from === to ? "" : ` to ${to}`} is no place in a file`, line);
      return;
    }
    push(this.#all, from, to);
    if (this.covered(hits, line)) push(this.#hit, from, to);
  }

  /** A count as stated; what is no count is warned of and means not covered. */
  covered(hits: number | undefined, line?: number): boolean {
    if (hits !== undefined && hits >= 0) return hits > 0;
    this.#odd(`an execution count is ${hits === undefined ? "unreadable" : hits}; not covered`, line);
    return false;
  }

  statements(place: number, covered: number, total: number): void {
    this.#statements ??= new Places();
    this.#statements.add(place, covered, total);
  }
  /** Branches that leave a line, of which only the number is known. */
  branches(line: number, covered: number, total: number): void {
    if (covered > total || !(total >= 0)) this.#odd(`${covered} of ${total} branches is impossible`, undefined);
    else if (total > 0) this.#addBranches(placeOf(line, 0), covered, total);
  }
  /**
   * One branch of a line. `which` tells it from the others; by default the order in which they are told, which is the same in
   * every report of the same code.
   */
  branch(line: number, covered: boolean, which = this.#nextBranch(line)): void {
    this.#addBranches(placeOf(line, which), covered ? 1 : 0, 1);
  }
  #addBranches(place: number, covered: number, total: number): void {
    this.#branches ??= new Places();
    this.#branches.add(place, covered, total);
  }
  function(line: number, covered: boolean): void {
    this.#functions ??= new Places();
    this.#functions.add(placeOf(line, this.#nextFunction(line)), covered ? 1 : 0, 1);
  }

  #nextBranch(line: number): number {
    this.#branchesTold ??= new Places();
    return nextWay(this.#branchesTold, line);
  }
  #nextFunction(line: number): number {
    this.#functionsTold ??= new Places();
    return nextWay(this.#functionsTold, line);
  }

  /** Ends the view. `counts` serve for what no place is known of. */
  done(counts: Declared = {}): void {
    const { path } = this;
    const branches = this.#branches?.tally() ?? counts.branches;
    const functions = this.#functions?.tally() ?? counts.functions;
    const statements = this.#statements?.tally();
    if (this.#all.length === 0 && counts.lines !== undefined) {
      this.#add({ path, lines: statements ?? counts.lines, branches, functions });
      return;
    }
    const all = rangesOf(this.#all);
    const hit = rangesOf(this.#hit);
    const lines = statements ?? { covered: sizeOf(hit), total: sizeOf(all) };
    this.#add({ path, lines, branches, functions, hit, missed: without(all, hit) });
  }

  #odd(message: string, line: number | undefined): void {
    this.#sink.warn({ code: "VALUE_SKIPPED", message: `${this.path}: ${message}`, line });
  }
}

/** The number of this way out of a line, from 1. */
const nextWay = (told: Places, line: number): number => Math.min(told.add(line, 1, 0), WAYS - 1);

/** Lines mostly come in order, so neighbours are joined at once. */
function push(pairs: number[], from: number, to: number): void {
  const end = pairs.at(-1);
  if (end !== undefined && from >= pairs[pairs.length - 2]! && from <= end + 1) {
    if (to > end) pairs[pairs.length - 1] = to;
  } else pairs.push(from, to);
}

function pathOf(path: string): string {
  let clean = plain(path).trim();
  if (clean.includes("\\")) clean = clean.replaceAll("\\", "/");
  if (clean.startsWith("./")) clean = clean.replace(/^(\.\/)+/, "");
  return clean === "" ? "(unnamed)" : own(cut(clean, MAX_NAME));
}

/** Counts as tools write them: whole, and from `gcov` also "1e+06"; undefined when it is none. */
export function hitsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && (value !== 0 || text.trim() !== "") ? value : undefined;
}

/** A time as coverage tools write it, in seconds or milliseconds since the epoch; as milliseconds. */
export function epochMs(value: string | number | undefined): number | undefined {
  const time = hitsOf(value === undefined ? undefined : String(value));
  if (time === undefined || time < 1e9 || time > 1e14) return undefined;
  return Math.round(time > 1e11 ? time : time * 1000);
}
