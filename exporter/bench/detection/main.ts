/**
 * `npm run bench:detection`: detectors side by side on series nobody tuned on. `--first SEED --count N` take other series, `--annotated
 * FOLDER` scores a copy of the Turing Change Point Dataset, `--json FILE` keeps the figures. The same seeds give the same figures.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readAnnotated, scoreAnnotated } from "./annotated.ts";
import { timed } from "./bench.ts";
import { DETECTORS, type Detector } from "./detectors.ts";
import { driftSeries, freshStep, spikeSeries, stepSeries, unchangedSeries, varianceSeries } from "./generate.ts";
import {
  changed,
  falseAlarmsPer1000,
  found,
  milliseconds,
  REPORTED,
  replay,
  seriesOf,
  spikes,
  steps,
} from "./measure.ts";
import { outcomeSteps, outcomeUnchanged } from "./outcomes.ts";
import { realisticFresh, realisticSteps, realisticUnchanged } from "./realistic.ts";
import { statedFresh, statedSteps, statedUnchanged } from "./stated.ts";

interface Row {
  readonly name: string;
  readonly goal: string;
  /** Figures of one detector, or undefined where it has no answer of this kind. */
  readonly figures: (detector: Detector) => readonly string[] | undefined;
}

const { values: options } = parseArgs({
  options: {
    first: { type: "string", default: String(REPORTED.first) },
    count: { type: "string", default: String(REPORTED.count) },
    annotated: { type: "string" },
    json: { type: "string" },
  },
});
const seeds = { first: Number(options.first), count: Number(options.count) };
/** Replays are a hundred times the work: a fifth of the histories. */
const few = { ...seeds, count: Math.ceil(seeds.count / 5) };

const f = (value: number): string => value.toFixed(2);
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

const all = {
  stated: seriesOf(seeds, statedSteps),
  statedUnchanged: seriesOf(seeds, statedUnchanged),
  statedThree: seriesOf(seeds, (seed) => statedFresh(seed, 3)),
  statedFive: seriesOf(seeds, (seed) => statedFresh(seed, 5)),
  clearThree: seriesOf(seeds, (seed) => statedFresh(seed, 3, 1.5)),
  clearFive: seriesOf(seeds, (seed) => statedFresh(seed, 5, 1.5)),
  statedReplayed: seriesOf(few, statedUnchanged).map((one) => ({ ...one, values: one.values.slice(0, 250) })),
  steps: seriesOf(seeds, stepSeries),
  unchanged: seriesOf(seeds, unchangedSeries),
  three: seriesOf(seeds, (seed) => freshStep(seed, 3)),
  five: seriesOf(seeds, (seed) => freshStep(seed, 5)),
  outcomeSteps: seriesOf(seeds, outcomeSteps),
  outcomeUnchanged: seriesOf(seeds, outcomeUnchanged),
  spikes: seriesOf(seeds, spikeSeries),
  realistic: seriesOf(seeds, realisticSteps),
  realisticUnchanged: seriesOf(seeds, realisticUnchanged),
  realisticFresh: seriesOf(seeds, (seed) => realisticFresh(seed, 3 + (seed % 2))),
  // E-divisive takes the square of the runs, at every moment: long histories are cut.
  replayed: seriesOf(few, unchangedSeries).map((one) => ({ ...one, values: one.values.slice(0, 250) })),
  drift: seriesOf(few, driftSeries),
  variance: seriesOf(few, varianceSeries),
};

const rows: Row[] = [
  {
    name: "as stated: F1 of step series and as many unchanged / false alarms per 1000 unchanged runs",
    goal: ".85 / .15",
    figures: (d) => [
      f(steps(d, [...all.stated, ...all.statedUnchanged]).f1),
      f(falseAlarmsPer1000(d, all.statedUnchanged)),
    ],
  },
  {
    name: "as stated: a step of its noise's size or more is reported within 3 / 5 runs",
    goal: ".70 / .88",
    figures: (d) => [f(found(d, all.statedThree)), f(found(d, all.statedFive))],
  },
  {
    name: "the same, 1.5 times its noise's size or more",
    goal: ".70 / .88",
    figures: (d) => [f(found(d, all.clearThree)), f(found(d, all.clearFive))],
  },
  {
    name: "as stated: unchanged histories ever falsely reported, replayed run by run / flicker per 1000 runs",
    goal: "7 %",
    figures: (d) => {
      const { ever, flicker } = replay(d, all.statedReplayed);
      return [percent(ever), f(flicker)];
    },
  },
  {
    name: "harder: step series, F1 / false alarms per 1000 unchanged runs",
    goal: ".85 / .15",
    figures: (d) => [f(steps(d, all.steps).f1), f(falseAlarmsPer1000(d, all.unchanged))],
  },
  {
    name: "of these: precision / recall",
    goal: "",
    figures: (d) => {
      const { precision, recall } = steps(d, all.steps);
      return [f(precision), f(recall)];
    },
  },
  {
    name: "harder: a step is reported within 3 / 5 runs",
    goal: ".70 / .88",
    figures: (d) => [f(found(d, all.three)), f(found(d, all.five))],
  },
  {
    name: "harder: unchanged histories ever falsely reported, replayed run by run / flicker per 1000 runs",
    goal: "7 %",
    figures: (d) => {
      const { ever, flicker } = replay(d, all.replayed);
      return [percent(ever), f(flicker)];
    },
  },
  {
    name: "pass/fail series: F1 / false alarms per 1000",
    goal: ".78 / .10",
    figures: (d) => [f(steps(d, all.outcomeSteps).f1), f(falseAlarmsPer1000(d, all.outcomeUnchanged))],
  },
  {
    name: "spike series: F1 of outliers / series with change points",
    goal: ".98 / 1 %",
    figures: (d) => {
      const { outliers, changed } = spikes(d, all.spikes);
      return [f(outliers), percent(changed)];
    },
  },
  {
    name: "noise like the real one: F1 / false alarms per 1000",
    goal: ".61 / .8",
    figures: (d) => [f(steps(d, all.realistic).f1), f(falseAlarmsPer1000(d, all.realisticUnchanged))],
  },
  {
    name: "the same, 3 to 4 runs after the step: recall",
    goal: ".25",
    figures: (d) => [f(found(d, all.realisticFresh))],
  },
  {
    name: "drift / a change of spread taken for a step",
    goal: "few",
    figures: (d) => [percent(changed(d, all.drift)), percent(changed(d, all.variance))],
  },
  {
    name: "processor ms for 100 / 500 runs",
    goal: ".3 / 1.1",
    figures: (d) =>
      [100, 500].map((runs) =>
        f(
          milliseconds(
            d,
            seriesOf(few, (seed) => timed(seed, runs)),
          ),
        ),
      ),
  },
];

if (options.annotated !== undefined) {
  const annotated = readAnnotated(options.annotated);
  rows.push({
    name: `annotated by people (${annotated.length} series): F1 / covering`,
    goal: ".73 / .69",
    figures: (d) => {
      const { f1, covering } = scoreAnnotated(d, annotated);
      return [f(f1), f(covering)];
    },
  });
}

const table = rows.map(({ name, goal, figures }) => ({
  what: name,
  ...Object.fromEntries(DETECTORS.map((detector) => [detector.name, figures(detector)?.join(" / ") ?? ""])),
  "reach at least": goal,
}));
console.log(`seeds ${seeds.first} to ${seeds.first + seeds.count - 1}\n\n${markdown(table)}`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ seeds, table }, null, 2)}\n`);

function markdown(table: readonly Record<string, string>[]): string {
  const titles = Object.keys(table[0]!);
  const widths = titles.map((title) => Math.max(title.length, ...table.map((row) => row[title]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [
    line(titles),
    line(widths.map((width) => "-".repeat(width))),
    ...table.map((row) => line(titles.map((title) => row[title]!))),
  ].join("\n");
}
