/** Tests of a subunit stream, of either version: which are running, and the cases they become. */
import type { ReportSink } from "../model/format.ts";
import { type Failure, MAX_MESSAGE, MAX_NAME, MAX_STACK, type Outcome, type SuiteNode } from "../model/test.ts";
import { OpenMap } from "./open-map.ts";
import { SuiteBook, secondsBetween, whole } from "./suite-book.ts";
import { BoundedText, cut, failureOf, messageFromOutput, plain } from "./text.ts";

export type SubunitStatus = "exists" | "inprogress" | "success" | "uxsuccess" | "skip" | "fail" | "error" | "xfail";

/** An unexpected success fails the run in Python's unittest; an expected failure is no failure. */
const OUTCOMES: Readonly<Record<Exclude<SubunitStatus, "exists" | "inprogress">, Outcome>> = {
  success: "passed",
  uxsuccess: "failed",
  skip: "skipped",
  xfail: "skipped",
  fail: "failed",
  error: "errored",
};

interface Open {
  readonly id: string;
  startedAtMs: number | undefined;
  running: boolean;
  reason: string | undefined;
  traceback: BoundedText | undefined;
  output: BoundedText | undefined;
}

export class SubunitTests {
  readonly #sink: ReportSink;
  readonly #book: SuiteBook;
  readonly #open = new OpenMap<string, Open>();
  #begun = false;
  #firstMs: number | undefined;
  #lastMs: number | undefined;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#book = new SuiteBook(sink);
  }

  time(ms: number): void {
    this.#firstMs = Math.min(this.#firstMs ?? ms, ms);
    this.#lastMs = Math.max(this.#lastMs ?? ms, ms);
  }

  #test(key: string, id: string): Open {
    let open = this.#open.get(key);
    if (open === undefined) {
      open = { id, startedAtMs: undefined, running: false, reason: undefined, traceback: undefined, output: undefined };
      this.#open.set(key, open);
    }
    return open;
  }

  attach(key: string, id: string, name: string, text: string): void {
    const open = this.#test(key, id);
    open.running = true;
    if (name === "reason") open.reason = cut((open.reason ?? "") + text, MAX_MESSAGE);
    else if (/traceback/i.test(name)) {
      open.traceback ??= new BoundedText(MAX_STACK);
      open.traceback.add(text);
    } else {
      open.output ??= new BoundedText(MAX_STACK / 2);
      open.output.add(text);
    }
  }

  status(key: string, id: string, status: SubunitStatus, atMs: number | undefined): void {
    this.begin();
    if (atMs !== undefined) this.time(atMs);
    const open = this.#test(key, id);
    if (status === "exists") return;
    if (status === "inprogress") {
      open.running = true;
      open.startedAtMs ??= atMs;
      return;
    }
    this.#open.delete(key);
    this.#end(open, status, atMs);
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin({ framework: "subunit" });
  }

  get hasBegun(): boolean {
    return this.#begun;
  }

  #end(
    open: Open,
    status: Exclude<SubunitStatus, "exists" | "inprogress"> | undefined,
    atMs: number | undefined,
  ): void {
    const { suite, name } = this.#nameOf(open.id);
    const traceback = plain(open.traceback?.toString() ?? "");
    const { startedAtMs } = open;
    let outcome = status === undefined ? "errored" : OUTCOMES[status];
    // A class or module that could not be set up is no test that failed.
    if (outcome === "failed" && /^(setUp|tearDown)(Class|Module)\b/.test(open.id)) outcome = "errored";
    const isBad = outcome === "failed" || outcome === "errored";
    const output = plain(open.output?.toString() ?? "");
    const reason = status === "xfail" ? `expected failure: ${lastLine(traceback)}` : open.reason;
    this.#book.case({
      suite,
      name,
      outcome,
      startedAtMs: whole(startedAtMs),
      durationSeconds: secondsBetween(startedAtMs, atMs),
      failure: !isBad
        ? undefined
        : status === undefined
          ? { message: "no result: the process ended" }
          : status === "uxsuccess"
            ? { message: "passed, though it was expected to fail", type: "unexpected success" }
            : pythonFailure(traceback, open.reason ?? output),
      ...(isBad ? pythonPlace(traceback) : {}),
      output: isBad
        ? output || undefined
        : outcome === "skipped" && reason !== undefined
          ? `skipped: ${plain(reason).trim()}\n`
          : undefined,
    });
  }

  /** "shop.test_shop.Basket.test_adds(small.case)": what is in brackets belongs to the name. */
  #nameOf(id: string): { suite: SuiteNode | undefined; name: string } {
    const text = plain(id);
    const end = text.search(/[([\s]/);
    const dot = text.lastIndexOf(".", end === -1 ? text.length : end);
    const ofClass = /^(?:setUp|tearDown)(?:Class|Module) \((.+)\)$/.exec(text)?.[1];
    if (ofClass !== undefined) return { suite: this.#book.of(ofClass), name: cut(text, MAX_NAME) };
    if (dot <= 0) return { suite: undefined, name: cut(text, MAX_NAME) || "(unnamed)" };
    return { suite: this.#book.of(text.slice(0, dot)), name: cut(text.slice(dot + 1), MAX_NAME) || "(unnamed)" };
  }

  finish(cutShort: string | undefined): void {
    this.begin();
    let listed = 0;
    let running = 0;
    for (const open of this.#open.values()) {
      if (!open.running) {
        listed++;
        continue;
      }
      running++;
      this.#end(open, undefined, undefined);
    }
    this.#book.tell();
    const incomplete =
      cutShort ??
      (running > 0
        ? `${running} tests were running when the stream ended`
        : listed > 0
          ? `${listed} tests are only listed and did not run`
          : undefined);
    if (incomplete !== undefined) this.#sink.warn({ code: "INCOMPLETE", message: incomplete });
    this.#sink.end({
      framework: "subunit",
      startedAtMs: whole(this.#firstMs),
      endedAtMs: whole(this.#lastMs),
      durationSeconds: secondsBetween(this.#firstMs, this.#lastMs),
      ...(incomplete === undefined ? {} : { state: "partial" as const, stateMessage: incomplete }),
    });
  }
}

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1)?.trim() ?? "";

/** The exception of a traceback: what stands below its last frame. */
function pythonFailure(traceback: string, other: string): Failure {
  const lines = traceback.split("\n");
  const frame = lines.findLastIndex((line) => /^\s+File "/.test(line));
  const at = lines.findIndex((line, i) => i > frame && /^\S/.test(line));
  const message = at === -1 ? messageFromOutput(traceback || other) : lines.slice(at).join("\n").trim();
  return failureOf(
    message,
    traceback || other,
    frame === -1 ? undefined : /^([A-Za-z_][\w.]*)(?::|$)/.exec(message)?.[1],
  );
}

/** The innermost frame that is not of a test library. */
function pythonPlace(traceback: string): { file?: string; line?: number } {
  const frames = [...traceback.matchAll(/^\s+File "([^"\n]{1,1000})", line (\d{1,9})/gm)];
  const own = frames.findLast((match) => !/[\\/](unittest|testtools|site-packages)[\\/]/.test(match[1]!));
  return own === undefined ? {} : { file: own[1]!, line: Number(own[2]) };
}
