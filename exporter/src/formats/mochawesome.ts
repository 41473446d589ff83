import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type Attachment, type CaseResult, MAX_NAME, type Outcome } from "../model/test.ts";
import { projectPath } from "./jest.ts";
import { epochMs, fileField, nameOf, secondsField, textField, thrown } from "./js-values.ts";
import {
  arrayField,
  field,
  isObject,
  type JsonObject,
  numberField,
  objectField,
  readJson,
  show,
  stringField,
} from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { SuiteTree } from "./suite-tree.ts";
import { attachmentOf, cut, plain } from "./text.ts";

/**
 * Mochawesome's JSON (Cypress and Mocha), also merged by mochawesome-merge. A failed hook is an errored case; tests that did
 * not run because of it are skipped. The spec file is the suite and the titles above a test are its class. The tool's
 * own `stats.failures` leaves hooks out. Retries are not in this format.
 */
export const mochawesome: Format = {
  id: "mochawesome",
  title: "Mochawesome JSON",
  yields: "tests",
  tools: ["Cypress with mochawesome", "mochawesome", "mochawesome-merge"],
  extensions: ["json"],
  reads: "document",
  notes: "One report per spec file, or one that mochawesome-merge made of them.",
  sniff: (head) => {
    const paths = jsonShape(head)?.paths;
    if (paths === undefined) return "no";
    return paths.has("stats.testsRegistered") && (paths.has("results") || paths.has("stats.passPercent"))
      ? "certain"
      : "no";
  },
  parse: parseMochawesome,
};

const OUTCOMES: ReadonlyMap<unknown, Outcome> = new Map([
  ["passed", "passed"],
  ["failed", "failed"],
  ["pending", "skipped"],
  ["skipped", "skipped"],
]);

async function parseMochawesome(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  const results = isObject(report) ? arrayField(report, "results") : undefined;
  if (!isObject(report) || results === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "results", found ${show(report)}`,
      json.place([]),
    );
  const stats = objectField(report, "stats") ?? {};
  const meta: ReportMeta = {
    framework: "Mochawesome",
    startedAtMs: epochMs(field(stats, "start")),
    endedAtMs: epochMs(field(stats, "end")),
    durationSeconds: secondsField(stats, "duration", sink),
  };
  sink.begin(meta);
  const reader = new SuiteReader(sink);
  results.forEach((result, index) => {
    // mochawesome writes `false` for a spec file without any test.
    if (result === false || result === null) return;
    if (!isObject(result))
      throw new AppError(
        "FORMAT_SCHEMA",
        `results[${index}]: expected an object, found ${show(result)}`,
        json.place(["results", index]),
      );
    reader.suite(result, undefined, []);
  });
  const registered = numberField(stats, "testsRegistered");
  const failures = numberField(stats, "failures") ?? 0;
  if ((registered !== undefined && registered !== reader.tests) || failures > reader.bad)
    sink.warn({
      code: "SUMMARY_MISMATCH",
      message: `the summary says ${registered ?? "?"} tests and ${failures} failures, found ${reader.tests} and ${reader.bad}; the cases count`,
    });
  if (failures > 0 && reader.bad === 0)
    sink.end({
      ...meta,
      state: "error",
      stateMessage: `the summary says ${failures} failures, but none is in the report`,
    });
  else sink.end(meta);
}

class SuiteReader {
  readonly #sink: ReportSink;
  readonly #suites: SuiteTree;
  tests = 0;
  bad = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#suites = new SuiteTree(sink);
  }

  suite(suite: JsonObject, fileAbove: string | undefined, above: readonly string[]): void {
    const file = fileField(suite, "fullFile") ?? fileField(suite, "file") ?? fileAbove;
    const title = plain(stringField(suite, "title") ?? "").trim();
    const titles = title === "" ? above : [...above, title];
    for (const key of ["beforeHooks", "tests", "afterHooks", "suites"])
      for (const item of arrayField(suite, key) ?? []) {
        if (!isObject(item))
          throw new AppError("FORMAT_SCHEMA", `"${key}" of a suite: expected objects, found ${show(item)}`);
        if (key === "suites") this.suite(item, file, titles);
        else if (key === "tests" && field(item, "isHook") !== true) this.#test(item, file, titles, false);
        // A hook that went well is no test.
        else if (outcomeOf(item) !== "passed") this.#test(item, file, titles, true);
      }
  }

  #test(test: JsonObject, file: string | undefined, titles: readonly string[], isHook: boolean): void {
    const known = outcomeOf(test);
    if (isHook && (known === "skipped" || known === undefined)) return;
    if (!isHook) this.tests++;
    if (known === undefined)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `state ${show(field(test, "state"))} does not say how the test ended; counted as errored`,
      });
    const outcome = known === undefined || isHook ? "errored" : known;
    const isBad = outcome === "failed" || outcome === "errored";
    if (isBad) this.bad++;
    const error = objectField(test, "err") ?? {};
    const className = titles.length === 0 ? undefined : cut(titles.join(" > "), MAX_NAME);
    const path = file === undefined ? titles.slice(0, 1) : [projectPath(file).replace(/^\//, "")];
    const result: CaseResult = {
      suite: this.#suites.at(path, file),
      className,
      name: nameOf(field(test, "title"), "a test", this.#sink),
      outcome,
      durationSeconds: secondsField(test, "duration", this.#sink),
      file,
      failure: isBad
        ? thrown(
            textField(error, "message") ?? (known === undefined ? "no result" : undefined),
            textField(error, "estack"),
          )
        : undefined,
      attachments: contextFiles(field(test, "context")),
    };
    this.#suites.case(result);
  }
}

/** Undefined when the test says nothing of its end. Worst first, should the flags contradict the state. */
function outcomeOf(test: JsonObject): Outcome | undefined {
  const state = OUTCOMES.get(field(test, "state"));
  if (state === "failed" || field(test, "fail") === true) return "failed";
  if (state !== undefined) return state;
  const isQuiet = field(test, "state") === null || field(test, "state") === undefined;
  return isQuiet && (field(test, "skipped") === true || field(test, "pending") === true) ? "skipped" : undefined;
}

/** `context` is JSON text of a string or of what addContext was given; screenshots and videos are paths in it. */
function contextFiles(context: unknown): Attachment[] | undefined {
  if (typeof context !== "string") return undefined;
  const paths = new Set<string>();
  for (const match of context
    .slice(0, 20_000)
    .matchAll(/"([^"\\\n]{1,300}\.(?:png|jpe?g|webp|gif|mp4|webm|har|log|txt))"/gi))
    if (!/^https?:|^data:/.test(match[1]!)) paths.add(match[1]!);
  return paths.size === 0 ? undefined : [...paths].slice(0, 100).map(attachmentOf);
}
