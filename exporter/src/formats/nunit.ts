import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { MAX_MESSAGE, MAX_OUTPUT, MAX_STACK, noCounts } from "../model/test.ts";
import { assemblyName } from "./dotnet.ts";
import { JunitValues } from "./junit-values.ts";
import { parseTimestamp } from "./numbers.ts";
import { closeNunitCase, type NunitCase, openNunitCase } from "./nunit-case.ts";
import { NunitSuites } from "./nunit-suites.ts";
import { xmlShape } from "./sniff.ts";
import { attachmentOf } from "./text.ts";
import { readXml, type XmlAttributes, type XmlHandler, type XmlReader } from "./xml.ts";
import { ElementText, warnOfRepairs } from "./xml-text.ts";

/**
 * NUnit's own XML: <test-run> (3 and later), <test-results> (2), or a bare <test-suite> as adapters write it. Label "Error" and
 * result "Error" are errored; inconclusive, ignored and not runnable are skipped. A suite that failed while its tests did
 * not (a teardown, an assembly that does not load, NUnit 2's invalid tests) is an error state, since no case shows it.
 */
export const nunit: Format = {
  id: "nunit",
  title: "NUnit XML",
  yields: "tests",
  tools: ["NUnit 2", "NUnit 3 and 4", "NUnitLite", "Unity Test Framework"],
  extensions: ["xml"],
  reads: "stream",
  notes: "nunit3-console --result=FILE; nunit-console -xml:FILE; dotnet test --logger nunit.",
  sniff: (head) => {
    const shape = xmlShape(head);
    if (shape?.root === "test-run")
      return /\s(testcasecount|engine-version|clr-version|total)\s*=/.test(shape.rootTag) ? "certain" : "maybe";
    if (shape?.root === "test-results")
      return shape.elements.some((name) => /^(test-suite|environment|culture-info)$/.test(name)) ? "certain" : "maybe";
    if (shape?.root === "test-suite")
      return /\s(testcasecount|runstate|executed|fullname|asserts)\s*=/.test(shape.rootTag) ? "certain" : "maybe";
    return "no";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    let handler: NunitHandler | undefined;
    await readXml(source, limits, (reader) => {
      handler = new NunitHandler(reader, sink);
      return handler;
    });
    handler?.finish();
  },
};

/** Elements with text that is kept, and how much of it. */
const TEXTS: ReadonlyMap<string, number> = new Map([
  ["message", MAX_MESSAGE],
  ["stack-trace", MAX_STACK],
  ["output", MAX_OUTPUT],
  ["filePath", 1_000],
]);
/** What a <message> belongs to. */
const SECTIONS = new Set(["failure", "reason", "assertions"]);

class NunitHandler implements XmlHandler {
  readonly #reader: XmlReader;
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly #suites: NunitSuites;
  readonly #text: ElementText;
  readonly #counts = noCounts();
  readonly #cases: NunitCase[] = [];
  #section = "";
  #sectionDepth = 0;
  #depth = 0;
  #begun = false;
  #meta: ReportMeta = {};

  constructor(reader: XmlReader, sink: ReportSink) {
    this.#reader = reader;
    this.#sink = sink;
    this.#values = new JunitValues(sink, reader);
    this.#suites = new NunitSuites(sink, this.#values);
    this.#text = new ElementText(reader);
  }

  open(name: string, attributes: XmlAttributes): void {
    const depth = ++this.#depth;
    if (this.#text.isOpen) return;
    if (name === "test-case") {
      this.#begin();
      this.#cases.push(openNunitCase(attributes, this.#values));
    } else if (name === "test-suite") {
      if (depth === 1) this.#root(name, attributes);
      this.#begin();
      this.#suites.open(attributes);
    } else if (depth === 1 && (name === "test-run" || name === "test-results")) this.#root(name, attributes);
    else if (SECTIONS.has(name) && this.#section === "") {
      this.#section = name;
      this.#sectionDepth = depth;
      const current = this.#cases.at(-1);
      if (name === "failure" && current !== undefined) current.hasFailure = true;
    } else {
      const max = TEXTS.get(name);
      // The output of what passed is not kept.
      const isKept = name !== "output" || this.#cases.at(-1)?.outcome !== "passed";
      if (max !== undefined && isKept && this.#section !== "assertions") this.#text.open(depth, max);
    }
  }

  close(name: string): void {
    const depth = this.#depth--;
    if (this.#text.isOpen) {
      const text = this.#text.close(depth);
      if (text !== undefined) this.#take(name, text);
    } else if (name === "test-case") this.#closeCase();
    else if (name === "test-suite") this.#suites.close();
    else if (depth === this.#sectionDepth) {
      this.#section = "";
      this.#sectionDepth = 0;
    }
  }

  text(piece: string): void {
    this.#text.add(piece);
  }

  #take(element: string, text: string): void {
    const current = this.#cases.at(-1);
    if (current === undefined) {
      if (element === "message" && this.#section !== "") this.#suites.message(text);
      return;
    }
    if (element === "output") current.output = (current.output ?? "") + text;
    else if (element === "filePath") {
      current.attachments ??= [];
      if (current.attachments.length < 100) current.attachments.push(attachmentOf(text.trim()));
    } else if (element === "stack-trace") current.stack ??= text;
    else if (this.#section === "reason") current.reason ??= text;
    else current.message ??= text;
  }

  #root(name: string, attributes: XmlAttributes): void {
    this.#suites.root(name, attributes);
    const start = attributes.get("start-time") ?? startOfNunit2(attributes);
    const end = attributes.get("end-time");
    const stated = this.#values.name(attributes.get("name"));
    const startedAtMs = start === undefined ? undefined : parseTimestamp(start);
    this.#meta = {
      name: stated === undefined ? undefined : assemblyName(stated),
      framework: "NUnit",
      startedAtMs,
      endedAtMs: end === undefined ? undefined : parseTimestamp(end),
      durationSeconds: name === "test-results" ? undefined : this.#values.seconds(attributes.get("duration")),
    };
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
    this.#section = "";
    const result = closeNunitCase(current, this.#suites.node, this.#values);
    this.#counts[result.outcome]++;
    this.#suites.addCase(result, current.notRunnable);
    this.#sink.case(result);
  }

  finish(): void {
    if (!this.#begun)
      throw new AppError("FORMAT_SCHEMA", "expected <test-run>, <test-results> or <test-suite>, found none of them");
    const wrong = this.#suites.mismatch(this.#counts);
    if (wrong !== undefined) this.#sink.warn({ code: "SUMMARY_MISMATCH", message: wrong });
    warnOfRepairs(this.#reader, this.#sink);
    this.#sink.end({
      framework: "NUnit",
      ...this.#meta,
      durationSeconds: this.#meta.durationSeconds ?? this.#suites.seconds,
      ...this.#suites.state(this.#counts),
    });
  }
}

/** `date` and `time` apart, in the zone of the machine, which the file does not tell. */
function startOfNunit2(attributes: XmlAttributes): string | undefined {
  const date = attributes.get("date");
  const time = attributes.get("time");
  return date === undefined || time === undefined ? undefined : `${date}T${time.padStart(8, "0")}`;
}
