import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { MAX_MESSAGE, MAX_NAME, MAX_OUTPUT, MAX_STACK, noCounts } from "../model/test.ts";
import { JunitValues } from "./junit-values.ts";
import { parseCount, parseTimestamp } from "./numbers.ts";
import { xmlShape } from "./sniff.ts";
import { attachmentOf, cut, firstLine } from "./text.ts";
import { readXml, type XmlAttributes, type XmlHandler, type XmlReader } from "./xml.ts";
import { ElementText, warnOfRepairs } from "./xml-text.ts";
import { closeXunitCase, openXunitCase, type XunitCase } from "./xunit-case.ts";
import { XunitSuites } from "./xunit-suites.ts";

/**
 * xUnit.net's own XML: v1 (<assembly> with <class>), v2 and v3 (<assemblies> with <collection>). Suites are the assembly and in it
 * the collection or class. What fails outside of a test (<errors>, a failed fixture in <class>) is an error state,
 * as it is for xUnit's exit status; tests that were not run (v3, explicit ones) are skipped.
 */
export const xunit: Format = {
  id: "xunit",
  title: "xUnit.net XML",
  yields: "tests",
  tools: ["xUnit.net v1", "xUnit.net v2", "xUnit.net v3", "Fixie"],
  extensions: ["xml"],
  reads: "stream",
  notes: "xunit.console -xml FILE; dotnet test --logger xunit; v3: --report-xunit.",
  sniff: (head) => {
    const shape = xmlShape(head);
    if (shape?.root === "assemblies") return "certain";
    if (shape?.root !== "assembly") return "no";
    return /\s(run-date|test-framework|run-date-rtf|start-rtf)\s*=/.test(shape.rootTag) ? "certain" : "no";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    let handler: XunitHandler | undefined;
    await readXml(source, limits, (reader) => {
      handler = new XunitHandler(reader, sink);
      return handler;
    });
    handler?.finish();
  },
};

/** Elements with text that is kept, and how much of it. */
const TEXTS: ReadonlyMap<string, number> = new Map([
  ["message", MAX_MESSAGE],
  ["stack-trace", MAX_STACK],
  ["reason", MAX_OUTPUT],
  ["output", MAX_OUTPUT],
  ["warning", MAX_MESSAGE],
]);

class XunitHandler implements XmlHandler {
  readonly #reader: XmlReader;
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly #suites: XunitSuites;
  readonly #text: ElementText;
  readonly #counts = noCounts();
  readonly #cases: XunitCase[] = [];
  #depth = 0;
  #begun = false;
  #meta: ReportMeta = { framework: "xUnit.net" };
  /** What stands outside of a test: "assembly-cleanup", a class. */
  #outside = "";

  constructor(reader: XmlReader, sink: ReportSink) {
    this.#reader = reader;
    this.#sink = sink;
    this.#values = new JunitValues(sink, reader);
    this.#suites = new XunitSuites(sink, this.#values);
    this.#text = new ElementText(reader);
  }

  open(name: string, attributes: XmlAttributes): void {
    const depth = ++this.#depth;
    if (this.#text.isOpen) return;
    const current = this.#cases.at(-1);
    if (name === "test") {
      this.#begin();
      this.#cases.push(openXunitCase(attributes, this.#values));
    } else if (current !== undefined) {
      if (name === "failure") {
        current.hasFailure = true;
        const type = attributes.get("exception-type");
        if (type !== undefined) current.type = cut(type, 300);
      } else if (name === "attachment") {
        const stated = attributes.get("name");
        if (stated !== undefined && current.attachments.length < 100) current.attachments.push(attachmentOf(stated));
      } else this.#openText(name, depth);
    } else if (name === "assembly") {
      if (depth === 1) this.#root();
      this.#suites.openAssembly(attributes);
    } else if (name === "collection" || name === "class") {
      this.#begin();
      this.#suites.openGroup(attributes);
    } else if (name === "assemblies" && depth === 1) this.#root(attributes);
    else if (name === "error")
      this.#outside = cut(`${attributes.get("type") ?? "error"} ${attributes.get("name") ?? ""}`, 200);
    else if (name === "failure") this.#suites.failedOutside(this.#outside.trim(), undefined);
    else this.#openText(name, depth);
  }

  #openText(name: string, depth: number): void {
    const max = TEXTS.get(name);
    // The output of what passed is not kept.
    if (max !== undefined && (name !== "output" || this.#cases.at(-1)?.result !== "pass")) this.#text.open(depth, max);
  }

  close(name: string): void {
    const depth = this.#depth--;
    if (this.#text.isOpen) {
      const text = this.#text.close(depth);
      if (text !== undefined) this.#take(name, text);
    } else if (name === "test") this.#closeCase();
    else if (this.#cases.length > 0) return;
    else if (name === "assembly" || name === "collection" || name === "class") this.#suites.close();
    else if (name === "error") {
      this.#suites.failedOutside(this.#outside.trim(), undefined);
      this.#outside = "";
    }
  }

  text(piece: string): void {
    this.#text.add(piece);
  }

  #take(element: string, text: string): void {
    const current = this.#cases.at(-1);
    if (current === undefined) {
      if (element === "message") this.#suites.failedOutside(this.#outside.trim(), firstLine(text.trim()));
    } else if (element === "message") current.message ??= text;
    else if (element === "stack-trace") current.stack ??= text;
    else if (element === "reason") current.reason ??= text;
    else
      current.output = cut((current.output ?? "") + (element === "warning" ? `warning: ${text}\n` : text), MAX_OUTPUT);
  }

  #root(attributes?: XmlAttributes): void {
    const start = attributes?.get("start-rtf") ?? attributes?.get("timestamp");
    const end = attributes?.get("finish-rtf");
    const name = attributes?.get("name");
    this.#meta = {
      ...this.#meta,
      name: name === undefined || name === "" ? undefined : cut(name, MAX_NAME),
      startedAtMs: start === undefined ? undefined : parseTimestamp(start),
      endedAtMs: end === undefined ? undefined : parseTimestamp(end),
      durationSeconds: this.#values.seconds(attributes?.get("time")),
    };
    this.#suites.lostErrors(parseCount(attributes?.get("errors")) ?? 0);
    this.#begin();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin(this.#meta);
  }

  #closeCase(): void {
    const current = this.#cases.pop();
    if (current === undefined) return;
    const result = closeXunitCase(current, this.#suites.node, this.#values);
    this.#counts[result.outcome]++;
    this.#suites.addCase(result.durationSeconds);
    this.#sink.case(result);
  }

  finish(): void {
    if (!this.#begun)
      throw new AppError("FORMAT_SCHEMA", "expected <assemblies>, <assembly> or <test>, found none of them");
    const wrong = this.#suites.mismatch(this.#counts);
    if (wrong !== undefined) this.#sink.warn({ code: "SUMMARY_MISMATCH", message: wrong });
    warnOfRepairs(this.#reader, this.#sink);
    this.#sink.end({
      ...this.#meta,
      startedAtMs: this.#meta.startedAtMs ?? this.#suites.startedAtMs,
      durationSeconds: this.#meta.durationSeconds ?? this.#suites.seconds,
      ...this.#suites.state(this.#counts),
    });
  }
}
