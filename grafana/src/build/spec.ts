/** What every panel is told, and the house defaults that each gets. */
import type * as common from "@grafana/grafana-foundation-sdk/common";
import type * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import {
  DashboardLinkBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { DATASOURCE, page } from "./addresses.ts";

export type Panel = sdk.Panel;

export const UNIT = {
  count: units.Short,
  ratio: units.PercentUnit,
  seconds: units.Seconds,
  bytes: units.BytesIEC,
  perMinute: units.CountsPerMinute,
  perSecond: units.CountsPerSecond,
  requestsPerSecond: units.RequestsPerSecond,
  bytesPerSecond: units.BytesPerSecondIEC,
  /** Wants milliseconds: Prometheus' seconds times 1000, else it shows 1970. */
  ago: units.DateTimeFromNow,
  /** The same, as a date. */
  date: units.DatetimeISO,
  /** A number whose unit the series says, or that has none, such as a z-score. */
  plain: units.NoUnit,
} as const;
export type Unit = (typeof UNIT)[keyof typeof UNIT];

/** What an empty tile says. Never a zero, never green. */
export const NO_RUNS = "no runs yet";
/** The same where there is room: the link is at the top of every dashboard, since such a text cannot hold one. */
export const NO_RUNS_HINT = `${NO_RUNS}; "Getting started" at the top says how to send some`;

/** A threshold from its value on; `null` is below every other, and what a panel without data shows. */
export type Step = readonly [from: number | null, color: string];

export interface Query {
  readonly expr: string;
  readonly legend?: string;
  /** One value, now. Left out: a line over the time range. */
  readonly instant?: boolean;
  readonly exemplars?: boolean;
}

export interface Link {
  readonly title: string;
  /** See `addresses.ts`. */
  readonly url: string;
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
  /** Where a click on a value leads. Left out: to the built-in page. */
  readonly link?: Link | readonly Link[];
  readonly decimals?: number;
  /** Fewer points than the panel has pixels, for queries that are dear or states that are read one by one. */
  readonly maxDataPoints?: number;
  /** Least step, such as `1d`: for bars per day, or what is recorded less often than it is scraped. */
  readonly minInterval?: string;
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
  maxDataPoints(points: number): this;
  interval(step: string): this;
  dataLinks(links: DashboardLinkBuilder[]): this;
  withTarget(target: prometheus.DataqueryBuilder): this;
  build(): Panel;
}

export function withSpec<B extends Building>(builder: B, spec: PanelSpec, format: prometheus.PromQueryFormat): B {
  builder
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .span(spec.width)
    .height(spec.height)
    .noValue(spec.empty ?? NO_RUNS_HINT);
  if (spec.decimals !== undefined) builder.decimals(spec.decimals);
  if (spec.maxDataPoints !== undefined) builder.maxDataPoints(spec.maxDataPoints);
  if (spec.minInterval !== undefined) builder.interval(spec.minInterval);
  const links = linksOf(spec.link ?? { title: "Plumbline", url: page("/") });
  if (links.length > 0) builder.dataLinks(links.map(({ title, url }) => new DashboardLinkBuilder(title).url(url)));
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

export const linksOf = (link: Link | readonly Link[] | undefined): readonly Link[] =>
  link === undefined ? [] : "url" in link ? [link] : link;

export const thresholds = (steps: readonly Step[]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps.map(([value, color]) => ({ value, color })));

export const fixedColor = (color: string): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);
