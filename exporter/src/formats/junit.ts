import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import {
  type Attachment,
  type Attempt,
  type Failure,
  MAX_MESSAGE,
  MAX_NAME,
  MAX_OUTPUT,
  MAX_STACK,
  noCounts,
  OUTCOME_SEVERITY,
  type Outcome,
  type SuiteNode,
  totalOf,
} from "../model/test.ts";
import {
  ELEMENTS,
  ERROR,
  FAILURE,
  FLAKY_ERROR,
  frameworkOf,
  OUTPUT,
  RERUN_ERROR,
  SKIPPED,
  STATUS_WORDS,
} from "./junit-dialects.ts";
import { parseCount, parseSeconds, parseTimestamp } from "./numbers.ts";
import { xmlShape } from "./sniff.ts";
import { attachmentOf, BoundedText, cut, failureOf, messageFromOutput, NO_MESSAGE, own, plain } from "./text.ts";
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

/** One open <testsuites> or <testsuite>. */
interface Frame {
  readonly node: SuiteNode | undefined;
  readonly declaredSeconds: number | undefined;
  readonly startedAtMs: number | undefined;
  /** Sum of what its direct cases and suites state; undefined while none does. */
  seconds: number | undefined;
  cases: number;
  readonly declared: Declared | undefined;
}

interface Declared {
  readonly tests: number | undefined;
  /** failures + errors; undefined when neither is stated. */
  readonly bad: number | undefined;
}

/** The case being read; one object, reused. */
interface Current {
  name: string;
  className: string | undefined;
  durationSeconds: number | undefined;
  startedAtMs: number | undefined;
  file: string | undefined;
  line: number | undefined;
  outcome: Outcome;
  hasResult: boolean;
  failure: Failure | undefined;
  attempts: Attempt[] | undefined;
  output: BoundedText | undefined;
  attachments: Attachment[] | undefined;
}

class JunitHandler implements XmlHandler {
  readonly #reader: XmlReader;
  readonly #sink: ReportSink;
  readonly #limits: Limits;
  readonly #frames: Frame[] = [];
  readonly #counts = noCounts();
  #root: Frame | undefined;
  #rootName: string | undefined;
  #framework: string | undefined;
  #startedAtMs: number | undefined;
  /** Sums over the suites below the root; complete while each of them states both. */
  readonly #topDeclared = { suites: 0, tests: 0, bad: 0, complete: true };
  #suiteError: string | undefined;

  #case: Current | undefined;
  readonly #outer: Current[] = [];
  #depth = 0;
  /** The element whose text is collected, its depth, and the depth of an output element inside it, which is left out. */
  #kind = 0;
  #kindDepth = 0;
  #muteDepth = 0;
  #text = "";
  #textLength = 0;
  #message: string | undefined;
  #type: string | undefined;
  #attemptSeconds: number | undefined;

  constructor(reader: XmlReader, sink: ReportSink, limits: Limits) {
    this.#reader = reader;
    this.#sink = sink;
    this.#limits = limits;
  }

  open(name: string, attributes: XmlAttributes): void {
    const depth = ++this.#depth;
    if (this.#kind !== 0) {
      if (this.#muteDepth === 0 && ELEMENTS.get(name) === OUTPUT) this.#muteDepth = depth;
    } else if (name === "testcase") this.#openCase(attributes);
    else if (name === "testsuite" || name === "testsuites") this.#openSuite(name, attributes);
    else {
      const kind = ELEMENTS.get(name);
      if (kind !== undefined) this.#openResult(kind, attributes, depth);
      else if (name === "property" && this.#case !== undefined) this.#property(attributes);
    }
  }

  close(name: string): void {
    const depth = this.#depth--;
    if (this.#kind !== 0) {
      if (depth === this.#muteDepth) this.#muteDepth = 0;
      else if (depth === this.#kindDepth) this.#closeResult();
    } else if (name === "testcase") this.#closeCase();
    else if (name === "testsuite" || name === "testsuites") this.#closeSuite(name);
  }

  text(piece: string): void {
    if (this.#muteDepth !== 0) return;
    this.#textLength += piece.length;
    if (this.#kind === OUTPUT) {
      this.#addOutput(piece);
      return;
    }
    const room = MAX_STACK + 1 - this.#text.length;
    if (room > 0) this.#text += piece.length > room ? piece.slice(0, room) : piece;
  }

  finish(): void {
    const root = this.#root;
    if (root === undefined)
      throw new AppError("FORMAT_SCHEMA", "expected <testsuites>, <testsuite> or <testcase>, found none of them");
    const meta = this.#meta(root);
    const declared =
      root.declared ?? (this.#topDeclared.complete && this.#topDeclared.suites > 0 ? this.#topDeclared : undefined);
    const total = totalOf(this.#counts);
    const bad = this.#counts.failed + this.#counts.errored;
    const wrong: string[] = [];
    if (declared?.tests !== undefined && declared.tests !== total)
      wrong.push(`${declared.tests} tests (found ${total})`);
    if (declared?.bad !== undefined && declared.bad !== bad)
      wrong.push(`${declared.bad} failures and errors (found ${bad})`);
    if (wrong.length > 0)
      this.#sink.warn({
        code: "SUMMARY_MISMATCH",
        message: `the summary says ${wrong.join(" and ")}; the cases count`,
      });
    const bits = this.#reader.badCharacters();
    if (bits > 0)
      this.#sink.warn({ code: "ENCODING", message: `${bits} characters that XML does not allow were replaced` });
    const cuts = this.#reader.cutAttributes();
    if (cuts > 0)
      this.#sink.warn({
        code: "TEXT_CUT",
        message: `message attributes of more than 1 MB were cut: ${cuts}`,
      });
    // Failures that are declared but nowhere to be found must not look like a pass.
    const lost =
      bad === 0 && (declared?.bad ?? 0) > 0
        ? `the summary says ${declared?.bad} failures, but no case failed`
        : undefined;
    const problem = this.#suiteError ?? lost;
    this.#sink.end(problem === undefined ? meta : { ...meta, state: "error", stateMessage: problem });
  }

  #meta(root: Frame): ReportMeta {
    const durationSeconds = root.declaredSeconds ?? root.seconds;
    const startedAtMs = root.startedAtMs ?? this.#startedAtMs;
    return {
      name: this.#rootName,
      framework: this.#framework,
      startedAtMs,
      endedAtMs:
        startedAtMs === undefined || durationSeconds === undefined ? undefined : startedAtMs + durationSeconds * 1000,
      durationSeconds,
    };
  }

  #openSuite(element: string, attributes: XmlAttributes): void {
    const frames = this.#frames;
    const parent = frames.at(-1);
    const name = this.#name(attributes.get("name"));
    const timestamp = attributes.get("timestamp");
    const startedAtMs = timestamp === undefined || timestamp === "" ? undefined : parseTimestamp(timestamp);
    if (startedAtMs !== undefined && (this.#startedAtMs === undefined || startedAtMs < this.#startedAtMs))
      this.#startedAtMs = startedAtMs;
    const file = attributes.get("file") ?? attributes.get("filepath");
    const failures = parseCount(attributes.get("failures"));
    const errors = parseCount(attributes.get("errors"));
    const declared: Declared | undefined =
      frames.length > 1
        ? undefined
        : {
            tests: parseCount(attributes.get("tests")),
            bad: failures === undefined && errors === undefined ? undefined : (failures ?? 0) + (errors ?? 0),
          };
    const frame: Frame = {
      node:
        element === "testsuites"
          ? parent?.node
          : {
              name: name ?? "(unnamed)",
              parent: parent?.node,
              file: file === undefined || file === "" ? undefined : own(cut(file, MAX_NAME)),
            },
      declaredSeconds: this.#seconds(attributes.get("time")),
      startedAtMs,
      seconds: undefined,
      cases: 0,
      declared: declared?.tests === undefined && declared?.bad === undefined ? undefined : declared,
    };
    frames.push(frame);
    if (this.#root === undefined) {
      this.#root = frame;
      this.#rootName = name;
      this.#framework = frameworkOf(name, attributes);
      this.#sink.begin({ name, framework: this.#framework, startedAtMs, durationSeconds: frame.declaredSeconds });
    } else if (frames.length === 2) {
      this.#framework ??= frameworkOf(name, attributes);
      const top = this.#topDeclared;
      top.suites++;
      if (declared?.tests === undefined || declared.bad === undefined) top.complete = false;
      else {
        top.tests += declared.tests;
        top.bad += declared.bad;
      }
    }
  }

  #closeSuite(element: string): void {
    const frame = this.#frames.pop()!;
    const seconds = frame.declaredSeconds ?? frame.seconds;
    const parent = this.#frames.at(-1);
    if (parent !== undefined && seconds !== undefined) parent.seconds = (parent.seconds ?? 0) + seconds;
    if (element === "testsuite" && frame.cases > 0 && frame.node !== undefined)
      this.#sink.suite(frame.node, { durationSeconds: frame.declaredSeconds, startedAtMs: frame.startedAtMs });
  }

  #openCase(attributes: XmlAttributes): void {
    if (this.#root === undefined) {
      // Forced on a file whose root is a case: there is no suite, and the case still counts.
      this.#root = {
        node: undefined,
        declaredSeconds: undefined,
        startedAtMs: undefined,
        seconds: undefined,
        cases: 0,
        declared: undefined,
      };
      this.#frames.push(this.#root);
      this.#sink.begin({});
    }
    if (this.#case !== undefined) this.#outer.push(this.#case);
    const current: Current = {
      name: "",
      className: undefined,
      durationSeconds: undefined,
      startedAtMs: undefined,
      file: undefined,
      line: undefined,
      outcome: "passed",
      hasResult: false,
      failure: undefined,
      attempts: undefined,
      output: undefined,
      attachments: undefined,
    };
    let named = false;
    let status: string | undefined;
    const { names, values, size } = attributes;
    for (let i = 0; i < size; i++) {
      const value = values[i]!;
      switch (names[i]) {
        case "name":
          current.name = value.length > MAX_NAME ? this.#name(value)! : value;
          named = value !== "";
          break;
        case "classname":
          if (value !== "") current.className = value.length > MAX_NAME ? cut(value, MAX_NAME) : value;
          break;
        case "class":
          if (value !== "") current.className ??= cut(value, MAX_NAME);
          break;
        case "time":
          current.durationSeconds = this.#seconds(value);
          break;
        case "timestamp":
          current.startedAtMs = parseTimestamp(value);
          break;
        case "file":
        case "filepath":
          if (value !== "") current.file = cut(value, MAX_NAME);
          break;
        case "line":
        case "lineno":
          current.line = parseCount(value);
          break;
        case "status":
        case "result":
          if (status === undefined || !STATUS_WORDS.has(status)) status = value.toLowerCase();
          break;
        default:
      }
    }
    if (!named) {
      current.name = "(unnamed)";
      this.#sink.warn({ code: "NAME_MISSING", message: "a <testcase> has no name", line: this.#reader.line() });
    }
    // Kept until a child says otherwise.
    if (status !== undefined) current.outcome = STATUS_WORDS.get(status) ?? "passed";
    this.#case = current;
  }

  #closeCase(): void {
    const current = this.#case;
    if (current === undefined) return;
    const frame = this.#frames.at(-1)!;
    const { outcome, durationSeconds, attempts } = current;
    if ((outcome === "failed" || outcome === "errored") && (current.failure?.message ?? NO_MESSAGE) === NO_MESSAGE) {
      // CTest writes an empty <failure> and everything into the output.
      const said = messageFromOutput(plain(current.output?.toString() ?? ""));
      current.failure = { ...current.failure, message: said === "" ? NO_MESSAGE : cut(said, MAX_MESSAGE) };
    }
    frame.cases++;
    if (durationSeconds !== undefined) frame.seconds = (frame.seconds ?? 0) + durationSeconds;
    this.#counts[outcome]++;
    this.#sink.case({
      suite: frame.node,
      className: current.className,
      name: current.name,
      outcome,
      durationSeconds,
      startedAtMs: current.startedAtMs,
      file: current.file,
      line: current.line,
      failure: current.failure,
      earlierAttempts: attempts,
      output:
        current.output === undefined || (outcome === "passed" && attempts === undefined)
          ? undefined
          : plain(current.output.toString()),
      attachments: current.attachments,
    });
    this.#case = this.#outer.pop();
  }

  #openResult(kind: number, attributes: XmlAttributes, depth: number): void {
    const current = this.#case;
    if (current === undefined) {
      if (kind === FAILURE || kind === ERROR)
        this.#suiteError ??= cut(
          `a suite reports: ${attributes.get("message") ?? attributes.get("type") ?? "a failure outside of any test"}`,
          500,
        );
      return;
    }
    this.#kind = kind;
    this.#kindDepth = depth;
    this.#text = "";
    this.#textLength = 0;
    this.#message = attributes.get("message");
    this.#type = attributes.get("type");
    if (kind <= RERUN_ERROR) {
      if (kind > ERROR) this.#attemptSeconds = this.#seconds(attributes.get("time"));
      else if (current.file === undefined && attributes.get("file") !== undefined) {
        current.file = cut(attributes.get("file")!, MAX_NAME);
        current.line = parseCount(attributes.get("line")) ?? current.line;
      }
    }
    this.#reader.collectText(true);
  }

  #closeResult(): void {
    const kind = this.#kind;
    const current = this.#case!;
    this.#kind = 0;
    this.#reader.collectText(false);
    if (this.#textLength > this.#limits.maxTextBytes)
      this.#sink.warn({
        code: "TEXT_CUT",
        message: `a text of ${this.#textLength} characters in ${cut(current.name, 100)} was cut`,
        line: this.#reader.line(),
      });
    if (kind === OUTPUT) return;
    if (kind === SKIPPED) {
      this.#result("skipped");
      const reason = (this.#message ?? this.#text).trim();
      if (reason !== "" && current.output === undefined) this.#addOutput(`skipped: ${reason}\n`);
    } else if (kind <= ERROR) {
      if (this.#result(kind === ERROR ? "errored" : "failed"))
        current.failure = failureOf(this.#message, this.#text, this.#type);
    } else {
      current.attempts ??= [];
      if (current.attempts.length < 100)
        current.attempts.push({
          outcome: kind === FLAKY_ERROR || kind === RERUN_ERROR ? "errored" : "failed",
          durationSeconds: this.#attemptSeconds,
          failure: failureOf(this.#message, this.#text, this.#type),
        });
    }
    this.#text = "";
  }

  /** Worst wins; true when this result is the case's now. */
  #result(outcome: Outcome): boolean {
    const current = this.#case!;
    if (current.hasResult && OUTCOME_SEVERITY[outcome] <= OUTCOME_SEVERITY[current.outcome]) return false;
    current.hasResult = true;
    current.outcome = outcome;
    return true;
  }

  /** Playwright's and Jenkins' notation for files: `[[ATTACHMENT|path]]` alone in the output. */
  #addOutput(piece: string): void {
    const current = this.#case!;
    current.output ??= new BoundedText(MAX_OUTPUT);
    current.output.add(piece);
    if (!piece.includes("[[ATTACHMENT|")) return;
    for (const match of piece.matchAll(/\[\[ATTACHMENT\|([^\]\n]{1,1000})\]\]/g)) this.#attach(match[1]!);
  }

  #property(attributes: XmlAttributes): void {
    const name = attributes.get("name");
    const value = attributes.get("value");
    if (value !== undefined && (name === "attachment" || name === "testrun_attachment")) this.#attach(value);
  }

  #attach(path: string): void {
    const current = this.#case!;
    current.attachments ??= [];
    if (current.attachments.length < 100) current.attachments.push(attachmentOf(path.trim()));
  }

  #seconds(text: string | undefined): number | undefined {
    if (text === undefined || text === "") return undefined;
    const seconds = parseSeconds(text);
    if (seconds === undefined)
      this.#sink.warn({
        code: "TIME_UNREADABLE",
        message: `time ${JSON.stringify(cut(text, 40))} is no duration`,
        line: this.#reader.line(),
      });
    return seconds;
  }

  #name(name: string | undefined): string | undefined {
    if (name === undefined || name === "") return undefined;
    if (name.length > MAX_NAME)
      this.#sink.warn({
        code: "TEXT_CUT",
        message: `a name of ${name.length} characters was cut`,
        line: this.#reader.line(),
      });
    return own(cut(name, MAX_NAME));
  }
}
