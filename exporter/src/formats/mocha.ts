import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type CaseResult, MAX_NAME, type Outcome } from "../model/test.ts";
import { projectPath } from "./jest.ts";
import { epochMs, fileField, nameOf, secondsField, textField, thrown } from "./js-values.ts";
import { field, isObject, type JsonObject, numberField, objectField, show, stringField } from "./json.ts";
import { documentShape, readJsonAmongLines } from "./json-noise.ts";
import { SuiteTree } from "./suite-tree.ts";
import { cut, plain } from "./text.ts";

/**
 * Mocha's `json` reporter. `passes`, `pending` and `failures` say how the entries of `tests` ended; a test in none of them is
 * errored, one that stands in two (it called `done()` twice) is one test with the worse. Failures that are not in `tests` are
 * hooks: errored cases. Of retries only their number is known. The file is the suite, the titles above a test are its class;
 * Mocha joins them by spaces. What tests print before and after the document is skipped.
 */
export const mocha: Format = {
  id: "mocha",
  title: "Mocha JSON",
  yields: "tests",
  tools: ["Mocha"],
  extensions: ["json"],
  reads: "document",
  notes: "mocha --reporter json --reporter-option output=FILE.",
  sniff: (head) => {
    const paths = documentShape(head)?.paths;
    if (paths === undefined || !["stats.passes", "stats.pending", "stats.failures"].every((path) => paths.has(path)))
      return "no";
    return paths.has("tests") && !paths.has("results") ? "certain" : "no";
  },
  parse: parseMocha,
};

/** Worst first. */
const LISTS: readonly (readonly [string, Outcome])[] = [
  ["failures", "failed"],
  ["pending", "skipped"],
  ["passes", "passed"],
];

interface Result {
  readonly test: JsonObject;
  readonly outcome: Outcome;
}

/** Of tests with one name in one file, worst first. */
interface Results {
  readonly list: Result[];
  used: number;
}

async function parseMocha(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJsonAmongLines(source, sink, limits);
  const report = json.value;
  const stats = isObject(report) ? objectField(report, "stats") : undefined;
  if (!isObject(report) || stats === undefined)
    throw new AppError("FORMAT_SCHEMA", `expected an object with "stats", found ${show(report)}`, json.place([]));
  const listOf = (key: string): readonly JsonObject[] => {
    const items = field(report, key);
    if (!Array.isArray(items))
      throw new AppError("FORMAT_SCHEMA", `expected an array "${key}", found ${show(items)}`, json.place([key]));
    items.forEach((item, index) => {
      if (!isObject(item))
        throw new AppError(
          "FORMAT_SCHEMA",
          `${key}[${index}]: expected an object, found ${show(item)}`,
          json.place([key, index]),
        );
    });
    return items;
  };
  const results = new ResultsByTest();
  for (const [key, outcome] of LISTS)
    for (const test of listOf(key)) {
      const same = results.of(test);
      if (same === undefined) results.add(test, { list: [{ test, outcome }], used: 0 });
      else same.list.push({ test, outcome });
    }
  const meta = metaOf(stats, sink);
  sink.begin(meta);
  const suites = new SuiteTree(sink);
  const found = { cases: 0, bad: 0 };
  const emit = (result: CaseResult): void => {
    found.cases++;
    if (result.outcome === "failed" || result.outcome === "errored") found.bad++;
    suites.case(result);
  };
  const tests = listOf("tests");
  for (const test of tests) {
    const same = results.of(test);
    const result = same?.list[same.used++];
    emit(caseOf(result?.test ?? test, result?.outcome, suites, sink));
  }
  // What is left under a test's name is a milder result of the same test; what has no test at all is a hook.
  for (const { list, used } of results.all)
    if (used === 0) for (const { test, outcome } of list) emit(hookOrCase(test, outcome, suites, sink));
  sink.end({ ...meta, ...verdict(stats, tests.length, found, sink) });
}

/** By file and full title: two maps, since joining the two for every test of a large report is what takes most of its time. */
class ResultsByTest {
  readonly all: Results[] = [];
  readonly #files = new Map<string, Map<string, Results>>();
  #file = "";
  #titles = new Map<string, Results>();

  of(test: JsonObject): Results | undefined {
    return this.#titlesOf(test).get(titleOf(test));
  }

  add(test: JsonObject, results: Results): void {
    this.#titlesOf(test).set(titleOf(test), results);
    this.all.push(results);
  }

  #titlesOf(test: JsonObject): Map<string, Results> {
    const file = stringField(test, "file") ?? "";
    if (file !== this.#file || this.#files.size === 0) {
      this.#file = file;
      this.#titles = this.#files.get(file) ?? new Map();
      this.#files.set(file, this.#titles);
    }
    return this.#titles;
  }
}

const titleOf = (test: JsonObject): string => stringField(test, "fullTitle") ?? stringField(test, "title") ?? "";

const HOOK = /^"(before|after) (all|each)" hook/;

function hookOrCase(test: JsonObject, outcome: Outcome, suites: SuiteTree, sink: ReportSink): CaseResult {
  const isHook = outcome === "failed" && HOOK.test(stringField(test, "title") ?? "");
  return caseOf(test, isHook ? "errored" : outcome, suites, sink);
}

function caseOf(test: JsonObject, known: Outcome | undefined, suites: SuiteTree, sink: ReportSink): CaseResult {
  const outcome = known ?? "errored";
  const title = stringField(test, "title") ?? stringField(test, "fullTitle");
  const full = plain(stringField(test, "fullTitle") ?? "");
  const file = fileField(test, "file");
  const above = title !== undefined && full.endsWith(` ${title}`) ? full.slice(0, -title.length - 1) : "";
  const titles = above === "" ? undefined : cut(above, MAX_NAME);
  const error = objectField(test, "err") ?? {};
  const retries = Math.min(numberField(test, "currentRetry") ?? 0, 100);
  return {
    suite: suites.at(file !== undefined ? [projectPath(file)] : titles === undefined ? [] : [titles], file),
    className: file === undefined ? undefined : titles,
    name: nameOf(title, "a test", sink),
    outcome,
    durationSeconds: secondsField(test, "duration", sink),
    file,
    failure:
      known === undefined
        ? { message: "the report does not say how this test ended" }
        : outcome === "failed" || outcome === "errored"
          ? thrown(textField(error, "message"), textField(error, "stack"), textField(error, "name"), {
              expected: field(error, "expected"),
              actual: field(error, "actual"),
            })
          : undefined,
    earlierAttempts:
      retries >= 1 ? Array.from({ length: Math.floor(retries) }, () => ({ outcome: "failed" })) : undefined,
  };
}

function metaOf(stats: JsonObject, sink: ReportSink): ReportMeta {
  return {
    framework: "Mocha",
    startedAtMs: epochMs(field(stats, "start")),
    endedAtMs: epochMs(field(stats, "end")),
    durationSeconds: secondsField(stats, "duration", sink),
  };
}

/** Failures that are declared but nowhere to be found must not look like a pass. */
function verdict(
  stats: JsonObject,
  tests: number,
  found: { readonly cases: number; readonly bad: number },
  sink: ReportSink,
): Partial<ReportMeta> {
  const stated = numberField(stats, "tests");
  const failures = numberField(stats, "failures") ?? 0;
  if ((stated !== undefined && stated !== tests) || failures > found.bad)
    sink.warn({
      code: "SUMMARY_MISMATCH",
      message: `the summary says ${stated ?? "?"} tests and ${failures} failures, found ${tests} and ${found.bad}; the cases count`,
    });
  if (failures === 0 || found.bad > 0) return {};
  return { state: "error", stateMessage: `the summary says ${failures} failures, but none is in the report` };
}
