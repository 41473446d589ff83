/** Where clicks lead: to the built-in page, and from one dashboard to another. */
import { DASHBOARDS, type DashboardName } from "../../../prometheus/src/links.ts";
import type { Link } from "./spec.ts";

/** `${name}`, which Grafana replaces. */
export function variable(name: string): string {
  return `\${${name}}`;
}

/** The variable of the data source; no panel names one of its own. */
export const DATASOURCE = { type: "prometheus", uid: variable("datasource") } as const;

/** An address on the built-in page, from its root on. */
export const page = (path: string): string => `${variable("plumbline_url")}${path}`;
/** A label of the line, or a column of the row, that was clicked: fit for a path or a query. */
export const clickedLabel = (name: string): string => variable(`__field.labels.${name}:percentencode`);
export const clickedColumn = (title: string): string =>
  variable(`__data.fields[${JSON.stringify(title)}]:percentencode`);
/** The moment that was clicked, in seconds since the epoch. */
export const CLICKED_SECONDS = variable("__value.time:date:seconds");

const SCOPE_NAMES = ["project", "suite", "environment", "branch"] as const;
/** The titles that tables give these columns, so that their links find them. */
export const SCOPE_TITLES = {
  project: "Project",
  suite: "Suite",
  environment: "Environment",
  branch: "Branch",
} as const;
export type ScopeName = (typeof SCOPE_NAMES)[number];

const query = (names: readonly ScopeName[], of: (name: ScopeName) => string, prefix = ""): string =>
  names.map((name) => `${prefix}${name}=${of(name)}`).join("&");

/** From a line over time whose series carry these labels: the suite as it was at the moment that was clicked. */
export const suiteThen = (names: readonly ScopeName[] = SCOPE_NAMES): Link => ({
  title: "The suite at that moment",
  url: page(`/?${query(names, clickedLabel)}&at=${CLICKED_SECONDS}`),
});

/** From a value of now whose series carries these labels. */
export const suiteNow = (names: readonly ScopeName[] = SCOPE_NAMES): Link => ({
  title: "The suite's runs",
  url: page(`/?${query(names, clickedLabel)}`),
});

/** The same from a row of a table with the columns of `SCOPE_TITLES`. */
export const suiteOfRow = (names: readonly ScopeName[] = SCOPE_NAMES): Link => ({
  title: "The suite's runs",
  url: page(`/?${query(names, (name) => clickedColumn(SCOPE_TITLES[name]))}`),
});

/** Another dashboard over the same time, narrowed to the labels of the series that was clicked. */
export const dashboardOf = (name: DashboardName, title: string, names: readonly ScopeName[] = SCOPE_NAMES): Link =>
  dashboardAt(name, title, query(names, clickedLabel, "var-"));

/** The same from a row of a table. */
export const dashboardOfRow = (
  name: DashboardName,
  title: string,
  names: readonly ScopeName[] = SCOPE_NAMES,
  /** More variables, with the titles of the columns that have their values. */
  also: Readonly<Record<string, string>> = {},
): Link =>
  dashboardAt(
    name,
    title,
    [
      query(names, (one) => clickedColumn(SCOPE_TITLES[one]), "var-"),
      ...Object.entries(also).map(([variable, column]) => `var-${variable}=${clickedColumn(column)}`),
    ].join("&"),
  );

/** Another dashboard with the time and variables of this one. */
export const dashboardLink = (name: DashboardName, title: string): Link =>
  dashboardAt(name, title, variable("__all_variables"));

const dashboardAt = (name: DashboardName, title: string, variables: string): Link => ({
  title,
  url: `/d/${DASHBOARDS[name]}?${variable("__url_time_range")}&${variables}`,
});
