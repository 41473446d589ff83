/**
 * Dashboards out of rows, rows out of lines, lines out of panels whose widths add up to 24.
 */
import type * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import {
  AnnotationQueryBuilder,
  ConstantVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import { DASHBOARDS, type DashboardName } from "../../../prometheus/src/links.ts";
import { finish } from "../finish.ts";
import { PROMETHEUS_NAME, PROMETHEUS_UID } from "../provisioning.ts";
import { DATASOURCE, page } from "./addresses.ts";
import type { Panel } from "./spec.ts";

export type Dashboard = sdk.Dashboard;

/** The tag by which dashboards find one another. */
const TAG = "plumbline";
const GRID_COLUMNS = 24;

/** A variable over the values of a label; `All` matches whatever has the label. */
export interface LabelVariable {
  readonly name: string;
  readonly label: string;
  /** `label_values(METRIC{…}, LABEL)`; earlier variables in its matchers make the chain. */
  readonly query: string;
  /** What All stands for. Left out: any value; `.*` where the label may be absent. */
  readonly allValue?: string;
}

/** Marks on every graph of the dashboard. Few: an expression that may have many series takes the newest of them. */
export interface Annotation {
  readonly name: string;
  readonly expr: string;
  /** `{{label}}` is replaced. */
  readonly title: string;
  readonly text?: string;
  readonly color: string;
  /** The value is the moment of the mark, in milliseconds. Left out: the mark lasts while there is a value above 0. */
  readonly valueIsTime?: boolean;
  /** How often it is asked, as Prometheus writes durations. Left out: each minute. */
  readonly step?: string;
  /** Left out: shown until the reader switches it off. */
  readonly enabled?: boolean;
}

export interface DashboardSpec {
  /** Gives the uid, by which alerts and panels link to it. */
  readonly name: DashboardName;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly refresh: string;
  /** Address of the built-in page. */
  readonly plumblineUrl: string;
  readonly variables: readonly LabelVariable[];
  /** See `annotations.ts`. */
  readonly annotations: readonly Annotation[];
  readonly rows: readonly { readonly title: string; readonly lines: readonly (readonly Panel[])[] }[];
}

export function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(DASHBOARDS[spec.name])
    .description(spec.description)
    .tags([TAG])
    .readonly()
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: spec.from, to: "now" })
    .refresh(spec.refresh)
    .withVariable(
      // Where Grafana has more than ours, it would else begin with its default; where it lacks ours, it takes another.
      new DatasourceVariableBuilder("datasource")
        .label("Data source")
        .type("prometheus")
        .current({ text: PROMETHEUS_NAME, value: PROMETHEUS_UID, selected: true }),
    )
    .withVariable(new ConstantVariableBuilder("plumbline_url").label("Plumbline").value(spec.plumblineUrl))
    .link(
      // Every dashboard of Plumbline appears here by its tag, without an edit.
      new DashboardLinkBuilder("Dashboards")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    )
    .link(pageLink("Runs and failing tests", "/"))
    .link(pageLink("Getting started", "/getting-started"));
  for (const { name, label, query, allValue } of spec.variables) {
    builder.withVariable(
      new QueryVariableBuilder(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({ query, refId: name })
        .definition(query)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
        .multi(true)
        .includeAll(true)
        .allValue(allValue ?? ".+")
        .current({ text: ["All"], value: ["$__all"], selected: true }),
    );
  }
  for (const one of spec.annotations) builder.annotation(annotation(one));
  return finish({ ...builder.build(), panels: layout(spec.rows) });
}

function annotation(spec: Annotation): AnnotationQueryBuilder {
  const builder = new AnnotationQueryBuilder()
    .name(spec.name)
    .datasource(DATASOURCE)
    .enable(spec.enabled ?? true)
    .iconColor(spec.color)
    .titleFormat(spec.title)
    .textFormat(spec.text ?? "")
    .expr(spec.expr)
    .target(new prometheus.DataqueryBuilder().datasource(DATASOURCE).refId("Anno").expr(spec.expr).range());
  if (spec.step !== undefined) builder.step(spec.step);
  return spec.valueIsTime === true ? builder.useValueForTime(true) : builder;
}

const pageLink = (title: string, path: string): DashboardLinkBuilder =>
  new DashboardLinkBuilder(title).type(DashboardLinkType.Link).icon("external link").targetBlank(true).url(page(path));

/** The SDK's own layout leaves holes and overlaps where a line does not fill the grid; here that is an error. */
function layout(rows: DashboardSpec["rows"]): (Panel | sdk.RowPanel)[] {
  const placed: (Panel | sdk.RowPanel)[] = [];
  let y = 0;
  for (const { title, lines } of rows) {
    placed.push({ ...new RowBuilder(title).build(), gridPos: { x: 0, y, w: GRID_COLUMNS, h: 1 } });
    y += 1;
    for (const line of lines) {
      const height = line[0]?.gridPos?.h ?? 0;
      let x = 0;
      for (const panel of line) {
        const { w = 0, h = 0 } = panel.gridPos ?? {};
        if (h !== height) throw new Error(`${panel.title}: height ${h} in a line of height ${height}`);
        placed.push({ ...panel, gridPos: { x, y, w, h } });
        x += w;
      }
      if (x !== GRID_COLUMNS) throw new Error(`${title}: a line is ${x} columns wide, expected ${GRID_COLUMNS}`);
      y += height;
    }
  }
  return placed;
}

export const dashboardJson = (built: Dashboard): string => `${JSON.stringify(built, null, 2)}\n`;
