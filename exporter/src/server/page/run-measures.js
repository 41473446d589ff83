/** Measures and benchmarks of one run, a line for each with its spread. */
import { h, nameText, render } from "./dom.js";
import { count, measured, plural } from "./format.js";
import { section, showAll } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").RunDetail} RunDetail */
/** @typedef {RunDetail["measures"][number]} Measure */
/** @typedef {Measure["stat"]} Stat */
/** The statistics of one value. @typedef {{ of: Measure, index: number, stats: Map<Stat, number> }} Line */

/** Values before the rest is asked for. */
const FIRST = 30;
/** Which statistic stands for a value, the first that there is. @type {readonly Stat[]} */
const CENTRAL = ["value", "avg", "p50", "min", "max", "p75", "p90", "p95", "p99", "p999", "count"];

/**
 * Statistics of one value together, in the order of the report. The same statistic a second time begins a line of its own.
 * @param {readonly Measure[]} measures
 */
function linesOf(measures) {
  /** @type {Line[]} */
  const lines = [];
  /** @type {Map<string, Line>} */
  const open = new Map();
  for (const one of measures) {
    const { suite, kind, name, measure, component, scenario, runnerClass, tags } = one;
    const key = JSON.stringify([suite, kind, name, measure, component, scenario, runnerClass, tags]);
    let line = open.get(key);
    if (line === undefined || line.stats.has(one.stat) || (line.of.unit !== one.unit && one.stat !== "count")) {
      line = { of: one, index: lines.length, stats: new Map() };
      lines.push(line);
      open.set(key, line);
    }
    line.stats.set(one.stat, one.value);
  }
  return lines;
}

export function runMeasures() {
  const { section: whole, body } = section("measures-part", "Measures");
  let all = false;

  /** @param {RunDetail} run */
  function show(run) {
    whole.hidden = run.measures.length === 0;
    const lines = linesOf(run.measures);
    const update = () => show(run);
    render(
      body,
      table({
        id: "measures",
        caption: "Measures and benchmarks of this run",
        rows: all ? lines : lines.slice(0, FIRST),
        key: (one) => String(one.index),
        update,
        columns: columns(run.suites.length > 1),
      }),
      all || lines.length <= FIRST
        ? undefined
        : showAll(plural(lines.length, "value"), () => {
            all = true;
            update();
          }),
    );
  }

  return { section: whole, show };
}

/** @param {Line} line @param {readonly Stat[]} names */
function statOf({ stats }, names) {
  const stat = names.find((name) => stats.has(name));
  return stat === undefined ? undefined : stats.get(stat);
}

/** @param {boolean} severalSuites @returns {import("./table.js").Column<Line>[]} */
function columns(severalSuites) {
  /** @param {Line} line @param {readonly Stat[]} names */
  const shown = (line, names) => {
    const value = statOf(line, names);
    return value === undefined ? "–" : measured(value, line.of.unit);
  };
  /** @param {string} title @param {...Stat} names @returns {import("./table.js").Column<Line>} */
  const column = (title, ...names) => ({
    title,
    number: true,
    sort: (line) => statOf(line, names),
    cell: (line) => shown(line, names),
  });
  return [
    {
      title: "Name",
      head: true,
      wide: true,
      sort: ({ of }) => of.name,
      cell: ({ of }) => [
        nameText(of.name),
        h(
          "div",
          { class: "quiet small" },
          nameText(
            [severalSuites ? of.suite : undefined, of.component, of.scenario, of.runnerClass]
              .filter((part) => part !== undefined)
              .join(" · "),
          ),
        ),
      ],
    },
    {
      title: "Measure",
      sort: ({ of }) => of.measure,
      cell: ({ of }) => (of.measure === of.name ? "–" : nameText(of.measure)),
    },
    column("Value", ...CENTRAL),
    column("±", "margin", "stddev"),
    column("Minimum", "min"),
    column("p95", "p95"),
    column("Maximum", "max"),
    {
      title: "Samples",
      number: true,
      sort: ({ stats }) => stats.get("count"),
      cell: ({ stats }) => (stats.has("count") ? count(stats.get("count") ?? 0) : "–"),
    },
  ];
}
