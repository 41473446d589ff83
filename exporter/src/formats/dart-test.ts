/** One test of Dart's runner, from its start to the case of the model. */
import type { ReportSink } from "../model/format.ts";
import { type Attempt, type CaseResult, type Failure, MAX_NAME, type Outcome, type SuiteNode } from "../model/test.ts";
import { field, type JsonObject, numberField, objectField, stringField } from "./json.ts";
import { type BoundedText, cut, NO_MESSAGE, plain } from "./text.ts";

export interface DartTest {
  readonly id: number;
  readonly suiteId: number | undefined;
  readonly name: string;
  readonly group: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly startMs: number | undefined;
  readonly skipReason: string | undefined;
  errors: Attempt[];
  readonly attempts: Attempt[];
  output: BoundedText | undefined;
}

export function openDartTest(
  test: JsonObject,
  id: number,
  group: string | undefined,
  startMs: number | undefined,
  sink: ReportSink,
): DartTest {
  const stated = plain(stringField(test, "name") ?? "").trim();
  // A group's name begins with its parents' names, and a test's with its group's.
  const name = group !== undefined && stated.startsWith(`${group} `) ? stated.slice(group.length + 1) : stated;
  if (stated === "") sink.warn({ code: "NAME_MISSING", message: "a test has no name" });
  const metadata = objectField(test, "metadata");
  const reason = metadata === undefined ? undefined : stringField(metadata, "skipReason");
  const url = stringField(test, "root_url") ?? stringField(test, "url");
  return {
    id,
    suiteId: numberField(test, "suiteID"),
    name: cut(name || "(unnamed)", MAX_NAME),
    group,
    // In a file that another one imports, root_line is the place in the test's own file.
    line: numberField(test, "root_line") ?? numberField(test, "line"),
    file:
      url === undefined || field(test, "url") === null
        ? undefined
        : cut(url.startsWith("file://") ? url.slice(7) : url, MAX_NAME),
    startMs,
    skipReason: reason,
    errors: [],
    attempts: [],
    output: undefined,
  };
}

export function resultOf(
  test: DartTest,
  suite: SuiteNode | undefined,
  outcome: Outcome,
  failure: Failure | undefined,
  time: number | undefined,
): CaseResult {
  const { startMs, errors } = test;
  const bad = outcome === "failed" || outcome === "errored";
  // The error that fits the result; errors of a test that passed in the end are of attempts before.
  const own = failure ?? (errors.find((error) => error.outcome === outcome) ?? errors[0])?.failure;
  const earlier = outcome === "passed" && errors[0] !== undefined ? [...test.attempts, errors[0]] : test.attempts;
  const printed =
    test.output === undefined || (outcome === "passed" && earlier.length === 0) ? "" : plain(test.output.toString());
  return {
    suite,
    className: test.group,
    name: test.name,
    outcome,
    durationSeconds:
      startMs === undefined || time === undefined || time < startMs ? undefined : (time - startMs) / 1000,
    file: test.file ?? suite?.file,
    line: test.line,
    failure: bad ? (own ?? { message: NO_MESSAGE }) : undefined,
    earlierAttempts: earlier.length === 0 ? undefined : earlier,
    output: printed.trim() === "" ? (test.skipReason ? `skipped: ${cut(test.skipReason, 2_000)}` : undefined) : printed,
  };
}
