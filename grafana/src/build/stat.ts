/** Big numbers. */
import * as common from "@grafana/grafana-foundation-sdk/common";
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  SpecialValueMatch,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import { COLORS } from "../colors.ts";
import { NO_RUNS, type Panel, type PanelSpec, type Step, thresholds, withSpec } from "./spec.ts";

/** A tile is as wide as a few hundred pixels; every point is a query over all suites. */
const SPARKLINE_POINTS = 60;

/** The first step must be neutral, because it also colours "no data". */
export type TileSteps = readonly [readonly [null, typeof COLORS.neutral], ...Step[]];

export type TileSpec = Omit<PanelSpec, "queries"> & {
  /** One series without labels. */
  readonly expr: string;
  readonly steps: TileSteps;
  /** Words for values. */
  readonly texts?: Readonly<Record<string, string>>;
  /** How the number came about over the time range, below it. Not for expressions over `$__range`, nor for moments. */
  readonly sparkline?: boolean;
};

/**
 * One big number of now. Without a sparkline its query is instant; the last value of a plain range would go on showing what is long
 * gone. With one, the query is completed by NaN wherever it has no value, the tile shows the very last value, and NaN reads as the
 * empty text in the neutral colour. The course ends at a whole step, so minutes ago, over 30 days hours: the same expression asked for
 * now is merged in as its last point.
 */
export function tile(spec: TileSpec): Panel {
  const empty = spec.empty ?? NO_RUNS;
  const sparkline = spec.sparkline === true;
  const expr = sparkline ? `${bracketed(spec.expr)}\nor\nvector(NaN)` : spec.expr;
  const now = { expr, instant: true };
  const mappings: ValueMapping[] = [];
  if (spec.texts !== undefined) {
    const options = Object.fromEntries(Object.entries(spec.texts).map(([value, text]) => [value, { text }]));
    mappings.push({ type: MappingType.ValueToText, options });
  }
  if (sparkline) {
    const result = { text: empty, color: COLORS.neutral };
    mappings.push({ type: MappingType.SpecialValue, options: { match: SpecialValueMatch.NullAndNan, result } });
  }
  const points = sparkline ? { maxDataPoints: SPARKLINE_POINTS } : {};
  const builder = withSpec(
    new stat.PanelBuilder(),
    { ...points, ...spec, empty, queries: sparkline ? [{ expr }, now] : [now] },
    PromQueryFormat.TimeSeries,
  )
    .thresholds(thresholds(spec.steps))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .graphMode(sparkline ? common.BigValueGraphMode.Area : common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .textMode(common.BigValueTextMode.Value)
    .justifyMode(common.BigValueJustifyMode.Center)
    .reduceOptions(
      new common.ReduceDataOptionsBuilder()
        .calcs([sparkline ? "last" : "lastNotNull"])
        .fields("")
        .values(false),
    );
  if (mappings.length > 0) builder.mappings(mappings);
  if (sparkline) builder.withTransformation({ id: "merge", options: {} });
  return builder.build();
}

/** An operator of the expression may bind less than the `or` that follows. */
const bracketed = (expr: string): string => `(\n${expr}\n)`;
