/** Suites, specs and the results of their tests in Playwright's report. */
import { AppError } from "../errors.ts";
import type { ReportSink } from "../model/format.ts";
import { type Attempt, type CaseResult, type Failure, MAX_NAME, MAX_OUTPUT, type Outcome } from "../model/test.ts";
import { attachmentsOf, epochMs, fileField, lineField, nameOf, secondsField, textField, thrown } from "./js-values.ts";
import { arrayField, field, isObject, type JsonObject, numberField, objectField, show, stringField } from "./json.ts";
import { SuiteTree } from "./suite-tree.ts";
import { BoundedText, cut, plain } from "./text.ts";

export class PlaywrightSpecs {
  readonly #sink: ReportSink;
  readonly #suites: SuiteTree;
  cases = 0;
  bad = 0;
  /** Tests that should have run and have no result at all. */
  notRun = 0;
  interrupted = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#suites = new SuiteTree(sink);
  }

  /** `above`: titles from the file's down. */
  readSuite(suite: JsonObject, above: readonly string[]): void {
    const titles = [...above, plain(stringField(suite, "title") ?? "").trim()];
    for (const spec of objects(suite, "specs")) this.#readSpec(spec, titles, suite);
    for (const inner of objects(suite, "suites")) this.readSuite(inner, titles);
  }

  #readSpec(spec: JsonObject, [fileTitle = "", ...describes]: readonly string[], suite: JsonObject): void {
    const file = fileField(spec, "file") ?? fileField(suite, "file");
    const name = nameOf(field(spec, "title"), "a test", this.#sink);
    const className = describes.filter((title) => title !== "").join(" > ");
    const tests = objects(spec, "tests");
    if (tests.length === 0) {
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `${cut(name, 100)} belongs to no project; counted as errored`,
      });
      this.#emit({ suite: undefined, name, outcome: "errored", failure: { message: "no result" } });
    }
    for (const test of tests) {
      const project = textField(test, "projectName");
      const results = [...objects(test, "results")].sort((a, b) => retryOf(a) - retryOf(b));
      const last = results.at(-1);
      const outcome = this.#outcomeOf(test, last, name);
      const expected = stringField(test, "expectedStatus") ?? "passed";
      const earlier = results.slice(0, -1).slice(-100);
      this.#emit({
        suite: this.#suites.at([...(project === undefined ? [] : [project]), file ?? fileTitle].filter(Boolean), file),
        className: className === "" ? undefined : cut(className, MAX_NAME),
        name,
        outcome,
        durationSeconds: last === undefined ? undefined : secondsField(last, "duration", this.#sink),
        startedAtMs: last === undefined ? undefined : epochMs(field(last, "startTime")),
        file,
        line: lineField(spec, "line"),
        failure: isBad(outcome) ? failureOfResult(last, expected) : undefined,
        earlierAttempts: earlier.length === 0 ? undefined : earlier.map((result) => this.#attempt(result, expected)),
        output: last === undefined || (outcome === "passed" && earlier.length === 0) ? undefined : printed(last),
        attachments: last === undefined ? undefined : attachmentsOf(arrayField(last, "attachments"), "path"),
      });
    }
  }

  #emit(result: CaseResult): void {
    this.cases++;
    if (isBad(result.outcome)) this.bad++;
    this.#suites.case(result);
  }

  #attempt(result: JsonObject, expected: string): Attempt {
    const outcome = resultOutcome(result, expected) ?? "errored";
    return {
      outcome,
      durationSeconds: secondsField(result, "duration", this.#sink),
      failure: isBad(outcome) ? failureOfResult(result, expected) : undefined,
    };
  }

  /** The tool's own verdict on the test, made finer by its last result. */
  #outcomeOf(test: JsonObject, last: JsonObject | undefined, name: string): Outcome {
    const status = field(test, "status");
    const expected = stringField(test, "expectedStatus") ?? "passed";
    const ended = last === undefined ? undefined : resultOutcome(last, expected);
    if (last !== undefined && field(last, "status") === "interrupted") {
      this.interrupted++;
      return "errored";
    }
    if (status === "skipped") {
      if (last === undefined && expected !== "skipped") this.notRun++;
      return isBad(ended) ? ended : "skipped";
    }
    if (status === "unexpected") return isBad(ended) ? ended : "failed";
    if ((status === "expected" || status === "flaky") && ended === "passed") return "passed";
    if (status === undefined && ended !== undefined) return ended;
    this.#sink.warn({
      code: "VALUE_SKIPPED",
      message: `status ${show(status)} of ${cut(name, 100)} does not say how it ended; counted as errored`,
    });
    return "errored";
  }
}

const isBad = (outcome: Outcome | undefined): outcome is "failed" | "errored" =>
  outcome === "failed" || outcome === "errored";

function resultOutcome(result: JsonObject, expected: string): Outcome | undefined {
  switch (field(result, "status")) {
    case "passed":
    case "failed":
    case "timedOut":
      return field(result, "status") === expected ? "passed" : "failed";
    case "skipped":
      return "skipped";
    case "interrupted":
      return "errored";
    default:
      return undefined;
  }
}

const retryOf = (result: JsonObject): number => numberField(result, "retry") ?? 0;

/** All errors of a result, since soft assertions go on after the first. */
function failureOfResult(result: JsonObject | undefined, expected: string): Failure {
  const status = result === undefined ? undefined : stringField(result, "status");
  const errors = result === undefined ? [] : (arrayField(result, "errors") ?? []).filter(isObject);
  const main = result === undefined ? undefined : objectField(result, "error");
  // `errors` repeat the source around the line; `error` has the plain message and the stack of the first.
  const [first, ...rest] = errors.length > 0 ? errors : main === undefined ? [] : [main];
  const message = textField(main ?? first ?? {}, "message") ?? textField(main ?? first ?? {}, "value");
  const others = rest.map((error) => textField(error, "message") ?? "").join("\n\n");
  const stack = [textField(main ?? {}, "stack") ?? "", others].filter((text) => text !== "").join("\n\n");
  if (message !== undefined) return thrown(message, stack === "" ? undefined : stack);
  if (status === "passed") return { message: `expected the test to be ${expected}, but it passed` };
  if (status === "interrupted") return { message: "no result: the run was interrupted" };
  if (status === "timedOut") return { message: "the test timed out", type: "TimeoutError" };
  return { message: status === undefined ? "no result" : `the test ${status}` };
}

function printed(result: JsonObject): string | undefined {
  const text = new BoundedText(MAX_OUTPUT);
  for (const key of ["stdout", "stderr"])
    for (const piece of arrayField(result, key) ?? []) if (isObject(piece)) text.add(stringField(piece, "text") ?? "");
  return text.isEmpty ? undefined : plain(text.toString());
}

function objects(parent: JsonObject, key: string): readonly JsonObject[] {
  const items = arrayField(parent, key) ?? [];
  for (const item of items)
    if (!isObject(item)) throw new AppError("FORMAT_SCHEMA", `"${key}": expected objects, found ${show(item)}`);
  return items as readonly JsonObject[];
}
