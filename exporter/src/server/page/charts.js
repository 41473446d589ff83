/** Time charts by uPlot: colours from the style sheet, UTC, a readout for the pointer, a table for everybody else. */

import { h, render } from "./dom.js";
import { duration, fullUtc } from "./format.js";
import uPlot from "./uplot.js";

/**
 * @typedef {object} Point
 * @property {number} ms
 * @property {number | undefined} value undefined: nothing known, drawn as a gap
 * @property {string} [note] what the readout and the table add
 * @property {boolean} [red]
 * @property {string} [href] where a click leads
 * @property {string} [label] instead of the time
 */
/**
 * @typedef {object} ChartData
 * @property {string} name what is drawn, for the readout, the table and screen readers
 * @property {string} caption what it shows in words, such as the newest and the lowest value
 * @property {readonly Point[]} points oldest first
 * @property {boolean} line connects the points
 * @property {readonly Band[]} [bands] behind the points
 */
/**
 * A level over a time and how far values around it usually are.
 * @typedef {{ fromMs: number, toMs: number, mean: number, low: number, high: number }} Band
 */
/**
 * @typedef {object} ChartOptions
 * @property {string} id
 * @property {string} title
 * @property {(value: number) => string} format
 * @property {(value: number) => string} tick the same, short, for the axis
 * @property {number[]} [steps] between ticks
 * @property {(low: number, high: number) => [number, number]} range of the axis for values from low to high
 */

const HEIGHT = 190;
/** @type {Set<() => void>} */
const redraws = new Set();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const redraw of redraws) redraw();
});

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * @param {ChartOptions} options
 * @returns {{ element: HTMLElement, update: (data: ChartData) => void }}
 */
export function chart({ id, title, format, tick, steps, range }) {
  const plotBox = h("div", { class: "plot", role: "img" });
  const readout = h("p", { class: "readout num", "aria-hidden": "true" });
  const caption = h("p", { class: "quiet chart-caption" });
  const alternative = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title} as a table` });
  const details = h("details", {}, h("summary", {}, "Show as table"), alternative);
  const heading = h("h3", { id: `${id}-title` }, title);
  const element = h(
    "figure",
    { id, class: "chart", "aria-labelledby": `${id}-title` },
    heading,
    caption,
    plotBox,
    readout,
    details,
  );

  /** @type {ChartData} */
  let data = { name: title, caption: "", points: [], line: true };
  /** @type {uPlot | undefined} */
  let plot;
  let drawn = "";

  const aligned = () =>
    /** @type {uPlot.AlignedData} */ ([data.points.map((p) => p.ms / 1000), data.points.map((p) => p.value ?? null)]);

  function showReadout(/** @type {number | null | undefined} */ index) {
    const point = index === null || index === undefined ? undefined : data.points[index];
    readout.textContent = point === undefined ? "\u00a0" : textOf(point);
  }
  const textOf = (/** @type {Point} */ point) =>
    [point.label ?? fullUtc(point.ms), point.value === undefined ? "no data" : format(point.value), point.note]
      .filter((part) => part !== undefined && part !== "")
      .join(" · ");

  function draw() {
    plot?.destroy();
    plot = undefined;
    plotBox.replaceChildren();
    const width = Math.floor(plotBox.clientWidth);
    if (width === 0) return;
    if (!data.points.some((point) => point.value !== undefined)) {
      plotBox.append(h("p", { class: "quiet no-data" }, "No data in this time."));
      return;
    }
    const [grid, text, series] = [colour("border"), colour("muted"), colour("accent")];
    const font = "12px system-ui, sans-serif";
    const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } };
    plot = new uPlot(
      {
        width,
        height: HEIGHT,
        padding: [10, 14, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, y: false, points: { size: 9 } },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        scales: {
          x: { time: true, range: (_plot, low, high) => (low === high ? [low - 43_200, high + 43_200] : [low, high]) },
          y: {
            range: (_plot, low, high) => {
              const { bands = [] } = data;
              return range(
                Math.min(low, ...bands.map((one) => one.low)),
                Math.max(high, ...bands.map((one) => one.high)),
              );
            },
          },
        },
        axes: [
          { ...axis, space: 70, size: 30, gap: 4, values: dates },
          {
            ...axis,
            size: 80,
            gap: 4,
            ...(steps === undefined ? {} : { incrs: steps }),
            values: (_plot, splits) => splits.map(tick),
          },
        ],
        series: [
          {},
          {
            stroke: series,
            width: data.line ? 2 : 0,
            ...(data.line ? {} : { paths: () => null }),
            points: {
              show: true,
              size: 6,
              stroke: series,
              fill: series,
              filter: () => indices((point) => point.red !== true),
            },
          },
        ],
        hooks: { setCursor: [(u) => showReadout(u.cursor.idx)], drawClear: [drawBands], draw: [drawRed] },
      },
      aligned(),
      plotBox,
    );
    plot.over.addEventListener("click", () => {
      const href = data.points[plot?.cursor.idx ?? -1]?.href;
      if (href !== undefined) location.assign(href);
    });
  }

  const indices = (/** @type {(point: Point) => boolean} */ wanted) =>
    data.points.flatMap((point, index) => (point.value !== undefined && wanted(point) ? [index] : []));

  /** Levels as a line within a band; where one ends and the next begins, something changed. @param {uPlot} u */
  function drawBands(u) {
    const { ctx } = u;
    ctx.save();
    for (const { fromMs, toMs, mean, low, high } of data.bands ?? []) {
      const [left, right] = [fromMs, toMs].map((ms) => u.valToPos(ms / 1000, "x", true));
      const [top, middle, bottom] = [high, mean, low].map((value) => u.valToPos(value, "y", true));
      if (
        left === undefined ||
        right === undefined ||
        top === undefined ||
        middle === undefined ||
        bottom === undefined
      )
        continue;
      ctx.fillStyle = colour("busy-wash");
      ctx.fillRect(left, top, Math.max(right - left, 2), Math.max(bottom - top, 1));
      ctx.strokeStyle = colour("muted");
      ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(left, middle);
      ctx.lineTo(right, middle);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** Points of red runs are crosses: another shape, not only another colour. @param {uPlot} u */
  function drawRed(u) {
    const { ctx } = u;
    const size = 3.6 * devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = colour("bad");
    ctx.lineWidth = 2 * devicePixelRatio;
    for (const index of indices((point) => point.red === true)) {
      const point = /** @type {Point} */ (data.points[index]);
      const x = u.valToPos(point.ms / 1000, "x", true);
      const y = u.valToPos(/** @type {number} */ (point.value), "y", true);
      ctx.beginPath();
      ctx.moveTo(x - size, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size);
      ctx.lineTo(x - size, y + size);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** @param {ChartData} next */
  function update(next) {
    const key = JSON.stringify(next);
    if (key === drawn) return;
    const same =
      next.line === data.line && plot !== undefined && next.points.some((point) => point.value !== undefined);
    drawn = key;
    data = next;
    if (same) plot?.setData(aligned());
    else draw();
    showReadout(undefined);
    render(caption, next.caption);
    plotBox.setAttribute("aria-label", `${title}. ${next.caption} The table below has every value.`);
    renderTable();
  }

  function renderTable() {
    const rows = data.points.filter((point) => point.value !== undefined).toReversed();
    render(
      alternative,
      h(
        "table",
        {},
        h("caption", { class: "hidden" }, title),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, "Time (UTC)"),
            h("th", { scope: "col", class: "num" }, data.name),
            h("th", { scope: "col" }, "Notes"),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((point) => {
            const label = point.label ?? fullUtc(point.ms).replace(" UTC", "");
            return h(
              "tr",
              {},
              h(
                "th",
                { scope: "row", class: "nowrap" },
                point.href === undefined ? label : h("a", { href: point.href }, label),
              ),
              h("td", { class: "num nowrap" }, format(/** @type {number} */ (point.value))),
              h("td", {}, point.note),
            );
          }),
        ),
      ),
    );
  }

  new ResizeObserver(() => {
    if (plot === undefined || Math.floor(plotBox.clientWidth) !== plot.width) draw();
  }).observe(plotBox);
  redraws.add(draw);
  return { element, update };
}

/** Day and month for days, hours and minutes within a day. @type {uPlot.Axis.DynamicValues} */
function dates(_plot, splits, _axis, _space, step) {
  return splits.map((seconds) => {
    const text = new Date(seconds * 1000).toISOString();
    const day = text.slice(5, 10);
    return step >= 86_400 || text.slice(11, 16) === "00:00" ? day : text.slice(11, 16);
  });
}

/** Percent: up to 100 always, down to a round number below the lowest. @param {number} low @returns {[number, number]} */
export const percentRange = (low) => {
  const floor = [98, 95, 90, 80, 50].find((bound) => bound < low) ?? 0;
  return [floor, 100 + (100 - floor) * 0.04];
};
/** @param {number} value */
export const percentTick = (value) => (value > 100 ? "" : `${Number(value.toFixed(2))} %`);

/** As close around the values as they are, with a margin. @param {number} low @param {number} high @returns {[number, number]} */
export const closeRange = (low, high) => {
  const margin = high > low ? (high - low) * 0.15 : Math.abs(high) * 0.1 || 1;
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
};

/** From zero. @param {number} _low @param {number} high @returns {[number, number]} */
export const zeroRange = (_low, high) => [0, high > 0 ? high * 1.12 : 1];
/** Steps people count time in: decimal below a minute. */
export const DURATION_STEPS = [
  ...Array.from({ length: 11 }, (_, index) => 10 ** (index - 9)).flatMap((unit) => [unit, 2 * unit, 5 * unit]),
  15,
  30,
  60,
  120,
  300,
  600,
  1200,
  1800,
  3600,
  7200,
  14_400,
  21_600,
  43_200,
  86_400,
  172_800,
  604_800,
]
  .filter((step) => step < 30 || step % 30 === 0)
  .toSorted((a, b) => a - b);
/** @param {number} seconds */
export const durationTick = (seconds) =>
  duration(seconds)
    .replace(/ 00 (s|min)$/, "")
    .replace(/(\.\d*?)0+ /, "$1 ")
    .replace(". ", " ");
