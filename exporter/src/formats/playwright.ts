import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { epochMs, secondsField, textField } from "./js-values.ts";
import { arrayField, field, isObject, type JsonObject, numberField, objectField, show, stringField } from "./json.ts";
import { documentShape, readJsonAmongLines } from "./json-noise.ts";
import { PlaywrightSpecs } from "./playwright-spec.ts";
import { cut, firstLine, plain } from "./text.ts";

/**
 * Playwright's `json` reporter, also of merged blobs. One case per spec and project; results before the last are earlier
 * attempts. The suite is project > file, the describe titles are the class. `test.fail()` that fails is a pass, one that passes
 * is a failure. Tests that did not run are skipped, and a run with such tests for a reason outside of them (a load error,
 * `maxFailures`, the global timeout, an interrupt) says so in its state.
 */
export const playwright: Format = {
  id: "playwright",
  title: "Playwright JSON",
  yields: "tests",
  tools: ["Playwright Test"],
  extensions: ["json"],
  reads: "document",
  notes: "playwright test --reporter=json with PLAYWRIGHT_JSON_OUTPUT_NAME=FILE.",
  sniff: (head) => {
    const paths = documentShape(head)?.paths;
    if (paths === undefined || !paths.has("config")) return "no";
    if (paths.has("suites[].specs") || (paths.has("suites") && paths.has("stats.unexpected"))) return "certain";
    return ["config.rootDir", "config.forbidOnly", "config.fullyParallel"].every((path) => paths.has(path))
      ? "certain"
      : "no";
  },
  parse: parsePlaywright,
};

async function parsePlaywright(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJsonAmongLines(source, sink, limits);
  const report = json.value;
  const suites = isObject(report) ? arrayField(report, "suites") : undefined;
  if (!isObject(report) || suites === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "suites", found ${show(report)}`,
      json.place([]),
    );
  const stats = objectField(report, "stats") ?? {};
  const startedAtMs = epochMs(field(stats, "startTime"));
  const durationSeconds = secondsField(stats, "duration", sink);
  const meta: ReportMeta = {
    framework: "Playwright",
    startedAtMs,
    durationSeconds,
    endedAtMs:
      startedAtMs === undefined || durationSeconds === undefined
        ? undefined
        : Math.round(startedAtMs + durationSeconds * 1000),
  };
  sink.begin(meta);
  const specs = new PlaywrightSpecs(sink);
  suites.forEach((suite, index) => {
    if (!isObject(suite))
      throw new AppError(
        "FORMAT_SCHEMA",
        `suites[${index}]: expected an object, found ${show(suite)}`,
        json.place(["suites", index]),
      );
    specs.readSuite(suite, []);
  });
  sink.end({ ...meta, ...stateOf(report, stats, specs, sink) });
}

function stateOf(report: JsonObject, stats: JsonObject, specs: PlaywrightSpecs, sink: ReportSink): Partial<ReportMeta> {
  const stated = ["expected", "skipped", "unexpected", "flaky"].map((key) => numberField(stats, key));
  const total = stated.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const unexpected = numberField(stats, "unexpected") ?? 0;
  if (stated.some((count) => count !== undefined) && total !== specs.cases)
    sink.warn({
      code: "SUMMARY_MISMATCH",
      message: `the summary says ${total} tests, ${specs.cases} were found; the cases count`,
    });
  const errors = (arrayField(report, "errors") ?? []).filter(isObject);
  const said = errors.map((error) => plain(textField(error, "message") ?? stringField(error, "value") ?? "an error"));
  const [first] = said;
  const notRun = specs.notRun === 0 ? "" : `${specs.notRun} tests did not run`;
  if (specs.interrupted > 0) return { state: "cancelled", stateMessage: "the run was interrupted" };
  if (first !== undefined) {
    const isStop = said.every((text) => /testing stopped early|timed out waiting .* for the/i.test(text));
    const more = said.length === 1 ? "" : ` (and ${said.length - 1} more)`;
    return { state: isStop ? "partial" : "error", stateMessage: cut(`${firstLine(first.trim())}${more}`, 1_000) };
  }
  if (notRun !== "") {
    sink.warn({ code: "INCOMPLETE", message: notRun });
    return { state: "partial", stateMessage: notRun };
  }
  if (unexpected > 0 && specs.bad === 0)
    return { state: "error", stateMessage: `the summary says ${unexpected} failed tests, but none is in the report` };
  return {};
}
