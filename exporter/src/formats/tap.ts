import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { toBase } from "../model/units.ts";
import { type Line, readLines } from "./lines.ts";
import { xmlShape } from "./sniff.ts";
import { PLAN, parsePoint, sniffTap, VERSION } from "./tap-line.ts";
import { TapStream, type TapTotals } from "./tap-stream.ts";
import { TapYaml } from "./tap-yaml.ts";
import { cut, plain } from "./text.ts";

/**
 * TAP 12, 13 and 14. The leaves are the cases; a test with subtests is their suite, and a case only when it failed by itself.
 * A test to do is skipped, however it ended. A plan that is not kept, or missing, means that tests are missing: partial. "Bail
 * out!" is an error. Several streams in one file are read one after the other, with `prove -v`'s names. Other lines are skipped.
 */
export const tap: Format = {
  id: "tap",
  title: "TAP (Test Anything Protocol)",
  yields: "tests",
  tools: ["node --test", "prove", "Test::More", "node-tap", "tape", "bats"],
  extensions: ["tap", "t", "txt", "log"],
  reads: "stream",
  notes: "node --test --test-reporter=tap; prove -v; tap --reporter=tap.",
  sniff: (head) => (xmlShape(head) !== undefined ? "no" : sniffTap(plain(head))),
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new Tap(sink, limits);
    await readLines(source, limits, (line) => reader.line(line));
    reader.finish(source.name);
  },
};

/** "t/shop.t ......" of `prove -v`; what follows on the line is a verdict without tests. */
const PROVE = /^(\S+) \.{2,}\s*(skipped: .*|ok|)$/;

class Tap {
  readonly #sink: ReportSink;
  readonly #maxDepth: number;
  readonly #totals: TapTotals = { cases: 0, bad: 0, missing: [], wrong: [] };
  #stream: TapStream;
  #begun = false;
  #isProve = false;
  #seen = false;
  #yaml: TapYaml | undefined;
  #noise = 0;
  #firstNoise: number | undefined;
  #bailedOut: string | undefined;
  #saidFailed: string | undefined;
  #seconds: number | undefined;

  constructor(sink: ReportSink, limits: Limits) {
    this.#sink = sink;
    this.#maxDepth = Math.min(limits.maxDepth, 100);
    this.#stream = new TapStream(sink, this.#totals);
  }

  line(line: Line): void {
    const text = plain(line.text).trimEnd().replaceAll("\t", "    ");
    if (this.#yaml !== undefined && this.#inYaml(text, this.#yaml)) return;
    const body = text.trimStart();
    if (body === "") return;
    const indent = text.length - body.length;
    const level = Math.min(indent >> 2, this.#maxDepth);
    if (indent % 4 < 2 && this.#structure(body, level)) return;
    if (body.startsWith("#")) this.#comment(body, level);
    else if (body === "---" && this.#stream.pending !== undefined) {
      this.#yaml = new TapYaml(indent);
      this.#stream.pending.yaml = this.#yaml;
    } else if (/^bail out!/i.test(body)) {
      this.#begin();
      this.#bailedOut ??= body.slice(9).trim();
    } else if (!this.#harness(body) && !/^pragma [+-]/.test(body)) {
      this.#noise++;
      this.#firstNoise ??= line.number;
    }
  }

  /** False when the block was not ended, and this line is no longer of it. */
  #inYaml(text: string, yaml: TapYaml): boolean {
    const body = text.trimStart();
    const indent = text.length - body.length;
    if (body === "..." && indent <= yaml.indent) {
      this.#yaml = undefined;
      return true;
    }
    if (body !== "" && indent < yaml.indent && (parsePoint(body) !== undefined || PLAN.test(body))) {
      this.#yaml = undefined;
      return false;
    }
    yaml.add(text);
    return true;
  }

  #structure(body: string, level: number): boolean {
    if (level === 0 && VERSION.test(body)) {
      this.#next();
      this.#seen = true;
      return true;
    }
    const plan = PLAN.exec(body);
    if (plan !== null) {
      if (level === 0 && this.#stream.hasPlan && !this.#stream.isEmpty) this.#next(!this.#stream.isComplete());
      this.#begin();
      this.#stream.plan(level, Number(plan[1]));
      this.#seen = true;
      return true;
    }
    if (body === "}") return this.#stream.closeBlock(level);
    const point = parsePoint(body);
    if (point === undefined) return false;
    if (point.number === undefined) {
      // "ok" alone ends a file in prove's output; "ok something" may be any program's.
      if (this.#isProve && /^(not )?ok$/.test(body)) return true;
      if (point.ok && !this.#seen) return false;
    }
    if (level === 0 && point.number === 1 && this.#stream.isComplete()) this.#next();
    this.#begin();
    this.#seen = true;
    this.#stream.point(level, point);
    return true;
  }

  #comment(body: string, level: number): void {
    const subtest = /^# Subtest: (.*)$/.exec(body)?.[1];
    if (subtest !== undefined) {
      this.#begin();
      this.#stream.announce(level, subtest.replace(/\\([#\\])/g, "$1"));
      return;
    }
    const pending = this.#stream.pending;
    if (pending !== undefined && !pending.point.ok) pending.comments.add(`${body.replace(/^# ?/, "")}\n`);
    const exit = /^# Looks like your test exited with (\d+)/.exec(body)?.[1];
    if (exit !== undefined) this.#stream.exitStatus = `it exited with ${exit}`;
    if (level > 0) return;
    const sum = /^# (fail|cancelled|duration_ms) +([\d.]+)$/.exec(body);
    if (sum === null) return;
    if (sum[1] === "duration_ms")
      this.#seconds = (this.#seconds ?? 0) + toBase(Number(sum[2]), { unit: "seconds", factor: 1e-3 });
    else if (Number(sum[2]) > 0) this.#saidFailed ??= `its summary says "${body}"`;
  }

  /** Lines of prove around the streams. */
  #harness(body: string): boolean {
    const header = PROVE.exec(body);
    if (header !== null) {
      this.#isProve = true;
      this.#next(true, header[1]);
      return true;
    }
    if (!this.#isProve) return false;
    const dubious = /^Dubious, (test returned .*)$/.exec(body)?.[1];
    if (dubious !== undefined) this.#stream.exitStatus = dubious;
    if (/^Result: (?!PASS|NOTESTS)/.test(body)) this.#saidFailed ??= `prove says "${body}"`;
    return /^(Dubious|Failed \d|All |Files=|Result: |Test Summary Report|-+$|\(|Parse errors|Failed tests?:|TODO passed|Non-zero)/.test(
      body,
    );
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin({});
  }

  /** Another stream begins. What came before the first is none. */
  #next(always = false, name?: string): void {
    this.#begin();
    if (!always && this.#stream.isEmpty && name === undefined) return;
    this.#stream.finish();
    this.#stream = new TapStream(this.#sink, this.#totals, name);
  }

  finish(file: string): void {
    if (!this.#begun) throw new AppError("FORMAT_SCHEMA", "no line of TAP in the whole file", { file, line: 1 });
    this.#stream.finish();
    const { missing, wrong, bad } = this.#totals;
    if (this.#seen && this.#totals.cases === 0 && this.#yaml !== undefined) missing.push("a diagnostic has no end");
    const few = cut(missing.slice(0, 5).join("; "), 500);
    if (missing.length > 0) this.#sink.warn({ code: "INCOMPLETE", message: few });
    for (const message of wrong.slice(0, 20)) this.#sink.warn({ code: "SUMMARY_MISMATCH", message: cut(message, 500) });
    if (this.#noise > 0)
      this.#sink.warn({
        code: "NOISE_SKIPPED",
        message: `${this.#noise} lines are no TAP`,
        line: this.#firstNoise,
      });
    const state =
      this.#bailedOut !== undefined
        ? { state: "error" as const, stateMessage: cut(`bailed out: ${this.#bailedOut || "(no reason)"}`, 1_000) }
        : missing.length > 0
          ? { state: "partial" as const, stateMessage: few }
          : bad > 0 || (wrong.length === 0 && this.#saidFailed === undefined)
            ? {}
            : { state: "error" as const, stateMessage: cut(wrong[0] ?? this.#saidFailed!, 1_000) };
    this.#sink.end({ durationSeconds: this.#seconds, ...state });
  }
}
