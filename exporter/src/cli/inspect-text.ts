/** How `inspect` shows a report to people: its totals, then tables of what is in it. */
import type {
  BenchmarkDocument,
  BenchmarkRunDocument,
  CoverageDocument,
  CoverageFileDocument,
  FailureDocument,
  InspectDocument,
  SuiteDocument,
  TestRunDocument,
} from "../formats/inspect.ts";
import { ALL_OPERATIONS } from "../model/load.ts";
import { type Color, clean, type Paint } from "./io.ts";
import { type LoadLine, loadTable } from "./measured-tables.ts";
import { resultLines } from "./result-lines.ts";
import { duration } from "./show.ts";
import { type Column, table } from "./table.ts";

/** Rows of a table before the rest is only counted; `--json` has all. */
const SHOWN = 20;

export function describe(document: InspectDocument, paint: Paint): string {
  const title = (kind: string) => `${paint("bold", kind)} ${paint("dim", `(${document.format})`)}\n`;
  switch (document.kind) {
    case "test-run":
      return title("test run") + testRun(document, paint);
    case "benchmark-run":
      return title("measures") + stateLine(document, paint) + testsOf(document) + measures(document);
    case "coverage":
      return title("coverage") + coverageText(document, paint);
  }
}

/** One word or two: what came of a report, for a list of them. */
export function verdictOf(document: InspectDocument): { readonly text: string; readonly color: Color } {
  if (document.state !== undefined) return { text: document.state, color: "yellow" };
  const summary = document.kind === "coverage" ? undefined : document.summary;
  if (summary !== undefined && summary.failed + summary.errored > 0) return { text: "failed", color: "red" };
  if (document.kind !== "test-run") return { text: "ok", color: "green" };
  const { total, passed } = document.summary;
  if (total === 0) return { text: "empty", color: "yellow" };
  return passed === 0 ? { text: "none run", color: "yellow" } : { text: "passed", color: "green" };
}

/** A headline of what is in a report, for a list of them. */
export function contentOf(document: InspectDocument): string {
  switch (document.kind) {
    case "test-run":
      return count(document.summary.total, "test");
    case "benchmark-run":
      return count(document.benchmarks.length + (document.benchmarksOmitted ?? 0), "measure");
    case "coverage": {
      const { linePercent, files } = document.coverage;
      const lines = linePercent === undefined ? "no lines" : `${percentText(linePercent)} of lines`;
      return files === undefined ? lines : `${lines}, ${count(files, "file")}`;
    }
  }
}

function testRun(document: TestRunDocument, paint: Paint): string {
  const { summary, failures, coverage, suites } = document;
  return [
    stateLine(document, paint),
    resultLines({
      counts: summary,
      durationSeconds: summary.durationSeconds ?? undefined,
      failures: failures.map(({ name, file, line }) => ({ test: name, file, line })),
      lineRatio: ratio(coverage?.linePercent),
      branchRatio: ratio(coverage?.branchPercent),
    }),
    suites.length === 0 ? "" : `${count(suites.length, "suite")}, ${summary.flaky} flaky\n`,
    listed(suiteColumns(paint), worstSuitesFirst(suites), suites.length + (document.suitesOmitted ?? 0), "suite"),
    listed(failureColumns(paint), failures, failures.length + (document.failuresOmitted ?? 0), "failure"),
  ].join("");
}

const worstSuitesFirst = (suites: readonly SuiteDocument[]): SuiteDocument[] =>
  [...suites].sort((a, b) => b.failed + b.errored - (a.failed + a.errored));

const suiteColumns = (paint: Paint): Column<SuiteDocument>[] => {
  const bad = (text: string, n: number) => (n > 0 ? paint("red", text) : text);
  return [
    { title: "suite", max: 60, value: ({ name }) => name },
    { title: "tests", align: "right", value: ({ total }) => total },
    { title: "passed", align: "right", value: ({ passed }) => passed },
    {
      title: "failed",
      align: "right",
      value: ({ failed }) => failed,
      paint: (text, { failed }) => bad(text, failed),
    },
    {
      title: "errored",
      align: "right",
      value: ({ errored }) => errored,
      paint: (text, { errored }) => bad(text, errored),
    },
    { title: "skipped", align: "right", value: ({ skipped }) => skipped },
    { title: "time", align: "right", value: ({ durationSeconds }) => duration(durationSeconds) },
  ];
};

const failureColumns = (paint: Paint): Column<FailureDocument>[] => [
  { title: "outcome", value: ({ outcome }) => outcome, paint: (text) => paint("red", text) },
  { title: "type", value: ({ errorType }) => errorType },
  { title: "test", max: 70, value: ({ suite, name }) => (suite === null ? name : `${suite} > ${name}`) },
  { title: "message", max: 80, value: ({ message }) => message.split("\n", 1)[0] },
  { title: "signature", value: ({ signature }) => signature },
];

/** Tests beside the values. */
const testsOf = ({ summary, failures = [] }: BenchmarkRunDocument): string =>
  summary === undefined
    ? ""
    : resultLines({
        counts: summary,
        durationSeconds: undefined,
        failures: failures.map(({ name, file, line }) => ({ test: name, file, line })),
        lineRatio: undefined,
        branchRatio: undefined,
      });

/** Load results first, a line each; then every other value, as the file states it. */
function measures({ benchmarks, benchmarksOmitted = 0 }: BenchmarkRunDocument): string {
  const rows = benchmarks.filter((row) => !isOfLoad(row));
  const loads = loadTable(loadLines(benchmarks.filter(isOfLoad)), SHOWN);
  return loads + valueRows(rows, rows.length + benchmarksOmitted);
}

const LOAD_MEASURES = new Set([
  "latency",
  "requests",
  "failures",
  "requests_per_second",
  "received_bytes_per_second",
  "error_ratio",
]);

/** A load result's rows are named after its place, see `loadRows` of formats/inspect.ts. */
const isOfLoad = ({ name, measure, scenario, operation }: BenchmarkDocument): boolean =>
  LOAD_MEASURES.has(measure) &&
  name === ([scenario, operation].filter((part) => part !== undefined).join(" > ") || ALL_OPERATIONS);

function loadLines(rows: readonly BenchmarkDocument[]): LoadLine[] {
  return [...Map.groupBy(rows, ({ name }) => name).values()].map((group): LoadLine => {
    const value = (of: string): number | undefined => group.find(({ measure }) => measure === of)?.value;
    return {
      scenario: group[0]!.scenario,
      operation: group[0]!.operation,
      requests: value("requests"),
      failures: value("failures"),
      requestsPerSecond: value("requests_per_second"),
      latency: Object.fromEntries(group.flatMap((row) => (row.measure === "latency" ? [[row.stat, row.value]] : []))),
    };
  });
}

function valueRows(rows: readonly BenchmarkDocument[], all: number): string {
  const columns: Column<BenchmarkDocument>[] = [
    { title: "name", max: 60, cut: "middle", value: ({ name }) => name },
    { title: "measure", max: 40, cut: "middle", value: ({ measure }) => measure },
    { title: "stat", value: ({ stat }) => stat },
    { title: "value", align: "right", value: ({ value }) => value },
    { title: "unit", value: ({ unit }) => unit },
    {
      title: "where",
      max: 40,
      value: ({ component, scenario }) => [component, scenario].filter((word) => word !== undefined).join("/"),
    },
  ];
  return listed(columns, rows, all, "measure", 200);
}

function coverageText(document: CoverageDocument, paint: Paint): string {
  const { coverage, files = [] } = document;
  const { linePercent, branchPercent, functionPercent, uncoveredFiles } = coverage;
  const totals = Object.entries({ lines: linePercent, branches: branchPercent, functions: functionPercent })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}%\n`);
  const uncovered = uncoveredFiles?.length ? `uncovered: ${uncoveredFiles.map(clean).join(", ")}\n` : "";
  const worst = files.filter((file) => file.linePercent !== null && file.linePercent < 100);
  const columns: Column<CoverageFileDocument>[] = [
    { title: "file", max: 60, value: ({ path }) => path },
    { title: "lines", align: "right", value: (file) => percentText(file.linePercent) },
    { title: "branches", align: "right", value: (file) => percentText(file.branchPercent) },
    { title: "functions", align: "right", value: (file) => percentText(file.functionPercent) },
    { title: "uncovered lines", max: 60, value: (file) => file.uncoveredLines },
  ];
  const all = coverage.files ?? 0;
  const rest = all === 0 ? "" : `${count(all, "file")}, ${worst.length} not fully covered\n`;
  return stateLine(document, paint) + totals.join("") + uncovered + rest + listed(columns, worst, worst.length, "file");
}

/** An empty line, the table of the first rows, and how many there are beyond. */
function listed<T>(columns: Column<T>[], rows: readonly T[], all: number, word: string, max = SHOWN): string {
  if (rows.length === 0) return "";
  const shown = rows.slice(0, max);
  const rest = all - shown.length;
  return `\n${table(columns, shown)}${rest > 0 ? `… and ${count(rest, `more ${word}`)}\n` : ""}`;
}

function stateLine(document: InspectDocument, paint: Paint): string {
  const { state, stateMessage = "" } = document;
  return state === undefined
    ? ""
    : `${paint("yellow", `STATE: ${state}`)} ${clean(stateMessage)}`.trimEnd().concat("\n");
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
const ratio = (percent: number | undefined): number | undefined => (percent === undefined ? undefined : percent / 100);
/** Rounded down: 99.96 % is not 100 %. */
const percentText = (value: number | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : `${(Math.floor(value * 10) / 10).toFixed(1)}%`;
