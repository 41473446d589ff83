/** Tables of instant queries, one row per series or per value of a label. */
import * as common from "@grafana/grafana-foundation-sdk/common";
import { MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import { PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as table from "@grafana/grafana-foundation-sdk/table";
import { type Link, linksOf, type Panel, type PanelSpec, type Step, thresholds, type Unit, withSpec } from "./spec.ts";

export interface Column {
  /** The label, or `Value #A` for the first query's values. */
  readonly field: string;
  readonly title: string;
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly link?: Link | readonly Link[];
  readonly width?: number;
  /** Colours the text of the cell by its value. */
  readonly steps?: readonly Step[];
  /** Words, with colours, for values. */
  readonly texts?: Readonly<Record<string, { readonly text: string; readonly color?: string }>>;
}

export type TableSpec = Omit<PanelSpec, "link" | "queries"> & {
  readonly exprs: readonly string[];
  readonly columns: readonly Column[];
  /** Title of the column that orders the rows. */
  readonly sortBy: string;
  /** Smallest first. Left out: largest first. */
  readonly ascending?: boolean;
};

/** Instant queries side by side: rows whose labels are equal become one. Every query must keep the same labels. */
export const labelTable = (spec: TableSpec): Panel => joined(spec, [{ id: "merge", options: {} }]);

/** Instant queries joined by one label, one row per value of it. */
export const joinedTable = (spec: TableSpec & { readonly joinBy: string }): Panel =>
  joined(spec, [{ id: "joinByField", options: { byField: spec.joinBy, mode: "outer" } }]);

function joined(spec: TableSpec, joins: { id: string; options: object }[]): Panel {
  const queries = spec.exprs.map((expr) => ({ expr, instant: true }));
  // With one query Grafana calls its values plain `Value`.
  const columns = spec.columns.map((column) =>
    queries.length === 1 && column.field === "Value #A" ? { ...column, field: "Value" } : column,
  );
  const builder = withSpec(new table.PanelBuilder(), { ...spec, queries, link: [] }, PromQueryFormat.Table);
  for (const join of queries.length === 1 ? [] : joins) builder.withTransformation(join);
  builder
    // Each joined frame brings a time of its own; what no column names goes.
    .withTransformation({
      id: "filterFieldsByName",
      options: { include: { names: columns.map((column) => column.field) } },
    })
    .withTransformation({
      id: "organize",
      options: {
        indexByName: Object.fromEntries(columns.map((column, index) => [column.field, index])),
        renameByName: Object.fromEntries(columns.map((column) => [column.field, column.title])),
        excludeByName: {},
      },
    })
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(spec.sortBy).desc(spec.ascending !== true)]);
  for (const column of columns) {
    builder.overrideByName(column.title, propertiesOf(column));
  }
  return builder.build();
}

function propertiesOf({ unit, decimals, link, width, steps, texts }: Column): { id: string; value: unknown }[] {
  const links = linksOf(link);
  return [
    // The panel's text for no data at all would else stand in every empty cell.
    { id: "noValue", value: "–" },
    ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
    ...(decimals === undefined ? [] : [{ id: "decimals", value: decimals }]),
    ...(width === undefined ? [] : [{ id: "custom.width", value: width }]),
    ...(links.length === 0 ? [] : [{ id: "links", value: links }]),
    ...(steps === undefined ? [] : [{ id: "thresholds", value: thresholds(steps).build() }]),
    ...(texts === undefined ? [] : [{ id: "mappings", value: [{ type: MappingType.ValueToText, options: texts }] }]),
    ...(steps === undefined && texts === undefined
      ? []
      : [
          { id: "color", value: { mode: "thresholds" } },
          { id: "custom.cellOptions", value: { type: "color-text" } },
        ]),
  ];
}
