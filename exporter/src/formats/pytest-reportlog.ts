import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { type Attempt, MAX_STACK } from "../model/test.ts";
import { arrayField, field, isObject, type JsonObject, numberField, objectField, stringField } from "./json.ts";
import { readJsonLines } from "./json-lines.ts";
import { OpenMap } from "./open-map.ts";
import {
  attemptOf,
  collectionCase,
  endedCase,
  type Phase,
  secondsOrNone,
  splitNodeId,
  stateOfExit,
} from "./pytest-case.ts";
import { SuiteBook, secondsBetween, whole } from "./suite-book.ts";
import { cut } from "./text.ts";

/**
 * pytest-reportlog: a line per phase of each test, as it happens. A test is complete with its teardown; what was running when
 * the stream or the run ended is errored. Reruns (pytest-rerunfailures) are earlier attempts; a subtest that failed makes
 * its test fail. A file is a suite. Without the line of the session's end the report is partial.
 */
export const pytestReportlog: Format = {
  id: "pytest-reportlog",
  title: "pytest-reportlog",
  yields: "tests",
  tools: ["pytest --report-log"],
  extensions: ["json", "jsonl", "log"],
  reads: "stream",
  notes: "pytest --report-log=FILE (plugin pytest-reportlog); with xdist and rerunfailures.",
  sniff: (head) => (MARK.test(head) ? "certain" : "no"),
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new ReportLog(sink);
    const read = await readJsonLines(source, limits, sink, (object) => reader.entry(object));
    if (read.taken === 0)
      throw new AppError("FORMAT_SCHEMA", 'no line with a "$report_type" in the whole file', {
        file: source.name,
        line: 1,
      });
    reader.finish(read.cutShort);
  },
};

const MARK =
  /^[ \t]*\{.*"\$report_type": ?"(SessionStart|SessionFinish|CollectReport|TestReport|Sub[Tt]estReport|WarningMessage)"/m;

interface Open {
  readonly nodeId: string;
  phases: Phase[];
  attempts: Attempt[];
  definedAt: number | undefined;
  startedAtMs: number | undefined;
}

class ReportLog {
  readonly #sink: ReportSink;
  readonly #book: SuiteBook;
  readonly #open = new OpenMap<string, Open>();
  #begun = false;
  #finished = false;
  #exitStatus: number | undefined;
  #collectionFailed = false;
  #firstMs: number | undefined;
  #lastMs: number | undefined;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#book = new SuiteBook(sink);
  }

  entry(object: JsonObject): boolean {
    const type = stringField(object, "$report_type");
    if (type === undefined) return false;
    if (!this.#begun) {
      this.#begun = true;
      this.#sink.begin({ framework: "pytest" });
    }
    if (type === "SessionStart") this.#finished = false;
    else if (type === "SessionFinish") {
      this.#finished = true;
      // Of several sessions in one file, the one that ended worst.
      const status = numberField(object, "exitstatus");
      if (status !== undefined) this.#exitStatus = Math.max(status === 5 ? 0 : status, this.#exitStatus ?? 0);
    } else if (type === "CollectReport") this.#collected(object);
    else if (type === "TestReport") this.#phase(object, false);
    else if (/^sub-?test-?report$/i.test(type)) this.#phase(object, true);
    else if (type !== "WarningMessage")
      this.#sink.warn({ code: "VALUE_SKIPPED", message: `a ${JSON.stringify(type.slice(0, 60))} is not known` });
    return true;
  }

  #collected(object: JsonObject): void {
    const phase = phaseOf(object, "collect");
    if (phase.outcome === "passed") return;
    if (phase.outcome !== "skipped") this.#collectionFailed = true;
    const nodeId = stringField(object, "nodeid") ?? "";
    this.#book.case(collectionCase(this.#book.of(nodeId.split("::", 1)[0] || "(no file)", true), phase));
  }

  #phase(object: JsonObject, isSubtest: boolean): void {
    const nodeId = stringField(object, "nodeid") ?? "";
    // Workers of xdist may run the same test at the same time (--dist each).
    const key = `${stringField(object, "node") ?? ""} ${nodeId}`;
    let open = this.#open.get(key);
    if (open === undefined) {
      open = { nodeId, phases: [], attempts: [], definedAt: undefined, startedAtMs: undefined };
      this.#open.set(key, open);
    }
    const phase = phaseOf(object, stringField(object, "when") ?? "???");
    const start = timeOf(object, "start");
    const stop = timeOf(object, "stop");
    if (start !== undefined && start < (this.#firstMs ?? Number.POSITIVE_INFINITY)) this.#firstMs = start;
    if (stop !== undefined && stop > (this.#lastMs ?? 0)) this.#lastMs = stop;
    open.startedAtMs ??= start;
    const line = arrayField(object, "location")?.[1];
    if (typeof line === "number" && Number.isSafeInteger(line) && line >= 0) open.definedAt ??= line;
    if (isSubtest) {
      // The test's own report follows, but does not repeat what a unittest subtest said.
      if (phase.outcome !== "passed" && phase.outcome !== "skipped" && open.phases.length < 20)
        open.phases.push({ ...phase, when: "call", seconds: undefined });
      return;
    }
    open.phases.push(phase);
    if (phase.when !== "teardown" && phase.when !== "???") return;
    if (open.phases.some((one) => one.outcome === "rerun")) {
      if (open.attempts.length < 100) open.attempts.push(attemptOf(open.phases));
      open.phases = [];
      return;
    }
    this.#open.delete(key);
    this.#end(open);
  }

  #end(open: Open): void {
    this.#book.case(
      endedCase(
        {
          nodeId: open.nodeId,
          suite: this.#book.of(splitNodeId(open.nodeId).file, true),
          phases: open.phases,
          definedAt: open.definedAt,
          startedAtMs: whole(open.startedAtMs),
          earlierAttempts: open.attempts.length > 0 ? open.attempts : undefined,
        },
        (warning) => this.#sink.warn(warning),
      ),
    );
  }

  finish(cutShort: boolean): void {
    for (const open of this.#open.values()) {
      this.#end(open);
    }
    this.#book.tell();
    const { bad } = this.#book;
    const incomplete = cutShort
      ? "the last line is cut"
      : !this.#finished
        ? "the session has no end: pytest was ended, or the file is cut"
        : undefined;
    if (incomplete !== undefined) this.#sink.warn({ code: "INCOMPLETE", message: incomplete });
    this.#sink.end({
      framework: "pytest",
      startedAtMs: whole(this.#firstMs),
      endedAtMs: whole(this.#lastMs),
      durationSeconds: secondsBetween(this.#firstMs, this.#lastMs),
      ...(incomplete === undefined
        ? stateOfExit(this.#exitStatus, { bad, collectionFailed: this.#collectionFailed })
        : { state: "partial" as const, stateMessage: incomplete }),
    });
  }
}

function timeOf(object: JsonObject, key: string): number | undefined {
  const seconds = numberField(object, key);
  return seconds !== undefined && seconds > 1e8 && seconds < 1e11 ? seconds * 1000 : undefined;
}

function phaseOf(object: JsonObject, when: string): Phase {
  const repr = field(object, "longrepr");
  let message: string | undefined;
  let text: string | undefined;
  let type: string | undefined;
  const crash = isObject(repr) ? objectField(repr, "reprcrash") : undefined;
  if (typeof repr === "string") {
    text = repr;
    // A strict unexpected pass and a crashed worker say all in one line.
    if (!repr.includes("\n")) message = repr;
  } else if (Array.isArray(repr)) {
    const reason: unknown = repr[2];
    if (typeof reason === "string") message = reason;
  } else if (isObject(repr)) {
    message = crash === undefined ? undefined : stringField(crash, "message");
    const entries = arrayField(objectField(repr, "reprtraceback") ?? {}, "reprentries") ?? [];
    const lines: string[] = [];
    let size = 0;
    for (const entry of entries) {
      const data = isObject(entry) ? objectField(entry, "data") : undefined;
      for (const line of data === undefined ? [] : (arrayField(data, "lines") ?? []))
        if (typeof line === "string" && size <= MAX_STACK) {
          lines.push(line);
          size += line.length + 1;
        }
      const place = data === undefined ? undefined : objectField(data, "reprfileloc");
      if (place === undefined) continue;
      lines.push(`${stringField(place, "path") ?? ""}:${numberField(place, "lineno") ?? ""}`);
      type = stringField(place, "message") || type;
    }
    text = lines.join("\n");
  }
  const xfail = stringField(object, "wasxfail");
  if (xfail !== undefined && field(object, "outcome") === "skipped")
    message = xfail === "" ? "expected failure" : `expected failure: ${xfail.replace(/^reason: /, "")}`;
  const output = (arrayField(object, "sections") ?? [])
    .filter((section) => Array.isArray(section) && typeof section[1] === "string")
    .map((section) => (section as string[])[1])
    .join("\n");
  return {
    when,
    outcome: field(object, "outcome"),
    seconds: secondsOrNone(numberField(object, "duration")),
    message,
    text,
    type: type !== undefined && /^[\w.]+$/.test(type) ? type : undefined,
    crashFile: crash === undefined ? undefined : stringField(crash, "path"),
    crashLine: crash === undefined ? undefined : numberField(crash, "lineno"),
    // Each phase repeats the sections of those before it; only the last phase's are whole.
    output: when === "teardown" ? cut(output, MAX_STACK) : "",
  };
}
