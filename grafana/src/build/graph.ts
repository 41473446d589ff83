/** Lines, areas and bars over time. */
import * as common from "@grafana/grafana-foundation-sdk/common";
import { FieldColorBuilder, FieldColorModeId } from "@grafana/grafana-foundation-sdk/dashboard";
import { PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { fixedColor, type Panel, type PanelSpec, type Step, thresholds, type Unit, withSpec } from "./spec.ts";

/** How lines look whose legend fits a regular expression. */
export interface LineStyle {
  /** `/^baseline/`, with its slashes. */
  readonly match: string;
  readonly color?: string;
  readonly dashed?: boolean;
  readonly width?: number;
  /** Per cent of the area below that is filled. */
  readonly fill?: number;
  /** Fills down to the line of exactly this legend, for bands. */
  readonly fillBelowTo?: string;
  readonly points?: "only";
  /** On an axis of its own, to the right. */
  readonly right?: Unit;
  readonly hideFromLegend?: boolean;
}

export type GraphSpec = PanelSpec & {
  /** Limits, drawn as dashed lines. */
  readonly steps?: readonly Step[];
  /** Colours of lines by legend text, for outcomes. */
  readonly colors?: Readonly<Record<string, string>>;
  readonly styles?: readonly LineStyle[];
  /** Where the unit is known of each query only: that of the first, the second, and so on. */
  readonly unitsByQuery?: readonly Unit[];
  readonly calcs?: readonly ("lastNotNull" | "max" | "mean" | "min" | "sum")[];
  readonly stacked?: boolean;
  readonly bars?: boolean;
  /** Values may be negative. Left out: the axis begins at zero. */
  readonly signed?: boolean;
  /** The axis need not begin at zero, where a small change of a high value matters. */
  readonly floating?: boolean;
  /** Top of the axis, for ratios that cannot exceed it. */
  readonly max?: number;
  /** Draws over gaps up to so many seconds. Left out: a gap is a gap. */
  readonly bridgeSeconds?: number;
};

/** Lines over time from zero, the limits drawn where `steps` has them, a legend that can be sorted. */
export function graph(spec: GraphSpec): Panel {
  const builder = withSpec(new timeseries.PanelBuilder(), spec, PromQueryFormat.TimeSeries)
    .lineWidth(spec.bars === true ? 0 : 2)
    .fillOpacity(spec.bars === true ? 80 : spec.stacked === true ? 40 : 10)
    .drawStyle(spec.bars === true ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(spec.bridgeSeconds === undefined ? false : spec.bridgeSeconds * 1000)
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
  if (spec.signed !== true && spec.floating !== true) builder.min(0);
  if (spec.max !== undefined) builder.max(spec.max);
  if (spec.stacked === true) {
    builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
  }
  if (spec.steps !== undefined) {
    const values = spec.steps.flatMap(([value]) => (value === null ? [] : [value]));
    builder
      .thresholds(thresholds(spec.steps))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed))
      // Far below its limits a line would else fill the panel, with the limits out of sight.
      .axisSoftMax(Math.max(...values));
    if (spec.signed === true || spec.floating === true) builder.axisSoftMin(Math.min(...values));
  }
  for (const [name, color] of Object.entries(spec.colors ?? {})) {
    builder.overrideByName(name, [{ id: "color", value: fixedColor(color).build() }]);
  }
  for (const [index, unit] of (spec.unitsByQuery ?? []).entries()) {
    builder.overrideByQuery(String.fromCharCode("A".charCodeAt(0) + index), [{ id: "unit", value: unit }]);
  }
  for (const style of spec.styles ?? []) builder.overrideByRegexp(style.match, propertiesOf(style));
  return builder.build();
}

function propertiesOf(style: LineStyle): { id: string; value: unknown }[] {
  const property = (id: string, value: unknown): { id: string; value: unknown }[] =>
    value === undefined ? [] : [{ id, value }];
  return [
    ...property("color", style.color === undefined ? undefined : fixedColor(style.color).build()),
    ...property("custom.lineStyle", style.dashed === true ? { fill: "dash", dash: [10, 10] } : undefined),
    ...property("custom.lineWidth", style.width),
    ...property("custom.fillOpacity", style.fill ?? (style.dashed === true ? 0 : undefined)),
    ...property("custom.fillBelowTo", style.fillBelowTo),
    ...property("custom.drawStyle", style.points === "only" ? common.GraphDrawStyle.Points : undefined),
    ...property("custom.pointSize", style.points === "only" ? 8 : undefined),
    ...property("unit", style.right),
    ...property("custom.axisPlacement", style.right === undefined ? undefined : common.AxisPlacement.Right),
    ...property(
      "custom.hideFrom",
      style.hideFromLegend === true ? { legend: true, tooltip: false, viz: false } : undefined,
    ),
  ];
}
