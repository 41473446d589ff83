/** How a comparison looks: a table for a terminal, Markdown for a pull request, JSON for programs. */
import {
  COMPARISON_VERDICTS,
  type ComparedSeries,
  type ComparisonVerdict,
  type MeasuredKey,
  type NotCompared,
  type RunComparison,
} from "../analysis/compare-runs.ts";
import { quantity } from "../model/quantity.ts";
import { seriesName } from "../model/series.ts";
import type { Side } from "./compare-sides.ts";
import { type CliIo, type Color, clean, painter } from "./io.ts";
import { type Column, table } from "./table.ts";

export interface Compared {
  readonly baseline: Side;
  readonly current: Side;
  readonly found: RunComparison;
  /** Statistics without limits as well. */
  readonly all: boolean;
}

export function comparisonText(io: CliIo, of: Compared): string {
  const paint = painter(io, io.stdout);
  const columns = columnsOf(of).map((column) =>
    column.title === "verdict"
      ? { ...column, paint: (text: string, { verdict }: ComparedSeries) => paint(COLORS[verdict] ?? "dim", text) }
      : column,
  );
  const rows = rowsOf(of);
  const head = sides(of).map(([name, side]) => `${paint("bold", name)}: ${clean(side)}\n`);
  const rest = notComparedLines(of.found).map((line) => `${clean(line)}\n`);
  return [
    ...head,
    ...(rows.length === 0 ? [] : ["\n", table(columns, rows)]),
    ...(rest.length === 0 ? [] : ["\n", ...rest]),
    `\n${summaryLine(of.found)}\n`,
  ].join("");
}

/** What changed is a table; what did not can be unfolded. Names stand in code spans: nothing in them is markup, nobody is notified. */
export function comparisonMarkdown(of: Compared): string {
  const rows = rowsOf(of);
  const quiet = rows.filter(({ verdict }) => verdict === "ok" || verdict === "shown");
  const loud = rows.filter((row) => !quiet.includes(row));
  const columns = columnsOf(of);
  const list = notComparedLines(of.found).map((line) => `- ${span(line)}\n`);
  const blocks = [
    `### Performance: ${of.found.verdict}\n`,
    `${sides(of)
      .map(([name, side]) => `${name}: ${span(side)}`)
      .join("<br>\n")}\n`,
    `**${summaryLine(of.found)}**\n`,
    ...(loud.length === 0 ? [] : [markdownTable(columns, loud)]),
    ...(list.length === 0 ? [] : [`Not compared:\n\n${list.join("")}`]),
    ...(quiet.length === 0
      ? []
      : [
          `<details><summary>${quiet.length} within limits</summary>\n\n${markdownTable(columns, quiet)}\n</details>\n`,
        ]),
  ];
  return blocks.join("\n");
}

export function comparisonDocument({ baseline, current, found, all }: Compared): object {
  const { verdict, counts, series, ...rest } = found;
  const shown = all ? series : series.filter((one) => one.verdict !== "shown");
  return { baseline: sideDocument(baseline), current: sideDocument(current), verdict, counts, series: shown, ...rest };
}

function sideDocument({ given, sources }: Side): object {
  return {
    given,
    runs: sources.flatMap(({ run }) => {
      if (run === undefined) return [];
      const { id, runId, project, environment, branch, commit, status, endedAtMs } = run;
      return [{ id, runId, project, environment, branch, commit, status, endedAtMs }];
    }),
    files: sources.flatMap(({ file }) => file ?? []),
    notWhole: sources.flatMap(({ notWhole }) => notWhole ?? []),
  };
}

/** `2 critical, 0 warning, 0 insufficient, 1 better, 14 ok; 2 only in A, 1 only in B`. */
export function summaryLine({ counts, verdict }: RunComparison): string {
  const main = (["critical", "warning", "insufficient", "better", "ok"] as const).map((key) => `${counts[key]} ${key}`);
  const rest = (
    [
      [counts.missing, "only in A"],
      [counts.added, "only in B"],
      [counts.otherMachine, "of another kind of machine"],
    ] as const
  ).flatMap(([count, words]) => (count === 0 ? [] : [`${count} ${words}`]));
  const line = [main.join(", "), ...(rest.length === 0 ? [] : [rest.join(", ")])].join("; ");
  return verdict === "insufficient" ? `nothing could be compared: ${line}` : line;
}

const COLORS: Readonly<Partial<Record<ComparisonVerdict, Color>>> = {
  critical: "red",
  warning: "yellow",
  better: "green",
};
const REASONS: Readonly<Record<NonNullable<ComparedSeries["reason"]>, string>> = {
  no_baseline: "no baseline",
  no_value: "no value",
  zero_baseline: "baseline of 0",
  no_spread: "baseline without spread",
  within_noise: "within noise",
};

function columnsOf({ found }: Compared): Column<ComparedSeries>[] {
  const { series } = found;
  const several = (values: readonly unknown[]): boolean => new Set(values).size > 1;
  return [
    { title: "what", max: 70, value: ({ series: key }) => nameOf(key) },
    ...(several(series.map(({ series: { suite } }) => suite))
      ? [{ title: "suite", max: 24, value: ({ series: { suite } }: ComparedSeries) => suite }]
      : []),
    ...(several(series.map(({ runnerClass }) => runnerClass ?? ""))
      ? [{ title: "machine", max: 24, value: ({ runnerClass }: ComparedSeries) => runnerClass }]
      : []),
    ...(series.some(({ baselineRuns }) => baselineRuns > 1)
      ? [{ title: "runs", align: "right" as const, value: ({ baselineRuns }: ComparedSeries) => baselineRuns }]
      : []),
    {
      title: "A",
      align: "right",
      value: ({ baseline, series: { unit } }) => (baseline === null ? undefined : quantity(baseline, unit)),
    },
    { title: "B", align: "right", value: ({ current, series: { unit } }) => quantity(current, unit) },
    { title: "change", align: "right", value: ({ variancePercent }) => changeText(variancePercent) },
    {
      title: "p",
      align: "right",
      value: ({ significance }) => (significance === null ? undefined : Number(significance.pValue.toPrecision(2))),
    },
    {
      title: "verdict",
      value: ({ verdict, reason }) => (reason === undefined ? verdict : `${verdict} (${REASONS[reason]})`),
    },
  ];
}

function changeText(percent: number | null): string | undefined {
  if (percent === null) return undefined;
  const size = Math.abs(percent) < 1000 ? percent.toFixed(1) : String(Number(percent.toPrecision(4)));
  return `${percent > 0 && size !== "0.0" ? "+" : ""}${size === "-0.0" ? "0.0" : size} %`;
}

/** The worst first. */
function rowsOf({ found, all }: Compared): ComparedSeries[] {
  const rows = found.series.filter(({ verdict }) => all || verdict !== "shown");
  return rows.sort((a, b) => COMPARISON_VERDICTS.indexOf(a.verdict) - COMPARISON_VERDICTS.indexOf(b.verdict));
}

const nameOf = (key: MeasuredKey): string => seriesName({ ...key, suite: key.suite ?? "", runnerClass: undefined });

const SHOWN_LINES = 20;

function notComparedLines({ missing, added, otherMachine }: RunComparison): string[] {
  const lines = (title: string, items: readonly NotCompared[]): string[] => {
    const names = [...byMeasure(items)].map(([name, stats]) => `${title}: ${name} (${stats.join(", ")})`);
    const rest = names.length - SHOWN_LINES;
    return rest > 0 ? [...names.slice(0, SHOWN_LINES), `${title}: … and ${rest} more`] : names;
  };
  const machines = Map.groupBy(otherMachine, ({ baselineClasses: a, currentClasses: b }) => {
    const text = (names: readonly (string | null)[]) => names.map((name) => name ?? "unknown").join(", ") || "-";
    return `not compared, another kind of machine (A: ${text(a)}; B: ${text(b)})`;
  });
  return [
    ...lines("only in A", missing),
    ...lines("only in B", added),
    ...[...machines].flatMap(([title, items]) => lines(title, items)),
  ];
}

function byMeasure(items: readonly NotCompared[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { series } of items) {
    const name = nameOf({ ...series, stat: "value" });
    found.set(name, [...(found.get(name) ?? []), series.stat]);
  }
  return found;
}

function sides({ baseline, current }: Compared): readonly (readonly [string, string])[] {
  return [
    ["A", sideText(baseline)],
    ["B", sideText(current)],
  ];
}

function sideText({ given, sources }: Side): string {
  const [first] = sources;
  const runs = sources.flatMap(({ run }) => run ?? []);
  if (runs.length === 0)
    return sources.length === 1 ? (first?.file?.name ?? given) : `${given}: ${sources.length} files`;
  const [newest] = runs;
  if (newest === undefined) return given;
  const { project, environment, runId, branch, commit } = newest;
  const place = [`${project}/${environment}`, branch, commit?.slice(0, 12)]
    .filter((one) => one !== undefined)
    .join(", ");
  if (runs.length > 1) return `${given}: ${runs.length} runs, the newest ${runId} (${place})`;
  return given === runId ? `${runId} (${place})` : `${given}: ${runId} (${place})`;
}

/** Pipes end a cell even in code. */
function span(text: string): string {
  const plain = clean(text).replaceAll("|", "\\|");
  const fence = "`".repeat(1 + Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length)));
  const pad = /^`|`$/.test(plain) ? " " : "";
  return `${fence}${pad}${plain}${pad}${fence}`;
}

function markdownTable(columns: readonly Column<ComparedSeries>[], rows: readonly ComparedSeries[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const named = new Set(["what", "suite", "machine"]);
  const cell = ({ title, value }: Column<ComparedSeries>, row: ComparedSeries): string => {
    const text = value(row);
    if (text === undefined || text === null || text === "") return "";
    if (named.has(title)) return span(String(text));
    return title === "verdict" && row.verdict === "critical" ? `**${text}**` : String(text);
  };
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === "right" ? "---:" : "---"))),
    ...rows.map((row) => line(columns.map((column) => cell(column, row)))),
  ].join("");
}
