import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { MAX_MESSAGE, MAX_NAME, MAX_OUTPUT, MAX_STACK } from "../model/test.ts";
import { JunitValues } from "./junit-values.ts";
import { xmlShape } from "./sniff.ts";
import { attachmentOf, cut } from "./text.ts";
import { closeTrxResult, openTrxResult, type TrxResult } from "./trx-result.ts";
import { TrxSummary } from "./trx-summary.ts";
import { TrxTests } from "./trx-tests.ts";
import { readXml, type XmlAttributes, type XmlHandler, type XmlReader } from "./xml.ts";
import { ElementText, warnOfRepairs } from "./xml-text.ts";

/**
 * Visual Studio's TRX. Results name a test by id; its class and assembly stand in <TestDefinitions>, which comes before or
 * after, so cases wait for it (in bounded memory). A data-driven result that holds others is their sum and not a case of
 * its own (older vstest counts it in its own counters). A host that crashed leaves only passed results and a <RunInfo>, which is an error state.
 */
export const trx: Format = {
  id: "trx",
  title: "Visual Studio TRX",
  yields: "tests",
  tools: ["dotnet test", "vstest.console", "MSTest", "Microsoft.Testing.Platform"],
  extensions: ["trx", "xml"],
  reads: "stream",
  notes: "dotnet test --logger trx; --report-trx.",
  sniff: (head) => {
    const shape = xmlShape(head);
    if (shape?.root !== "TestRun") return "no";
    if (/microsoft\.com\/schemas\/VisualStudio\/TeamTest/i.test(shape.rootTag)) return "certain";
    return shape.elements.some((name) => /^(TestSettings|Times|ResultSummary|TestDefinitions)$/.test(name))
      ? "certain"
      : "maybe";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    let handler: TrxHandler | undefined;
    await readXml(source, limits, (reader) => {
      handler = new TrxHandler(reader, sink);
      return handler;
    });
    handler?.finish();
  },
};

/** Elements with text that is kept, and how much of it. */
const TEXTS: ReadonlyMap<string, number> = new Map([
  ["Message", MAX_MESSAGE],
  ["StackTrace", MAX_STACK],
  ["StdOut", MAX_OUTPUT],
  ["StdErr", MAX_OUTPUT],
  ["Text", MAX_MESSAGE],
]);

class TrxHandler implements XmlHandler {
  readonly #reader: XmlReader;
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly #tests: TrxTests;
  readonly #summary = new TrxSummary();
  readonly #text: ElementText;
  /** Open results: a data-driven one holds others. */
  readonly #results: TrxResult[] = [];
  #depth = 0;
  #begun = false;
  #definitionsDepth = 0;
  #errorInfoDepth = 0;
  #runInfo = "";

  constructor(reader: XmlReader, sink: ReportSink) {
    this.#reader = reader;
    this.#sink = sink;
    this.#values = new JunitValues(sink, reader);
    this.#tests = new TrxTests(sink);
    this.#text = new ElementText(reader);
  }

  open(name: string, attributes: XmlAttributes): void {
    const depth = ++this.#depth;
    if (this.#text.isOpen) return;
    const max = TEXTS.get(name);
    if (max !== undefined) {
      // The output of what passed is not kept.
      if (!name.startsWith("Std") || this.#results.at(-1)?.outcome !== "passed") this.#text.open(depth, max);
    } else if (this.#definitionsDepth !== 0) {
      if (depth === this.#definitionsDepth + 1) this.#tests.define(attributes);
      else if (name === "TestMethod") this.#tests.method(attributes);
    } else if (name.endsWith("Result") && attributes.get("testName") !== undefined) this.#openResult(attributes);
    else if (name === "ErrorInfo") this.#errorInfoDepth ||= depth;
    else if (name === "ResultFile") {
      const current = this.#results.at(-1);
      const path = attributes.get("path");
      if (current !== undefined && path !== undefined && current.attachments.length < 100)
        current.attachments.push(attachmentOf(path.replaceAll("\\", "/")));
    } else this.#openOther(name, attributes, depth);
  }

  #openOther(name: string, attributes: XmlAttributes, depth: number): void {
    if (name === "TestRun") this.#begin();
    else if (name === "TestDefinitions") this.#definitionsDepth = depth;
    else if (name === "Times") this.#summary.times(attributes);
    else if (name === "ResultSummary") this.#summary.outcome = attributes.get("outcome");
    else if (name === "Counters") this.#summary.counters(attributes);
    else if (name === "RunInfo") this.#runInfo = attributes.get("outcome") ?? "";
  }

  close(name: string): void {
    const depth = this.#depth--;
    if (this.#text.isOpen) {
      const text = this.#text.close(depth);
      if (text !== undefined) this.#take(name, text);
    } else if (depth === this.#definitionsDepth) {
      this.#definitionsDepth = 0;
      this.#tests.defined();
    } else if (depth === this.#errorInfoDepth) this.#errorInfoDepth = 0;
    else if (this.#results.at(-1)?.depth === depth) this.#closeResult();
    else if (name === "RunInfo") this.#runInfo = "";
  }

  text(piece: string): void {
    this.#text.add(piece);
  }

  #take(element: string, text: string): void {
    const current = this.#results.at(-1);
    if (current === undefined) {
      if (element === "Text" && this.#runInfo !== "") this.#summary.runInfo(this.#runInfo, text.trim());
    } else if (element === "Message" && this.#errorInfoDepth !== 0) current.message ??= text;
    else if (element === "StackTrace") current.stack ??= text;
    else current.output = cut(current.output === undefined ? text : `${current.output}\n${text}`, MAX_OUTPUT);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin({});
  }

  #openResult(attributes: XmlAttributes): void {
    this.#begin();
    this.#results.push(openTrxResult(attributes, this.#depth, this.#values));
  }

  #closeResult(): void {
    const current = this.#results.pop()!;
    const result = closeTrxResult(current);
    const bad = result.outcome === "failed" || result.outcome === "errored";
    const parent = this.#results.at(-1);
    if (parent !== undefined) {
      parent.inner++;
      if (bad || current.innerBad > 0) parent.innerBad++;
    }
    // The sum of others, unless only the sum says that something failed.
    if (current.inner > 0 && (!bad || current.innerBad > 0)) this.#summary.aggregate(bad);
    else {
      this.#summary.add(result.outcome);
      this.#tests.add({ ...result, name: cut(result.name, MAX_NAME) }, current.testId);
    }
  }

  finish(): void {
    if (!this.#begun) throw new AppError("FORMAT_SCHEMA", "expected <TestRun> or a test result, found neither");
    this.#tests.finish();
    const wrong = this.#summary.mismatch();
    if (wrong !== undefined) this.#sink.warn({ code: "SUMMARY_MISMATCH", message: wrong });
    warnOfRepairs(this.#reader, this.#sink);
    this.#sink.end({ name: this.#tests.onlyAssembly, framework: this.#tests.framework, ...this.#summary.meta() });
  }
}
