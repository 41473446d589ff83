import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { MAX_MESSAGE, noCounts } from "../model/test.ts";
import { HeldCases } from "./held-cases.ts";
import { projectPath } from "./jest.ts";
import { JunitValues } from "./junit-values.ts";
import { parseCount } from "./numbers.ts";
import { RobotSuites } from "./robot-suites.ts";
import { closeRobotTest, openRobotTest, type RobotTest, robotState, robotTime, tornDown } from "./robot-test.ts";
import { xmlShape } from "./sniff.ts";
import { readXml, type XmlAttributes, type XmlHandler, type XmlReader } from "./xml.ts";
import { ElementText, warnOfRepairs } from "./xml-text.ts";

/**
 * Robot Framework's output.xml, schemas of versions 3 to 7 and of rebot. A suite's teardown stands after its tests, which
 * passed until then, and fails all of them, as Robot's own totals say: so tests wait for the end of the suites around them (in
 * bounded memory). Reruns that `rebot --merge` put together are attempts. Keywords are not cases.
 */
export const robot: Format = {
  id: "robot",
  title: "Robot Framework XML",
  yields: "tests",
  tools: ["Robot Framework", "rebot", "Pabot"],
  extensions: ["xml"],
  reads: "stream",
  notes: "robot --output FILE; rebot --merge --output FILE keeps reruns as attempts.",
  sniff: (head) => {
    const shape = xmlShape(head);
    if (shape?.root !== "robot") return "no";
    return /\s(generator|schemaversion|generated)\s*=/.test(shape.rootTag) || shape.elements.includes("suite")
      ? "certain"
      : "maybe";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    let handler: RobotHandler | undefined;
    await readXml(source, limits, (reader) => {
      handler = new RobotHandler(reader, sink);
      return handler;
    });
    handler?.finish();
  },
};

class RobotHandler implements XmlHandler {
  readonly #reader: XmlReader;
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly #suites: RobotSuites;
  readonly #text: ElementText;
  readonly #counts = noCounts();
  readonly #held: HeldCases<undefined>;
  #depth = 0;
  #begun = false;
  #test: RobotTest | undefined;
  #testDepth = 0;
  /** Inside <statistics>: what the tool counted. */
  #statistics = false;
  #stat: { pass: number | undefined; fail: number | undefined } | undefined;
  #declared: { pass: number | undefined; fail: number | undefined } | undefined;
  #interrupted = false;
  #lateTeardown: string | undefined;

  constructor(reader: XmlReader, sink: ReportSink) {
    this.#reader = reader;
    this.#sink = sink;
    this.#values = new JunitValues(sink, reader);
    this.#suites = new RobotSuites(sink, this.#values);
    this.#text = new ElementText(reader);
    this.#held = new HeldCases((result) => {
      this.#counts[result.outcome]++;
      sink.case(result);
    });
  }

  open(name: string, attributes: XmlAttributes): void {
    const depth = ++this.#depth;
    if (this.#text.isOpen) return;
    if (this.#test !== undefined) {
      if (name === "status" && depth === this.#testDepth + 1) this.#openStatus(attributes, this.#test);
    } else if (name === "robot" && depth === 1) this.#begin();
    else if (name === "suite" && !this.#statistics) {
      this.#begin();
      this.#suites.open(attributes, depth, this.#held.count, robotSource(attributes));
    } else if (name === "test" && !this.#statistics) {
      this.#begin();
      this.#test = openRobotTest(attributes, this.#values);
      this.#testDepth = depth;
    } else if (name === "status") {
      if (this.#suites.status(attributes, depth)) this.#text.open(depth, MAX_MESSAGE);
    } else if (name === "kw") this.#suites.keyword(attributes, depth);
    else if (name === "statistics") this.#statistics = true;
    else if (name === "stat" && this.#statistics) {
      this.#stat = { pass: parseCount(attributes.get("pass")), fail: parseCount(attributes.get("fail")) };
      this.#text.open(depth, 100);
    }
  }

  #openStatus(attributes: XmlAttributes, test: RobotTest): void {
    test.status = attributes.get("status");
    test.startedAtMs = robotTime(attributes.get("start") ?? attributes.get("starttime"));
    const elapsed = attributes.get("elapsed");
    const end = robotTime(attributes.get("endtime"));
    if (elapsed !== undefined) test.durationSeconds = this.#values.seconds(elapsed);
    else if (end !== undefined && test.startedAtMs !== undefined && end >= test.startedAtMs)
      test.durationSeconds = (end - test.startedAtMs) / 1000;
    this.#text.open(this.#depth, MAX_MESSAGE * 2);
  }

  close(name: string): void {
    const depth = this.#depth--;
    if (this.#text.isOpen) {
      const text = this.#text.close(depth);
      if (text !== undefined) this.#take(text);
    } else if (this.#test !== undefined) {
      if (depth === this.#testDepth) this.#closeTest(this.#test);
    } else if (name === "suite" && this.#suites.depth === depth) this.#closeSuite();
    else if (name === "statistics") this.#statistics = false;
  }

  text(piece: string): void {
    this.#text.add(piece);
  }

  #take(text: string): void {
    if (this.#test !== undefined) this.#test.message = text;
    else if (this.#stat !== undefined) {
      if (/^All T(ests|asks)$/.test(text.trim())) this.#declared = this.#stat;
      this.#stat = undefined;
    } else this.#suites.message(text);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin({ framework: "Robot Framework" });
  }

  #closeTest(test: RobotTest): void {
    this.#test = undefined;
    if (/^Execution terminated by signal/.test(test.message)) this.#interrupted = true;
    const result = closeRobotTest(test, this.#suites.node, this.#values);
    this.#suites.addCase(result.durationSeconds);
    this.#held.add(result, undefined);
  }

  #closeSuite(): void {
    const { mark, teardown, message } = this.#suites.close();
    if (teardown === undefined) return;
    const gone = this.#held.change(mark, (result) => tornDown(result, teardown, message));
    if (gone > 0)
      this.#lateTeardown ??= `a suite's teardown failed after ${gone} of its tests had to be counted: ${message}`;
  }

  finish(): void {
    if (!this.#begun) throw new AppError("FORMAT_SCHEMA", "expected <robot>, found none");
    this.#held.flush();
    this.#suites.tell();
    const { pass, fail } = this.#declared ?? { pass: undefined, fail: undefined };
    const wrong: string[] = [];
    // Before Robot Framework 4 what is skipped now counted as passed or failed; skipped ones are left out here.
    if (pass !== undefined && pass !== this.#counts.passed) wrong.push(`${pass} passed (found ${this.#counts.passed})`);
    const bad = this.#counts.failed + this.#counts.errored;
    if (fail !== undefined && fail !== bad) wrong.push(`${fail} failed (found ${bad})`);
    if (wrong.length > 0)
      this.#sink.warn({
        code: "SUMMARY_MISMATCH",
        message: `the statistics say ${wrong.join(" and ")}; the tests count`,
      });
    warnOfRepairs(this.#reader, this.#sink);
    this.#sink.end({ framework: "Robot Framework", ...this.#suites.meta(), ...this.#state(bad, fail ?? 0) });
  }

  #state(bad: number, declared: number): Pick<ReportMeta, "state" | "stateMessage"> {
    if (this.#interrupted) return { state: "cancelled", stateMessage: "the execution was terminated by a signal" };
    if (this.#lateTeardown !== undefined) return { state: "error", stateMessage: this.#lateTeardown };
    return robotState(bad, declared, this.#suites.failure);
  }
}

function robotSource(attributes: XmlAttributes): string | undefined {
  const source = attributes.get("source");
  return source === undefined || source === "" ? undefined : projectPath(source);
}
