/** States over time, distributions over time, bars of now, and texts. */
import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import * as common from "@grafana/grafana-foundation-sdk/common";
import { FieldColorBuilder, FieldColorModeId, MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmaps from "@grafana/grafana-foundation-sdk/heatmap";
import { PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as text from "@grafana/grafana-foundation-sdk/text";
import { COLORS } from "../colors.ts";
import { fixedColor, type Panel, type PanelSpec, type Step, thresholds, withSpec } from "./spec.ts";

/** What a number stands for. */
export type States = Readonly<Record<string, { readonly text: string; readonly color: string }>>;

/** A band per series, coloured and named by its state; a gap where nothing is known. Few dozen rows at most: use `topk`. */
export function stateTimeline(spec: PanelSpec & { readonly states: States }): Panel {
  return (
    withSpec(new statetimeline.PanelBuilder(), spec, PromQueryFormat.TimeSeries)
      .mappings([{ type: MappingType.ValueToText, options: spec.states }])
      .thresholds(thresholds([[null, COLORS.neutral]]))
      .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
      .mergeValues(true)
      .showValue(common.VisibilityMode.Auto)
      .alignValue(common.TimelineValueAlignment.Left)
      .rowHeight(0.85)
      .fillOpacity(80)
      .lineWidth(0)
      // A band must end where the data ends, not reach over to where it begins again.
      .spanNulls(false)
      .legend(
        new common.VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(common.LegendDisplayMode.List)
          .placement(common.LegendPlacement.Bottom),
      )
      .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Single))
      .build()
  );
}

/** A histogram over time: darker is more. `expr` keeps the label `le`: `sum by (le) (increase(x_bucket[$__rate_interval]))`. */
export function heatmap(spec: Omit<PanelSpec, "queries"> & { readonly expr: string }): Panel {
  const queries = [{ expr: spec.expr, legend: "{{le}}" }];
  return (
    withSpec(new heatmaps.PanelBuilder(), { ...spec, queries, link: [] }, PromQueryFormat.Heatmap)
      .calculate(false)
      .yAxis(new heatmaps.YAxisConfigBuilder().unit(spec.unit))
      .color(
        new heatmaps.HeatmapColorOptionsBuilder()
          .mode(heatmaps.HeatmapColorMode.Scheme)
          // Its steps differ in lightness, so it reads without colour too.
          .scheme("Oranges")
          .steps(64),
      )
      .cellGap(1)
      .exemplarsColor(COLORS.reference)
      // Cells of zero would fill the panel with colour.
      .filterValues(new heatmaps.FilterValueRangeBuilder().le(1e-9))
      .showLegend()
      .tooltip(new heatmaps.HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single).showColorScale(false))
      .build()
  );
}

/** One bar per series of now, longest first as `topk` gives them. */
export function bars(
  spec: PanelSpec & {
    readonly steps?: readonly Step[];
    readonly max?: number;
    /** Colours of bars by legend text. */
    readonly colors?: Readonly<Record<string, string>>;
  },
): Panel {
  const queries = spec.queries.map((query) => ({ ...query, instant: true }));
  const builder = withSpec(new bargauge.PanelBuilder(), { ...spec, queries }, PromQueryFormat.TimeSeries)
    .thresholds(thresholds(spec.steps ?? [[null, COLORS.skipped]]))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Text)
    .namePlacement(common.BarGaugeNamePlacement.Left)
    .showUnfilled(true)
    .minVizHeight(16)
    .min(0)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false));
  if (spec.max !== undefined) builder.max(spec.max);
  for (const [name, color] of Object.entries(spec.colors ?? {})) {
    builder.overrideByName(name, [{ id: "color", value: fixedColor(color).build() }]);
  }
  return builder.build();
}

/** Markdown, for what no query can say. Variables such as `${plumbline_url}` are replaced. */
export function note(spec: {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly markdown: string;
}): Panel {
  return new text.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .span(spec.width)
    .height(spec.height)
    .mode(text.TextMode.Markdown)
    .content(spec.markdown)
    .build();
}
