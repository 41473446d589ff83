/**
 * Everything that knows the Foundation SDK (0.0.21, a preview: a breaking release shall touch this file only), with the house
 * defaults. A dashboard is a list of rows, a row a list of lines, a line a list of panels whose widths add up to 24.
 */
import * as common from "@grafana/grafana-foundation-sdk/common";
import type * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import {
  AnnotationQueryBuilder,
  ConstantVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import * as units from "@grafana/grafana-foundation-sdk/units";
import type { COLORS } from "./colors.ts";
import { finish } from "./finish.ts";

export type Dashboard = sdk.Dashboard;
export type Panel = sdk.Panel;

export const UNIT = {
  count: units.Short,
  ratio: units.PercentUnit,
  seconds: units.Seconds,
  perMinute: units.CountsPerMinute,
  /** Wants milliseconds: Prometheus' seconds times 1000, else it shows 1970. */
  ago: units.DateTimeFromNow,
} as const;
export type Unit = (typeof UNIT)[keyof typeof UNIT];

/** The variable of the data source; no panel names one of its own. */
const DATASOURCE = { type: "prometheus", uid: variable("datasource") } as const;
/** The tag by which dashboards find one another. */
const TAG = "plumbline";
const GRID_COLUMNS = 24;

/** `${name}`, which Grafana replaces. */
function variable(name: string): string {
  return `\${${name}}`;
}
/** An address on the built-in page, from its root on. */
export const page = (path: string): string => `${variable("plumbline_url")}${path}`;
/** A label of the line, or a column of the row, that was clicked: fit for a path or a query. */
export const clickedLabel = (name: string): string => variable(`__field.labels.${name}:percentencode`);
export const clickedColumn = (title: string): string =>
  variable(`__data.fields[${JSON.stringify(title)}]:percentencode`);

/** What an empty panel says. Never a zero, never green. */
export const NO_RUNS = "no runs yet";

/** A threshold from its value on; `null` is below every other, and what a panel without data shows. */
export type Step = readonly [from: number | null, color: string];

export interface Query {
  readonly expr: string;
  readonly legend?: string;
  /** One value, now. Left out: a line over the time range. */
  readonly instant?: boolean;
  readonly exemplars?: boolean;
}

export interface PanelSpec {
  readonly title: string;
  /** The question the panel answers, and from what. */
  readonly description: string;
  readonly unit: Unit;
  readonly width: number;
  readonly height: number;
  readonly queries: readonly Query[];
  /** Text in place of data. */
  readonly empty?: string;
  /** To the built-in page, see `page`. */
  readonly link?: { readonly title: string; readonly url: string };
  readonly decimals?: number;
}

interface Building {
  title(text: string): this;
  description(text: string): this;
  datasource(ref: common.DataSourceRef): this;
  unit(unit: string): this;
  span(columns: number): this;
  height(rows: number): this;
  noValue(text: string): this;
  decimals(digits: number): this;
  dataLinks(links: DashboardLinkBuilder[]): this;
  withTarget(target: prometheus.DataqueryBuilder): this;
  build(): Panel;
}

function withSpec<B extends Building>(builder: B, spec: PanelSpec, format: prometheus.PromQueryFormat): B {
  builder
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .span(spec.width)
    .height(spec.height)
    .noValue(spec.empty ?? NO_RUNS);
  if (spec.decimals !== undefined) builder.decimals(spec.decimals);
  if (spec.link !== undefined) builder.dataLinks([new DashboardLinkBuilder(spec.link.title).url(spec.link.url)]);
  for (const one of spec.queries) {
    const target = new prometheus.DataqueryBuilder()
      .datasource(DATASOURCE)
      .expr(one.expr)
      .format(format)
      .legendFormat(one.legend ?? "");
    if (one.instant === true) target.instant();
    else target.range();
    if (one.exemplars === true) target.exemplar(true);
    builder.withTarget(target);
  }
  return builder;
}

const thresholds = (steps: readonly Step[]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps.map(([value, color]) => ({ value, color })));

const fixedColor = (color: string): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);

/**
 * One big number of now. Its query must be instant: the last value of a range would go on showing what is long gone.
 * The first step must be neutral, because it also colours "no data".
 */
export function tile(
  spec: Omit<PanelSpec, "queries"> & {
    readonly expr: string;
    readonly steps: readonly [readonly [null, typeof COLORS.neutral], ...Step[]];
    readonly texts?: Readonly<Record<string, string>>;
  },
): Panel {
  const builder = withSpec(
    new stat.PanelBuilder(),
    { ...spec, queries: [{ expr: spec.expr, instant: true }] },
    prometheus.PromQueryFormat.TimeSeries,
  )
    .thresholds(thresholds(spec.steps))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .textMode(common.BigValueTextMode.Value)
    .justifyMode(common.BigValueJustifyMode.Center)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false));
  if (spec.texts !== undefined) {
    const options = Object.fromEntries(Object.entries(spec.texts).map(([value, text]) => [value, { text }]));
    builder.mappings([{ type: MappingType.ValueToText, options }]);
  }
  return builder.build();
}

/** Lines over time from zero, the limits drawn where `steps` has them, a legend that can be sorted. */
export function graph(
  spec: PanelSpec & {
    readonly steps?: readonly Step[];
    /** Colours of lines by legend text, for outcomes. */
    readonly colors?: Readonly<Record<string, string>>;
    readonly calcs?: readonly ("lastNotNull" | "max" | "mean")[];
  },
): Panel {
  const builder = withSpec(new timeseries.PanelBuilder(), spec, prometheus.PromQueryFormat.TimeSeries)
    .min(0)
    .lineWidth(2)
    .fillOpacity(10)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(false)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs([...(spec.calcs ?? ["lastNotNull", "max"])]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  if (spec.steps !== undefined) {
    builder
      .thresholds(thresholds(spec.steps))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed))
      // Far below its limits a line would else fill the panel, with the limits out of sight.
      .axisSoftMax(Math.max(...spec.steps.map(([value]) => value ?? 0)));
  }
  for (const [name, color] of Object.entries(spec.colors ?? {})) {
    builder.overrideByName(name, [{ id: "color", value: fixedColor(color).build() }]);
  }
  return builder.build();
}

export interface Column {
  /** The label, or `Value #A` for the first query's values. */
  readonly field: string;
  readonly title: string;
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly link?: { readonly title: string; readonly url: string };
  readonly width?: number;
}

/** Instant queries joined by one label, one row per value of it; sorted by the named column, largest first. */
export function joinedTable(
  spec: Omit<PanelSpec, "link" | "queries"> & {
    readonly exprs: readonly string[];
    readonly joinBy: string;
    readonly columns: readonly Column[];
    readonly sortBy: string;
  },
): Panel {
  const queries = spec.exprs.map((expr) => ({ expr, instant: true }));
  const builder = withSpec(new table.PanelBuilder(), { ...spec, queries }, prometheus.PromQueryFormat.Table)
    .withTransformation({ id: "joinByField", options: { byField: spec.joinBy, mode: "outer" } })
    // Each joined frame brings a time of its own; what no column names goes.
    .withTransformation({
      id: "filterFieldsByName",
      options: { include: { names: spec.columns.map((column) => column.field) } },
    })
    .withTransformation({
      id: "organize",
      options: {
        indexByName: Object.fromEntries(spec.columns.map((column, index) => [column.field, index])),
        renameByName: Object.fromEntries(spec.columns.map((column) => [column.field, column.title])),
        excludeByName: {},
      },
    })
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(spec.sortBy).desc(true)]);
  for (const { title, unit, decimals, link, width } of spec.columns) {
    const properties = [
      ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
      ...(decimals === undefined ? [] : [{ id: "decimals", value: decimals }]),
      ...(width === undefined ? [] : [{ id: "custom.width", value: width }]),
      ...(link === undefined ? [] : [{ id: "links", value: [link] }]),
    ];
    if (properties.length > 0) builder.overrideByName(title, properties);
  }
  return builder.build();
}

/** A variable over the values of a label; `All` matches whatever has the label. */
export interface LabelVariable {
  readonly name: string;
  readonly label: string;
  /** `label_values(METRIC{…}, LABEL)`; earlier variables in its matchers make the chain. */
  readonly query: string;
}

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly refresh: string;
  /** Address of the built-in page. */
  readonly plumblineUrl: string;
  readonly variables: readonly LabelVariable[];
  readonly annotations: readonly {
    readonly name: string;
    readonly expr: string;
    readonly title: string;
    readonly color: string;
  }[];
  readonly rows: readonly { readonly title: string; readonly lines: readonly (readonly Panel[])[] }[];
}

export function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .readonly()
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: spec.from, to: "now" })
    .refresh(spec.refresh)
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"))
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
  for (const { name, label, query } of spec.variables) {
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
        .allValue(".+")
        .current({ text: ["All"], value: ["$__all"], selected: true }),
    );
  }
  for (const { name, expr, title, color } of spec.annotations) {
    builder.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor(color)
        .titleFormat(title)
        .expr(expr)
        .target(new prometheus.DataqueryBuilder().datasource(DATASOURCE).refId("Anno").expr(expr).range()),
    );
  }
  return finish({ ...builder.build(), panels: layout(spec.rows) });
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
