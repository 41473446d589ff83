/** The nesting of <testsuites> and <testsuite>, and what the outermost says of the whole report. */
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { MAX_NAME, type Outcome, type SuiteNode } from "../model/test.ts";
import { frameworkOf } from "./junit-dialects.ts";
import { addFound, type Declared, declaredBy, type Found, noneFound, Summary } from "./junit-summary.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseTimestamp } from "./numbers.ts";
import { cut, own } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

/** One open <testsuites> or <testsuite>. */
interface Frame {
  readonly node: SuiteNode | undefined;
  readonly declaredSeconds: number | undefined;
  readonly startedAtMs: number | undefined;
  /** Sum of what its direct cases and suites state; undefined while none does. */
  seconds: number | undefined;
  readonly declared: Declared | undefined;
  /** Its own cases, and those of the suites inside that are closed. */
  readonly own: Found;
  readonly inner: Found;
}

export class JunitSuites {
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly summary = new Summary();
  readonly #frames: Frame[] = [];
  #root: Frame | undefined;
  #rootName: string | undefined;
  #framework: string | undefined;
  #startedAtMs: number | undefined;

  constructor(sink: ReportSink, values: JunitValues) {
    this.#sink = sink;
    this.#values = values;
  }

  open(element: string, attributes: XmlAttributes): void {
    const frames = this.#frames;
    const parent = frames.at(-1);
    const name = this.#values.name(attributes.get("name"));
    const timestamp = attributes.get("timestamp");
    const startedAtMs = timestamp === undefined || timestamp === "" ? undefined : parseTimestamp(timestamp);
    if (startedAtMs !== undefined && (this.#startedAtMs === undefined || startedAtMs < this.#startedAtMs))
      this.#startedAtMs = startedAtMs;
    const file = attributes.get("file") ?? attributes.get("filepath");
    const frame: Frame = {
      node:
        element === "testsuites"
          ? parent?.node
          : {
              name: name ?? "(unnamed)",
              parent: parent?.node,
              file: file === undefined || file === "" ? undefined : own(cut(file, MAX_NAME)),
            },
      declaredSeconds: this.#values.seconds(attributes.get("time")),
      startedAtMs,
      seconds: undefined,
      declared: declaredBy(attributes),
      own: noneFound(),
      inner: noneFound(),
    };
    frames.push(frame);
    if (this.#root === undefined) {
      this.#root = frame;
      this.#rootName = name;
      this.#framework = frameworkOf(name, attributes);
      this.#sink.begin({ name, framework: this.#framework, startedAtMs, durationSeconds: frame.declaredSeconds });
    } else if (frames.length === 2) this.#framework ??= frameworkOf(name, attributes);
  }

  close(element: string): void {
    const frame = this.#frames.pop()!;
    const seconds = frame.declaredSeconds ?? frame.seconds;
    const parent = this.#frames.at(-1);
    if (parent !== undefined && seconds !== undefined) parent.seconds = (parent.seconds ?? 0) + seconds;
    const all = { ...frame.own };
    addFound(all, frame.inner);
    if (parent !== undefined) addFound(parent.inner, all);
    if (frame.declared !== undefined)
      this.summary.check(frame.node?.name ?? "", this.#frames.length + 1, frame.declared, frame.own, all);
    if (element === "testsuite" && frame.own.tests > 0 && frame.node !== undefined)
      this.#sink.suite(frame.node, { durationSeconds: frame.declaredSeconds, startedAtMs: frame.startedAtMs });
  }

  /** A case begins. Forced on a file whose root is a case there is no suite, and the case still counts. */
  require(): void {
    if (this.#root !== undefined) return;
    this.#root = {
      node: undefined,
      declaredSeconds: undefined,
      startedAtMs: undefined,
      seconds: undefined,
      declared: undefined,
      own: noneFound(),
      inner: noneFound(),
    };
    this.#frames.push(this.#root);
    this.#sink.begin({});
  }

  /** Counts a case to the innermost suite, which is returned. */
  addCase(outcome: Outcome, attempts: number, durationSeconds: number | undefined): SuiteNode | undefined {
    // A forced format may put cases beside the suites of a root of another name: they are the root's.
    const frame = this.#frames.at(-1) ?? this.#root;
    if (frame === undefined) return undefined;
    frame.own.tests++;
    frame.own.again += attempts;
    if (outcome === "failed" || outcome === "errored") frame.own.bad++;
    else if (outcome === "skipped") frame.own.skipped++;
    if (durationSeconds !== undefined) frame.seconds = (frame.seconds ?? 0) + durationSeconds;
    return frame.node;
  }

  /** Of the whole report; undefined when there was no suite and no case. */
  meta(): ReportMeta | undefined {
    const root = this.#root;
    if (root === undefined) return undefined;
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
}
