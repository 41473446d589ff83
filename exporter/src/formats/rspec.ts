import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type CaseResult, type Failure, MAX_NAME, type Outcome, type SuiteNode } from "../model/test.ts";
import { lineField } from "./js-values.ts";
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
import { cut, failureOf, plain } from "./text.ts";

/**
 * RSpec's JSON formatter. Times are seconds. The suite is the spec file; the groups are what `full_description` says before
 * the example's own description. A pending example that passes is written as failed, which it is. Errors outside of examples (a
 * file that does not load, an after(:context) hook) leave no example behind: they are an error state.
 */
export const rspec: Format = {
  id: "rspec",
  title: "RSpec JSON",
  yields: "tests",
  tools: ["RSpec"],
  extensions: ["json"],
  reads: "document",
  notes: "rspec --format json --out FILE.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object" || !shape.paths.has("examples")) return "no";
    const marks = ["examples[].full_description", "summary_line", "summary.example_count"];
    return marks.some((key) => shape.paths.has(key)) ? "certain" : "no";
  },
  parse: parseRspec,
};

const OUTCOMES: ReadonlyMap<unknown, Outcome> = new Map([
  ["passed", "passed"],
  ["failed", "failed"],
  ["pending", "skipped"],
]);

interface Suite {
  readonly node: SuiteNode;
  seconds: number | undefined;
}

async function parseRspec(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  const examples = isObject(report) ? arrayField(report, "examples") : undefined;
  if (!isObject(report) || examples === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "examples", found ${show(report)}`,
      json.place([]),
    );
  sink.begin({ framework: "RSpec" });
  const suites = new Map<string, Suite>();
  const counts = { total: 0, bad: 0, skipped: 0 };
  examples.forEach((example, index) => {
    if (!isObject(example))
      throw new AppError(
        "FORMAT_SCHEMA",
        `examples[${index}]: expected an object, found ${show(example)}`,
        json.place(["examples", index]),
      );
    const result = readExample(example, suites, sink);
    counts.total++;
    if (result.outcome === "skipped") counts.skipped++;
    else if (result.outcome !== "passed") counts.bad++;
    sink.case(result);
  });
  for (const { node, seconds } of suites.values()) sink.suite(node, { durationSeconds: seconds });
  sink.end(finish(report, sink, counts));
}

function readExample(example: JsonObject, suites: Map<string, Suite>, sink: ReportSink): CaseResult {
  const description = plain(stringField(example, "description") ?? "").trim();
  const full = plain(stringField(example, "full_description") ?? "").trim();
  if (description === "" && full === "") sink.warn({ code: "NAME_MISSING", message: "an example has no description" });
  const groups =
    description !== "" && full.endsWith(description) ? full.slice(0, full.length - description.length).trim() : "";
  const file = stringField(example, "file_path");
  // The file of a shared example is where it is written; the id begins with the spec file that uses it.
  const path = /^(.+)\[[\d:]+\]$/.exec(stringField(example, "id") ?? "")?.[1] ?? file;
  const suite = suiteOf(suites, path === undefined || path === "" ? "(unnamed)" : path.replace(/^\.\//, ""), path);
  const exception = objectField(example, "exception");
  const outcome = outcomeOf(example, exception, sink);
  const durationSeconds = secondsOf(example, "run_time", sink);
  if (durationSeconds !== undefined) suite.seconds = (suite.seconds ?? 0) + durationSeconds;
  const bad = outcome === "failed" || outcome === "errored";
  const pending = stringField(example, "pending_message");
  return {
    suite: suite.node,
    className: groups === "" ? undefined : cut(groups, MAX_NAME),
    name: cut(description || full || "(unnamed)", MAX_NAME),
    outcome,
    durationSeconds,
    file,
    line: lineField(example, "line_number"),
    failure: bad ? failureFrom(exception) : undefined,
    output: outcome === "skipped" && pending ? `skipped: ${cut(plain(pending), 2_000)}` : undefined,
  };
}

function suiteOf(suites: Map<string, Suite>, name: string, file: string | undefined): Suite {
  let suite = suites.get(name);
  if (suite === undefined) {
    suite = { node: { name: cut(plain(name), MAX_NAME), file }, seconds: undefined };
    suites.set(name, suite);
  }
  return suite;
}

function outcomeOf(example: JsonObject, exception: JsonObject | undefined, sink: ReportSink): Outcome {
  const status = field(example, "status");
  const outcome = OUTCOMES.get(status);
  if (outcome === undefined) {
    const instead = exception === undefined ? "errored" : "failed";
    sink.warn({ code: "VALUE_SKIPPED", message: `status ${show(status)} is unknown; counted as ${instead}` });
    return instead;
  }
  // A pending example keeps the exception that it is pending for.
  return outcome === "passed" && exception !== undefined ? "failed" : outcome;
}

function failureFrom(exception: JsonObject | undefined): Failure {
  if (exception === undefined) return failureOf(undefined, undefined, undefined);
  const backtrace = (arrayField(exception, "backtrace") ?? []).filter((line) => typeof line === "string");
  const message = stringField(exception, "message");
  return failureOf(message, backtrace.slice(0, 500).join("\n"), stringField(exception, "class"));
}

function secondsOf(object: JsonObject, key: string, sink: ReportSink): number | undefined {
  const value = field(object, key);
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  sink.warn({ code: "TIME_UNREADABLE", message: `${key} ${show(value)} is no duration` });
  return undefined;
}

function finish(
  report: JsonObject,
  sink: ReportSink,
  counts: { total: number; bad: number; skipped: number },
): ReportMeta {
  const summary = objectField(report, "summary");
  const stated = (key: string): number | undefined => (summary === undefined ? undefined : numberField(summary, key));
  const wrong: string[] = [];
  const total = stated("example_count");
  const bad = stated("failure_count");
  if (total !== undefined && total !== counts.total) wrong.push(`${total} examples (found ${counts.total})`);
  if (bad !== undefined && bad !== counts.bad) wrong.push(`${bad} failures (found ${counts.bad})`);
  if (wrong.length > 0)
    sink.warn({ code: "SUMMARY_MISMATCH", message: `the summary says ${wrong.join(" and ")}; the examples count` });
  const meta: ReportMeta = {
    framework: "RSpec",
    durationSeconds: summary === undefined ? undefined : secondsOf(summary, "duration", sink),
  };
  const outside = stated("errors_outside_of_examples_count") ?? 0;
  if (outside > 0) return { ...meta, state: "error", stateMessage: outsideMessage(report, outside) };
  if (counts.bad === 0 && (bad ?? 0) > 0)
    return { ...meta, state: "error", stateMessage: `the summary says ${bad} failures, but no example failed` };
  return meta;
}

function outsideMessage(report: JsonObject, count: number): string {
  const said = (arrayField(report, "messages") ?? [])
    .filter((message) => typeof message === "string")
    .map((message) => plain(message).trim())
    .find((message) => /^An error occurred/i.test(message));
  const text = said?.split("\n", 20).filter((line) => line.trim() !== "") ?? [];
  const at = text.findIndex((line) => /^\s*\w+(::\w+)*(Error|Exception|Interrupt)\b/.test(line));
  const parts = [text[0], ...(at === -1 ? [] : text.slice(at, at + 2))]
    .filter((part) => part !== undefined)
    .map((part) => part.trim());
  return cut(`${count} errors outside of examples${parts.length === 0 ? "" : `: ${parts.join(" ")}`}`, 500);
}
