/** The nesting of <test-suite>, what suites say of themselves, and whether the cases bear it out. */
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { type CaseResult, type OutcomeCounts, type SuiteNode, totalOf } from "../model/test.ts";
import { assemblyName } from "./dotnet.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseCount, parseTimestamp } from "./numbers.ts";
import { saysFailed } from "./nunit-case.ts";
import { cut, firstLine } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

interface Frame {
  readonly node: SuiteNode;
  readonly declaredSeconds: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly failed: boolean;
  /** Where NUnit 3 says that it went wrong: Test, SetUp, TearDown, Parent or Child. */
  readonly site: string | undefined;
  message: string | undefined;
  cases: number;
  /** Of the whole subtree: cases that show why it failed. */
  bad: number;
  seconds: number | undefined;
}

export class NunitSuites {
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly #frames: Frame[] = [];
  #declared: { tests: number | undefined; bad: number | undefined; notRun: number } | undefined;
  #rootFailed = false;
  #cancelled = false;
  #problem: string | undefined;
  #notRunnable = 0;
  seconds: number | undefined;

  constructor(sink: ReportSink, values: JunitValues) {
    this.#sink = sink;
    this.#values = values;
  }

  get node(): SuiteNode | undefined {
    return this.#frames.at(-1)?.node;
  }

  root(element: string, attributes: XmlAttributes): void {
    const count = (name: string): number | undefined => parseCount(attributes.get(name));
    const failures = count("failures");
    const errors = count("errors");
    this.#declared =
      element === "test-results"
        ? {
            tests: count("total"),
            bad: failures === undefined && errors === undefined ? undefined : (failures ?? 0) + (errors ?? 0),
            notRun: count("not-run") ?? 0,
          }
        : { tests: count("total"), bad: count("failed"), notRun: 0 };
    this.#rootFailed = saysFailed(attributes);
    this.#cancelled = /^cancell?ed$/i.test(attributes.get("label") ?? attributes.get("result") ?? "");
  }

  open(attributes: XmlAttributes): void {
    const name = this.#values.name(attributes.get("name") ?? attributes.get("fullname")) ?? "(unnamed)";
    const start = attributes.get("start-time");
    const isFile = /[\\/]/.test(name) && /\.(dll|exe|nunit|csproj|sln)$/i.test(name);
    this.#frames.push({
      node: { name: isFile ? assemblyName(name) : name, parent: this.node },
      declaredSeconds: this.#values.seconds(attributes.get("duration") ?? attributes.get("time")),
      startedAtMs: start === undefined ? undefined : parseTimestamp(start),
      failed: saysFailed(attributes),
      site: attributes.get("site"),
      message: undefined,
      cases: 0,
      bad: 0,
      seconds: undefined,
    });
  }

  /** Of the open suite's own <failure> or <reason>. */
  message(text: string): void {
    const frame = this.#frames.at(-1);
    if (frame !== undefined) frame.message ??= text.trim();
  }

  addCase(result: CaseResult, notRunnable: boolean): void {
    if (notRunnable) this.#notRunnable++;
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    frame.cases++;
    if (notRunnable || result.outcome === "failed" || result.outcome === "errored") frame.bad++;
    if (result.durationSeconds !== undefined) frame.seconds = (frame.seconds ?? 0) + result.durationSeconds;
  }

  close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    const { node, cases, declaredSeconds, startedAtMs } = frame;
    if (cases > 0) this.#sink.suite(node, { durationSeconds: declaredSeconds, startedAtMs });
    const seconds = declaredSeconds ?? frame.seconds;
    const parent = this.#frames.at(-1);
    if (frame.failed && (frame.bad === 0 || frame.site === "TearDown")) {
      frame.bad++;
      this.#problem ??= cut(
        `${node.name} failed outside of its tests: ${firstLine(frame.message ?? "no reason given")}`,
        500,
      );
    }
    if (parent === undefined) {
      if (seconds !== undefined) this.seconds = (this.seconds ?? 0) + seconds;
      return;
    }
    parent.bad += frame.bad;
    if (seconds !== undefined) parent.seconds = (parent.seconds ?? 0) + seconds;
  }

  /** NUnit 2's `total` leaves out what was not run. */
  mismatch(counts: OutcomeCounts): string | undefined {
    const { tests, bad, notRun } = this.#declared ?? { tests: undefined, bad: undefined, notRun: 0 };
    const found = totalOf(counts);
    const foundBad = counts.failed + counts.errored;
    const wrong: string[] = [];
    if (tests !== undefined && tests + notRun !== found) wrong.push(`${tests + notRun} tests (found ${found})`);
    if (bad !== undefined && bad !== foundBad) wrong.push(`${bad} failures and errors (found ${foundBad})`);
    return wrong.length === 0 ? undefined : `the summary says ${wrong.join(" and ")}; the cases count`;
  }

  state(counts: OutcomeCounts): Pick<ReportMeta, "state" | "stateMessage"> {
    if (this.#cancelled) return { state: "cancelled", stateMessage: "the report says that the run was cancelled" };
    if (this.#problem !== undefined) return { state: "error", stateMessage: this.#problem };
    if (counts.failed + counts.errored > 0) return {};
    if (this.#notRunnable > 0)
      return {
        state: "error",
        stateMessage: `${this.#notRunnable} tests are not runnable, which NUnit takes as a failure`,
      };
    const lost = this.#declared?.bad ?? 0;
    if (lost > 0) return { state: "error", stateMessage: `the summary says ${lost} failures, but no case failed` };
    if (this.#rootFailed) return { state: "error", stateMessage: "the run failed, but no case did" };
    return {};
  }
}
