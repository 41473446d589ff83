/** Pass rate and duration of the last days, a point per day or per run. */
import { now, runLink } from "./api.js";
import { chart, DURATION_STEPS, durationTick, percentRange, percentTick, zeroRange } from "./charts.js";
import { clean, clip, h, render } from "./dom.js";
import { parameter } from "./filters.js";
import { duration, passPercent, percent, plural } from "./format.js";
import { DAY_MS, DAYS, NEWEST } from "./home-data.js";
import { countsText, isRed, wordOf } from "./outcome.js";
import { section } from "./parts.js";

/** @typedef {import("./api.js").RunSummary} RunSummary */

/** @param {() => void} refresh */
export function trend(refresh) {
  const { section: whole, body, aside } = section("trend", "Last 30 days");
  const rate = chart({ id: "pass-rate", title: "Pass rate", format: percent, range: percentRange, tick: percentTick });
  const time = chart({
    id: "duration",
    title: "Run duration",
    format: duration,
    range: zeroRange,
    tick: durationTick,
    steps: DURATION_STEPS,
  });
  body.append(h("div", { class: "charts" }, rate.element, time.element));

  /** @param {import("./home-data.js").HomeData} data */
  function show({ daily, newest, scope }) {
    const perRun = parameter("per") === "run";
    const toggle = (/** @type {string} */ value, /** @type {string} */ text) =>
      h(
        "button",
        {
          type: "button",
          key: value,
          "aria-pressed": String(perRun === (value === "run")),
          onclick: () => {
            const url = new URL(location.href);
            if (value === "run") url.searchParams.set("per", "run");
            else url.searchParams.delete("per");
            history.replaceState(null, "", url);
            refresh();
          },
        },
        text,
      );
    render(
      aside,
      h(
        "div",
        { class: "toggle", role: "group", "aria-label": "One point per" },
        toggle("day", "Per day"),
        toggle("run", "Per run"),
      ),
    );
    const [rates, times] = perRun ? perRunPoints(newest, Boolean(scope.suite)) : perDayPoints(daily);
    rate.update({ name: "Pass rate", ...rates });
    time.update({ name: perRun ? "Duration" : "Average duration", ...times });
  }

  return { section: whole, show };
}

/** @param {readonly import("./api.js").DailyPoint[]} daily */
function perDayPoints(daily) {
  const known = new Map(daily.map((point) => [point.day, point]));
  const today = Math.floor(now() / DAY_MS) * DAY_MS;
  const days = Array.from({ length: DAYS }, (_, index) => {
    const ms = today - (DAYS - 1 - index) * DAY_MS;
    const label = new Date(ms).toISOString().slice(0, 10);
    return { ms, label, point: known.get(label) };
  });
  const points = (/** @type {(point: import("./api.js").DailyPoint) => number | null | undefined} */ value) =>
    days.map(({ ms, label, point }) => ({
      ms,
      label,
      value: point === undefined ? undefined : (value(point) ?? undefined),
      note: point === undefined ? undefined : `${plural(point.runs, "run")}, ${countsText(point.counts)}`,
    }));
  const rates = points((point) => passPercent(point.counts));
  const times = points((point) => point.averageRunSeconds);
  return /** @type {const} */ ([
    { points: rates, line: true, caption: captionOf(rates, percent, "lowest", Math.min) },
    { points: times, line: true, caption: captionOf(times, duration, "longest", Math.max) },
  ]);
}

/** @param {readonly RunSummary[]} runs @param {boolean} line */
function perRunPoints(runs, line) {
  const since = now() - DAYS * DAY_MS;
  const complete = runs
    .filter((run) => run.status !== "running" && run.status !== "measured" && run.endedAtMs >= since)
    .toReversed();
  const points = (/** @type {(run: RunSummary) => number | undefined} */ value) =>
    complete.map((run) => ({
      ms: run.endedAtMs,
      value: value(run),
      red: isRed(run.status),
      note: `${wordOf(run.status)}, ${clip(clean(run.suites.join(", ")), 60)}, ${countsText(run.counts)}`,
      href: runLink(run.id),
    }));
  const rates = points((run) => passPercent(run.counts));
  const times = points((run) => run.durationSeconds);
  const cut = runs.length >= NEWEST ? ` The newest ${NEWEST} runs.` : "";
  return [
    { points: rates, line, caption: `${captionOf(rates, percent, "lowest", Math.min)} A cross is a red run.${cut}` },
    {
      points: times,
      line,
      caption: `${captionOf(times, duration, "longest", Math.max)} A cross is a red run.${cut}`,
    },
  ];
}

/**
 * @param {readonly import("./charts.js").Point[]} points
 * @param {(value: number) => string} format
 * @param {string} word
 * @param {(...values: number[]) => number} extreme
 */
function captionOf(points, format, word, extreme) {
  const known = points.filter((point) => point.value !== undefined);
  const last = known.at(-1);
  if (last?.value === undefined) return "No data.";
  const bound = extreme(...known.map((point) => /** @type {number} */ (point.value)));
  return `Newest ${format(last.value)}, ${word} ${format(bound)}.`;
}
