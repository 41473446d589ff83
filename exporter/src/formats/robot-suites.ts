/** The nesting of <suite> in output.xml, and which of them failed in their teardown. */
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { MAX_NAME, type SuiteNode } from "../model/test.ts";
import type { JunitValues } from "./junit-values.ts";
import { robotTime } from "./robot-test.ts";
import { cut, own } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

interface Frame {
  readonly node: SuiteNode;
  readonly depth: number;
  /** How many tests had been read when it began. */
  readonly mark: number;
  cases: number;
  seconds: number | undefined;
  declaredSeconds: number | undefined;
  startedAtMs: number | undefined;
  endedAtMs: number | undefined;
  failed: boolean;
  message: string;
  /** Depth of its open teardown keyword. */
  teardownDepth: number;
  teardown: "failed" | "skipped" | undefined;
}
export interface ClosedSuite {
  readonly mark: number;
  readonly teardown: "failed" | "skipped" | undefined;
  readonly message: string;
}

export class RobotSuites {
  readonly #sink: ReportSink;
  readonly #values: JunitValues;
  readonly #frames: Frame[] = [];
  readonly #done: { suite: SuiteNode; durationSeconds: number | undefined; startedAtMs: number | undefined }[] = [];
  #root: Frame | undefined;
  /** What the outermost suite that failed says. */
  failure: string | undefined;

  constructor(sink: ReportSink, values: JunitValues) {
    this.#sink = sink;
    this.#values = values;
  }

  get node(): SuiteNode | undefined {
    return this.#frames.at(-1)?.node;
  }
  get depth(): number {
    return this.#frames.at(-1)?.depth ?? 0;
  }

  open(attributes: XmlAttributes, depth: number, mark: number, file: string | undefined): void {
    this.#frames.push({
      node: {
        name: this.#values.name(attributes.get("name")) ?? "(unnamed)",
        parent: this.node,
        file: file === undefined ? undefined : own(cut(file, MAX_NAME)),
      },
      depth,
      mark,
      cases: 0,
      seconds: undefined,
      declaredSeconds: undefined,
      startedAtMs: undefined,
      endedAtMs: undefined,
      failed: false,
      message: "",
      teardownDepth: 0,
      teardown: undefined,
    });
  }

  keyword(attributes: XmlAttributes, depth: number): void {
    const frame = this.#frames.at(-1);
    if (frame?.depth === depth - 1 && attributes.get("type")?.toLowerCase() === "teardown") frame.teardownDepth = depth;
  }

  /** A <status> outside of tests; true when it is a suite's own, whose text is its message. */
  status(attributes: XmlAttributes, depth: number): boolean {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return false;
    const status = attributes.get("status");
    if (frame.teardownDepth !== 0 && depth === frame.teardownDepth + 1) {
      frame.teardown = status === "FAIL" ? "failed" : status === "SKIP" ? "skipped" : undefined;
      frame.teardownDepth = 0;
    }
    if (depth !== frame.depth + 1) return false;
    frame.failed = status === "FAIL";
    frame.startedAtMs = robotTime(attributes.get("start") ?? attributes.get("starttime"));
    frame.endedAtMs = robotTime(attributes.get("endtime"));
    const elapsed = attributes.get("elapsed");
    const { startedAtMs: start, endedAtMs: end } = frame;
    if (elapsed !== undefined) frame.declaredSeconds = this.#values.seconds(elapsed);
    else if (start !== undefined && end !== undefined && end >= start) frame.declaredSeconds = (end - start) / 1000;
    return true;
  }

  message(text: string): void {
    const frame = this.#frames.at(-1);
    if (frame !== undefined) frame.message = text.trim();
  }

  addCase(seconds: number | undefined): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    frame.cases++;
    if (seconds !== undefined) frame.seconds = (frame.seconds ?? 0) + seconds;
  }

  close(): ClosedSuite {
    const frame = this.#frames.pop()!;
    const { node, declaredSeconds, startedAtMs, message } = frame;
    if (frame.cases > 0) this.#done.push({ suite: node, durationSeconds: declaredSeconds, startedAtMs });
    const seconds = declaredSeconds ?? frame.seconds;
    const parent = this.#frames.at(-1);
    if (parent === undefined) this.#root ??= frame;
    else if (seconds !== undefined) parent.seconds = (parent.seconds ?? 0) + seconds;
    if (frame.failed) this.failure = cut(`suite ${node.name} failed${message === "" ? "" : `: ${message}`}`, 500);
    const end = message.lastIndexOf("uite teardown failed:\n");
    return {
      mark: frame.mark,
      teardown: frame.teardown,
      message: end === -1 ? message : message.slice(end + 22).trim(),
    };
  }

  /** After all cases were told. */
  tell(): void {
    for (const { suite, ...info } of this.#done) this.#sink.suite(suite, info);
  }

  meta(): ReportMeta {
    const root = this.#root;
    if (root === undefined) return {};
    const durationSeconds = root.declaredSeconds ?? root.seconds;
    const { startedAtMs } = root;
    return {
      name: root.node.name,
      startedAtMs,
      endedAtMs:
        root.endedAtMs ??
        (startedAtMs === undefined || durationSeconds === undefined ? undefined : startedAtMs + durationSeconds * 1000),
      durationSeconds,
    };
  }
}
