import type { BenchResult } from "./result.ts";

const HEADER = ["what", "measured", "yardstick", "ratio", "goal", ""];

/** Text columns as wide as their widest cell: a Markdown table, so that it can be pasted into docs/benchmarks.md. */
export function renderTable(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, value, unit, yardstick, ratio, goal, ok }) => [
    name,
    `${value} ${unit}`,
    yardstick,
    String(ratio),
    goal,
    ok ? "ok" : "MISS",
  ]);
  const widths = HEADER.map((title, i) =>
    Math.max(...[title, ...rows.map((row) => row[i]!)].map((cell) => cell.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(HEADER), line(widths.map((width) => "-".repeat(Math.max(3, width)))), ...rows.map(line)].join("\n");
}
