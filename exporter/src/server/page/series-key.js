/** How a series is called, and which one an address means. */
import { parameter } from "./filters.js";

/** @typedef {import("./api.js").Series} Series */

/** "p95 latency of peak › GET /cart". @param {Omit<Series, "id" | "better">} key */
export function seriesName(key) {
  const place = [key.component, key.scenario, key.operation === "__all__" ? undefined : key.operation]
    .filter((part) => part !== undefined)
    .join(" › ");
  const of = key.kind === "suite" ? key.suite : (key.name ?? place);
  const stat = key.stat === "value" || key.stat === "avg" ? "" : `${key.stat} `;
  return `${stat}${key.measure.replaceAll("_", " ")}${of === "" || of === key.measure ? "" : ` of ${of}`}`;
}

/** Where it comes from. @param {Omit<Series, "id" | "better">} key */
export const seriesPlace = (key) =>
  [key.project, key.suite, key.environment, key.branch, key.runnerClass]
    .filter((part) => part !== undefined)
    .join(" · ");

const KEYS = /** @type {const} */ ([
  "project",
  "suite",
  "environment",
  "branch",
  "kind",
  "name",
  "benchmark",
  "measure",
  "stat",
  "unit",
  "component",
  "scenario",
  "operation",
  "runner_class",
]);

/** The series that the address means, as a query; `benchmark`, as metrics call it, is its name. */
export function seriesQuery() {
  const { benchmark, ...query } = Object.fromEntries(KEYS.map((key) => [key, parameter(key)]));
  return { ...query, name: query.name || benchmark };
}
