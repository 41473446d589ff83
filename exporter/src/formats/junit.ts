import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { noCounts } from "../model/test.ts";
import { addProperty, closeCase, type OpenCase, openCase } from "./junit-case.ts";
import { ELEMENTS, ERROR, FAILURE } from "./junit-dialects.ts";
import { JunitResult } from "./junit-result.ts";
import { JunitSuites } from "./junit-suites.ts";
import { lostFailures, mismatch } from "./junit-summary.ts";
import { JunitValues } from "./junit-values.ts";
import { xmlShape } from "./sniff.ts";
import { cut } from "./text.ts";
import { readXml, type XmlAttributes, type XmlHandler, type XmlReader } from "./xml.ts";

/**
 * JUnit-style XML. There is no standard; what tools write is in test/fixtures/junit/SOURCES.md. `time` is seconds and absent
 * stays undefined; a tool that writes nanoseconds there is believed. <failure> is "failed", <error> is "errored", and the
 * worst of several results is the case's. Suites nest to any depth. Cases are counted; the attributes of suites are only
 * compared. Surefire's flaky* and rerun* children are earlier attempts. Output is kept for cases that did not just pass.
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
  notes: "Any dialect; summary attributes that contradict the cases are reported, the cases count.",
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
  }

  #closeCase(): void {
    const current = this.#case;
    if (current === undefined) return;
    this.#counts[current.outcome]++;
    this.#sink.case(closeCase(current, this.#suites.addCase(current.durationSeconds)));
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
    const declared = this.#suites.summary.declared();
    const wrong = mismatch(declared, this.#counts);
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
    const problem = this.#suiteError ?? lostFailures(declared, this.#counts);
    this.#sink.end(problem === undefined ? meta : { ...meta, state: "error", stateMessage: problem });
  }
}
