import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { noCounts } from "../model/test.ts";
import { addProperty, closeCase, type OpenCase, openCase } from "./junit-case.ts";
import { ELEMENTS, ERROR, FAILURE } from "./junit-dialects.ts";
import { JunitResult } from "./junit-result.ts";
import { JunitSuites } from "./junit-suites.ts";
import { JunitValues } from "./junit-values.ts";
import { xmlShape } from "./sniff.ts";
import { cut } from "./text.ts";
import { readXml, type XmlAttributes, type XmlHandler, type XmlReader } from "./xml.ts";

/**
 * JUnit-style XML. There is no standard; what tools write is in test/fixtures/junit/SOURCES.md. `time` is seconds and absent
 * stays undefined; a tool that writes nanoseconds there is believed. <failure> is "failed", <error> is "errored", and the
 * worst of several results is the case's. Suites nest to any depth. Cases are counted; the attributes of suites are only
 * compared, suite by suite: failures and tests that only they know of keep the run from passing. Surefire's flaky* and rerun*
 * children are earlier attempts. Output is kept for cases that did not just pass.
 */
export const junit: Format = {
  id: "junit",
  title: "JUnit XML",
  yields: "tests",
  tools: [
    "Maven Surefire",
    "Gradle",
    "pytest",
    "jest-junit",
    "Vitest",
    "Mocha",
    "gotestsum",
    "cargo nextest",
    "GoogleTest",
    "CTest",
    "PHPUnit",
    "Playwright",
  ],
  extensions: ["xml"],
  reads: "stream",
  notes:
    "Any dialect. The cases count; summaries that contradict them are reported. Failures that only a summary has make the run errored, tests that only it has make it partial.",
  sniff: (head) => {
    const root = xmlShape(head)?.root;
    return root === "testsuites" || root === "testsuite" ? "certain" : "no";
  },
  parse: (source, sink, limits) => parseJunit(source, sink, limits),
};

async function parseJunit(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  let handler: JunitHandler | undefined;
  await readXml(source, limits, (reader) => {
    handler = new JunitHandler(reader, sink, limits);
    return handler;
  });
  handler?.finish();
}

/** Leads each element to who reads it. */
class JunitHandler implements XmlHandler {
  readonly #reader: XmlReader;
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly #suites: JunitSuites;
  readonly #result: JunitResult;
  readonly #counts = noCounts();
  #case: OpenCase | undefined;
  readonly #outer: OpenCase[] = [];
  #depth = 0;
  #suiteError: string | undefined;
  #runWithoutResult = false;

  constructor(reader: XmlReader, sink: ReportSink, limits: Limits) {
    this.#reader = reader;
    this.#sink = sink;
    this.#values = new JunitValues(sink, reader);
    this.#suites = new JunitSuites(sink, this.#values);
    this.#result = new JunitResult(reader, this.#values, limits);
  }

  open(name: string, attributes: XmlAttributes): void {
    const depth = ++this.#depth;
    if (this.#result.kind !== 0) this.#result.openInside(name, depth);
    else if (name === "testcase") this.#openCase(attributes);
    else if (name === "testsuite" || name === "testsuites") this.#suites.open(name, attributes);
    else {
      const kind = ELEMENTS.get(name);
      if (kind === undefined) {
        if (name === "property" && this.#case !== undefined) addProperty(this.#case, attributes);
      } else if (this.#case !== undefined) this.#result.open(this.#case, kind, attributes, depth);
      else if (kind === FAILURE || kind === ERROR) this.#suiteFailed(attributes);
    }
  }

  close(name: string): void {
    const depth = this.#depth--;
    if (this.#result.kind !== 0) this.#result.close(depth);
    else if (name === "testcase") this.#closeCase();
    else if (name === "testsuite" || name === "testsuites") this.#suites.close(name);
  }

  text(piece: string): void {
    this.#result.text(piece);
  }

  #openCase(attributes: XmlAttributes): void {
    this.#suites.require();
    if (this.#case !== undefined) this.#outer.push(this.#case);
    this.#case = openCase(attributes, this.#values);
    this.#runWithoutResult ||= attributes.get("status") === "run" && attributes.get("result") === undefined;
  }

  #closeCase(): void {
    const current = this.#case;
    if (current === undefined) return;
    this.#counts[current.outcome]++;
    const { outcome, attempts, durationSeconds } = current;
    this.#sink.case(closeCase(current, this.#suites.addCase(outcome, attempts?.length ?? 0, durationSeconds)));
    this.#case = this.#outer.pop();
  }

  #suiteFailed(attributes: XmlAttributes): void {
    this.#suiteError ??= cut(
      `a suite reports: ${attributes.get("message") ?? attributes.get("type") ?? "a failure outside of any test"}`,
      500,
    );
  }

  finish(): void {
    const meta = this.#suites.meta();
    if (meta === undefined)
      throw new AppError("FORMAT_SCHEMA", "expected <testsuites>, <testsuite> or <testcase>, found none of them");
    const wrong = this.#suites.summary.mismatch();
    if (wrong !== undefined) this.#sink.warn({ code: "SUMMARY_MISMATCH", message: wrong });
    const bits = this.#reader.badCharacters();
    if (bits > 0)
      this.#sink.warn({ code: "ENCODING", message: `${bits} characters that XML does not allow were replaced` });
    const cuts = this.#reader.cutAttributes();
    if (cuts > 0)
      this.#sink.warn({
        code: "TEXT_CUT",
        message: `message attributes of more than 1 MB were cut: ${cuts}`,
      });
    this.#sink.end({ ...meta, ...this.#state(meta) });
  }

  /** What the summaries say of results that are not there: never a pass. */
  #state({ framework }: ReportMeta): Partial<ReportMeta> {
    const { summary } = this.#suites;
    const problem = this.#suiteError ?? summary.lostFailures();
    if (problem !== undefined) return { state: "error", stateMessage: problem };
    // A run with failures is no pass anyway, and saying so beats saying that some of it is missing.
    if (this.#counts.failed + this.#counts.errored > 0) return {};
    // pytest 9 counts subtests, Catch2 and doctest count assertions as `tests`, and list none of them: their summaries are
    // larger than complete reports. doctest is known by status="run" without a `result` (GoogleTest writes both).
    if (framework === "pytest" || framework === "Catch2" || this.#runWithoutResult) return {};
    const missing = summary.missingTests();
    return missing === undefined ? {} : { state: "partial", stateMessage: missing };
  }
}
