/** Assemblies and what is in them, and what went wrong outside of their tests. */
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { type OutcomeCounts, type SuiteNode, totalOf } from "../model/test.ts";
import { assemblyName } from "./dotnet.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseCount, parseTimestamp } from "./numbers.ts";
import { cut } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

interface Frame {
  readonly node: SuiteNode;
  readonly declaredSeconds: number | undefined;
  readonly startedAtMs: number | undefined;
  cases: number;
  seconds: number | undefined;
}

export class XunitSuites {
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly #frames: Frame[] = [];
  #declaredTests: number | undefined;
  #declaredBad: number | undefined;
  #lostErrors = 0;
  #outside: string | undefined;
  #outsideSaid = false;
  startedAtMs: number | undefined;
  seconds: number | undefined;

  constructor(sink: ReportSink, values: JunitValues) {
    this.#sink = sink;
    this.#values = values;
  }

  get node(): SuiteNode | undefined {
    return this.#frames.at(-1)?.node;
  }

  openAssembly(attributes: XmlAttributes): void {
    const stated = this.#values.name(attributes.get("name") ?? attributes.get("full-name"));
    const start = attributes.get("start-rtf") ?? `${attributes.get("run-date")}T${attributes.get("run-time")}`;
    const startedAtMs = parseTimestamp(start);
    if (startedAtMs !== undefined) this.startedAtMs = Math.min(this.startedAtMs ?? startedAtMs, startedAtMs);
    this.#push(stated === undefined ? "(unnamed)" : assemblyName(stated), attributes, startedAtMs);
    const total = parseCount(attributes.get("total"));
    const failed = parseCount(attributes.get("failed"));
    if (total !== undefined) this.#declaredTests = (this.#declaredTests ?? 0) + total;
    if (failed !== undefined) this.#declaredBad = (this.#declaredBad ?? 0) + failed;
    this.lostErrors(parseCount(attributes.get("errors")) ?? 0);
  }

  /** A collection's name without the words around it: the id that v3 appends changes with the build. */
  openGroup(attributes: XmlAttributes): void {
    const stated = this.#values.name(attributes.get("name"));
    const name = stated?.replace(/^Test collection for /, "").replace(/ \(id: [0-9a-f]{16,}\)$/, "");
    this.#push(name === undefined || name === "" ? "(unnamed)" : name, attributes, undefined);
  }

  #push(name: string, attributes: XmlAttributes, startedAtMs: number | undefined): void {
    this.#frames.push({
      node: { name, parent: this.node },
      declaredSeconds: this.#values.seconds(attributes.get("time")),
      startedAtMs,
      cases: 0,
      seconds: undefined,
    });
  }

  addCase(seconds: number | undefined): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    frame.cases++;
    if (seconds !== undefined) frame.seconds = (frame.seconds ?? 0) + seconds;
  }

  close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    if (frame.cases > 0)
      this.#sink.suite(frame.node, { durationSeconds: frame.declaredSeconds, startedAtMs: frame.startedAtMs });
    const seconds = frame.declaredSeconds ?? frame.seconds;
    if (seconds === undefined) return;
    const parent = this.#frames.at(-1);
    if (parent === undefined) this.seconds = (this.seconds ?? 0) + seconds;
    else parent.seconds = (parent.seconds ?? 0) + seconds;
  }

  lostErrors(count: number): void {
    this.#lostErrors += count;
  }

  /** A failure that belongs to no test; the first with a message is kept. */
  failedOutside(what: string, message: string | undefined): void {
    const where = what === "" ? (this.node?.name ?? "the run") : what;
    if (this.#outside !== undefined && (message === undefined || this.#outsideSaid)) return;
    this.#outsideSaid = message !== undefined;
    this.#outside = cut(`${where} failed outside of its tests${message === undefined ? "" : `: ${message}`}`, 500);
  }

  mismatch(counts: OutcomeCounts): string | undefined {
    const found = totalOf(counts);
    const tests = this.#declaredTests;
    const bad = this.#declaredBad;
    const wrong: string[] = [];
    // "Tests run", says the documentation, which leaves it open whether skipped ones are among them.
    if (tests !== undefined && tests !== found && tests !== found - counts.skipped)
      wrong.push(`${tests} tests (found ${found})`);
    if (bad !== undefined && bad !== counts.failed) wrong.push(`${bad} failures (found ${counts.failed})`);
    return wrong.length === 0 ? undefined : `the summary says ${wrong.join(" and ")}; the cases count`;
  }

  state(counts: OutcomeCounts): Pick<ReportMeta, "state" | "stateMessage"> {
    if (this.#outside !== undefined) return { state: "error", stateMessage: this.#outside };
    if (this.#lostErrors > 0)
      return { state: "error", stateMessage: `the summary says ${this.#lostErrors} errors outside of tests` };
    if (counts.failed + counts.errored === 0 && (this.#declaredBad ?? 0) > 0)
      return { state: "error", stateMessage: `the summary says ${this.#declaredBad} failures, but no case failed` };
    return {};
  }
}
