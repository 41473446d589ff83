/** The nesting of one TAP stream: its subtests, their plans, and the cases they become. */
import type { ReportSink } from "../model/format.ts";
import { type CaseResult, type Failure, MAX_NAME, MAX_OUTPUT, MAX_STACK, type SuiteNode } from "../model/test.ts";
import { outcomeOfPoint, type TapPoint } from "./tap-line.ts";
import type { TapYaml } from "./tap-yaml.ts";
import { BoundedText, cut } from "./text.ts";

/** Cases of a subtest whose name comes after it are held back, up to this many. */
const MAX_HELD = 10_000;

interface Frame {
  node: SuiteNode | undefined;
  /** Undefined once the name is known. */
  held: Omit<CaseResult, "suite">[] | undefined;
  /** From a "# Subtest:" comment, for the next subtest below this frame. */
  announced: string | undefined;
  /** A test point whose subtest follows in braces. */
  block: Pending | undefined;
  plan: number | undefined;
  count: number;
  cases: number;
  bad: number;
}

/** A test point until the next one: its diagnostics come after it. */
interface Pending {
  readonly level: number;
  readonly point: TapPoint;
  /** Its subtest. */
  readonly child: Frame | undefined;
  yaml: TapYaml | undefined;
  readonly comments: BoundedText;
}

export interface TapTotals {
  cases: number;
  bad: number;
  /** What is missing, or does not fit. */
  readonly missing: string[];
  readonly wrong: string[];
}

export class TapStream {
  readonly #sink: ReportSink;
  readonly #totals: TapTotals;
  readonly #frames: Frame[];
  pending: Pending | undefined;
  exitStatus: string | undefined;

  constructor(sink: ReportSink, totals: TapTotals, name?: string) {
    this.#sink = sink;
    this.#totals = totals;
    this.#frames = [
      newFrame(name === undefined ? undefined : { name: cut(name, MAX_NAME), file: cut(name, MAX_NAME) }),
    ];
  }

  get #root(): Frame {
    return this.#frames[0]!;
  }

  get isEmpty(): boolean {
    return this.#root.count === 0 && this.#root.plan === undefined && this.#frames.length === 1;
  }

  /** Would this test be the first of another stream? */
  isComplete(): boolean {
    return this.#root.plan !== undefined && this.#root.count >= this.#root.plan && this.#frames.length === 1;
  }

  get hasPlan(): boolean {
    return this.#root.plan !== undefined;
  }

  announce(level: number, name: string): void {
    this.settle();
    const parent = this.#frames[level - 1];
    // Older Test::More indents the comment with its subtest.
    if (parent !== undefined && this.#frames.length === level && parent.announced === undefined)
      parent.announced = name;
    else this.#frame(level).announced = name;
  }

  /** The frame of this depth, opened where needed. */
  #frame(level: number): Frame {
    while (this.#frames.length <= level) {
      const parent = this.#frames.at(-1)!;
      const name = parent.announced;
      parent.announced = undefined;
      const frame = newFrame(name === undefined ? undefined : nodeOf(name, parent.node));
      if (name === undefined) frame.held = [];
      this.#frames.push(frame);
    }
    return this.#frames[level]!;
  }

  plan(level: number, count: number): void {
    this.settle();
    this.#closeBelow(level);
    this.#frame(level).plan ??= count;
  }

  point(level: number, point: TapPoint): void {
    this.settle();
    const frame = this.#frame(level);
    if (frame.block !== undefined) this.closeBlock(level);
    const child = this.#closeBelow(level);
    frame.announced = undefined;
    frame.count++;
    this.pending = { level, point, child, yaml: undefined, comments: new BoundedText(MAX_STACK) };
    if (child !== undefined) this.#name(child, point.description, frame.node);
    if (point.opensBlock) frame.announced = point.description;
  }

  /** Takes the subtest below this level off; those below it have no test point of their own. */
  #closeBelow(level: number): Frame | undefined {
    let child: Frame | undefined;
    while (this.#frames.length > level + 1) {
      if (child !== undefined) this.#end(child, undefined);
      child = this.#frames.pop()!;
    }
    if (child !== undefined && child.count === 0 && child.cases === 0) return undefined;
    return child;
  }

  /** `}` ends a subtest in braces, whose test point came before it. */
  closeBlock(level: number): boolean {
    this.settle();
    const block = this.#frames[level]?.block;
    if (block === undefined) return false;
    const child = this.#closeBelow(level);
    this.#endBlock(this.#frames[level]!, block, child);
    return true;
  }

  #endBlock(frame: Frame, block: Pending, child: Frame | undefined): void {
    frame.block = undefined;
    frame.announced = undefined;
    this.pending = { ...block, child, point: { ...block.point, opensBlock: false } };
    this.settle();
  }

  /** The name of a subtest that came before its name. */
  #name(frame: Frame, name: string, parent: SuiteNode | undefined): void {
    const { held } = frame;
    if (held === undefined) return;
    frame.held = undefined;
    frame.node = nodeOf(name, parent);
    for (const result of held) this.#sink.case({ ...result, suite: frame.node });
  }

  #end(frame: Frame, durationSeconds: number | undefined): void {
    this.#name(frame, "(subtest)", undefined);
    if (frame.cases > 0 && frame.node !== undefined) this.#sink.suite(frame.node, { durationSeconds });
  }

  settle(): void {
    const pending = this.pending;
    if (pending === undefined) return;
    this.pending = undefined;
    const { point, child, yaml, comments, level } = pending;
    const frame = this.#frames[level] ?? this.#root;
    if (point.opensBlock) {
      frame.block = pending;
      return;
    }
    const durationSeconds = yaml?.seconds ?? point.seconds;
    const outcome = outcomeOfPoint(point);
    if (child !== undefined) {
      this.#end(child, durationSeconds);
      frame.bad += child.bad;
      const short = child.plan !== undefined && child.count < child.plan;
      if (short && outcome === "passed")
        this.#totals.missing.push(`${point.description || "a subtest"}: ${child.count} of ${child.plan} tests`);
      // It repeats what its subtests said, unless it failed by itself.
      if (outcome !== "failed" || (child.bad > 0 && yaml?.get("failureType") !== "hookFailed")) return;
    }
    const said = comments.toString();
    const place = yaml?.place ?? perlPlace(said);
    const name =
      cut(point.description, MAX_NAME) || (point.number === undefined ? "(unnamed)" : `test ${point.number}`);
    const type = yaml?.get("failureType");
    const result: Omit<CaseResult, "suite"> = {
      name,
      outcome:
        outcome === "failed" && type !== undefined && type !== "testCodeFailure" && !/^subtest/.test(type)
          ? "errored"
          : outcome,
      durationSeconds,
      file: place?.file,
      line: place?.line,
      failure: outcome === "failed" ? failureFrom(point, yaml, said) : undefined,
      output: point.directive === undefined ? undefined : `${point.directive}: ${cut(point.reason, 1_000)}\n`,
    };
    frame.cases++;
    this.#totals.cases++;
    if (outcome === "failed") {
      frame.bad++;
      this.#totals.bad++;
    }
    if (frame.held !== undefined && frame.held.length >= MAX_HELD) this.#name(frame, "(subtest)", undefined);
    if (frame.held !== undefined) frame.held.push(result);
    else this.#sink.case({ ...result, suite: frame.node });
  }

  /** The stream is over: its plan is compared with what came. */
  finish(): void {
    this.settle();
    let open = false;
    while (this.#frames.length > 1) {
      open = true;
      const child = this.#frames.pop()!;
      const frame = this.#frames.at(-1)!;
      if (frame.block !== undefined) this.#endBlock(frame, frame.block, child);
      else this.#end(child, undefined);
    }
    if (this.#root.block !== undefined) this.#endBlock(this.#root, this.#root.block, undefined);
    const { plan, count, node, cases } = this.#root;
    const of = node === undefined ? "" : `${node.name}: `;
    if (cases > 0 && node !== undefined) this.#sink.suite(node, {});
    if (plan === undefined) {
      if (count > 0 || open) this.#totals.missing.push(`${of}no plan, so tests after test ${count} may be missing`);
    } else if (count < plan) this.#totals.missing.push(`${of}${count} of ${plan} planned tests`);
    else if (count > plan) this.#totals.wrong.push(`${of}${count} tests, but ${plan} were planned`);
    if (this.exitStatus !== undefined) this.#totals.wrong.push(`${of}${this.exitStatus}`);
  }
}

const nodeOf = (name: string, parent: SuiteNode | undefined): SuiteNode => ({
  name: cut(name, MAX_NAME) || "(unnamed)",
  parent,
});

const newFrame = (node: SuiteNode | undefined): Frame => ({
  node,
  held: undefined,
  announced: undefined,
  block: undefined,
  plan: undefined,
  count: 0,
  cases: 0,
  bad: 0,
});

function failureFrom(point: TapPoint, yaml: TapYaml | undefined, said: string): Failure {
  const description = point.description || "not ok";
  if (yaml !== undefined) return yaml.failure(description, said);
  const text = said
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => !/^\s*(Failed test\b.*|at \S+ line \d+\.|)$/.test(line) && line !== "")
    .map((line) => line.trim())
    .join("\n");
  return {
    message: cut(text === "" ? description : `${description}\n${text}`, 4_000),
    stack: said.trim() === "" ? undefined : cut(said.trimEnd(), MAX_OUTPUT),
  };
}

function perlPlace(said: string): { file: string; line: number } | undefined {
  const match = /\bat (\S+) line (\d+)\.|\(in test file ([^,]+), line (\d+)\)/.exec(said);
  if (match === null) return undefined;
  return { file: cut((match[1] ?? match[3])!, MAX_NAME), line: Number(match[2] ?? match[4]) };
}
