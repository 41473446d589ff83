/** Tables: a caption, sortable headers as buttons, and on a narrow screen a list of cards with the same roles. */
import { h } from "./dom.js";

/** @typedef {import("./dom.js").Child} Child */
/**
 * @template T
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: T) => Child | readonly Child[]} cell
 * @property {((row: T) => string | number | undefined)} [sort] absent: not sortable
 * @property {boolean} [number] right-aligned
 * @property {boolean} [count] a number so short that four fit beside each other on a narrow screen
 * @property {boolean} [head] names the row
 * @property {boolean} [wide] text that may take the room
 */
/** @typedef {{ column: string, descending: boolean } | undefined} Order */

/** How each table is sorted, by its id; undefined is the order it came in. @type {Map<string, Order>} */
const orders = new Map();

/**
 * @template T
 * @param {object} options
 * @param {string} options.id
 * @param {string} options.caption
 * @param {readonly Column<T>[]} options.columns
 * @param {readonly T[]} options.rows
 * @param {(row: T) => string} options.key
 * @param {() => void} options.update draws again after the order changed
 * @param {boolean} [options.showCaption]
 * @param {(row: T) => string | undefined} [options.rowClass]
 */
export function table({ id, caption, columns, rows, key, update, showCaption = false, rowClass }) {
  const order = orders.get(id);
  const sorting = columns.find((column) => column.title === order?.column)?.sort;
  const sorted =
    sorting === undefined ? rows : rows.toSorted((a, b) => compare(sorting(a), sorting(b), order?.descending === true));
  // The roles repeat what the tags say: a table laid out as cards is no table to some browsers otherwise.
  return h(
    "table",
    { role: "table", id, class: "cards" },
    h("caption", { class: showCaption ? undefined : "hidden" }, caption),
    h(
      "thead",
      { role: "rowgroup" },
      h(
        "tr",
        { role: "row" },
        columns.map((column) => {
          const active = order?.column === column.title;
          const direction = order?.descending === true ? "descending" : "ascending";
          return h(
            "th",
            {
              role: "columnheader",
              scope: "col",
              class: `${column.number ? "num" : ""} ${column.sort === undefined ? "" : "sortable"}`,
              "aria-sort": column.sort === undefined ? undefined : active ? direction : "none",
            },
            column.sort === undefined
              ? column.title
              : h(
                  "button",
                  { type: "button", onclick: () => cycle(id, column, update) },
                  column.title,
                  h(
                    "span",
                    { class: "arrow", "aria-hidden": "true" },
                    active ? (direction === "ascending" ? "▲" : "▼") : "↕",
                  ),
                ),
          );
        }),
      ),
    ),
    h(
      "tbody",
      { role: "rowgroup" },
      sorted.map((row) =>
        h(
          "tr",
          { role: "row", key: key(row), class: rowClass?.(row) },
          columns.map((column) =>
            h(
              column.head ? "th" : "td",
              {
                role: column.head ? "rowheader" : "cell",
                scope: column.head ? "row" : undefined,
                class: `${column.number ? "num" : ""} ${column.wide ? "wide" : ""} ${column.count ? "count" : ""}`,
                "data-label": column.title,
              },
              h("div", { class: "cell" }, column.cell(row)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** First press: the direction that shows the interesting end; second: the other; third: as it came. @param {string} id @param {Column<any>} column @param {() => void} update */
function cycle(id, column, update) {
  const old = orders.get(id);
  const first = column.number === true;
  if (old?.column !== column.title) orders.set(id, { column: column.title, descending: first });
  else if (old.descending === first) orders.set(id, { column: column.title, descending: !first });
  else orders.delete(id);
  update();
}

/** Absent values stay last in both directions. @param {string | number | undefined} a @param {string | number | undefined} b @param {boolean} descending */
function compare(a, b, descending) {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const difference = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en");
  return descending ? -difference : difference;
}
