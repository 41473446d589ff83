/** Plumbline about itself: whether it is well, and takes in what is sent. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE, type Family, ref } from "../../../exporter/src/metrics/catalogue.ts";
import { FOREIGN } from "../../../prometheus/src/foreign.ts";
import { COLORS } from "../colors.ts";
import { graph, type Panel, page, type TileSteps, tile, UNIT } from "../helper.ts";
import { LINES } from "../scope.ts";
import { CHOSEN, half, NOT_SCRAPED, own, PAGE, plain, rate, small } from "./plumbline-series.ts";

const rejected = `${ref(CATALOGUE.ingested)}${CHOSEN.replace("{", '{outcome="rejected",')}`;

export const replicasUp = (): Panel =>
  tile({
    ...small,
    title: "Replicas up",
    description:
      "From how many of the chosen replicas does Prometheus get data? Zero: every other dashboard is blind (alert PlumblineDown).",
    unit: UNIT.count,
    decimals: 0,
    expr: `sum(${own(FOREIGN.up)})`,
    steps: [plain, [0, COLORS.critical], [1, COLORS.good]],
    sparkline: true,
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const queueNow = (config: Config): Panel =>
  tile({
    ...small,
    title: "Reports waiting",
    description: `How many reports wait for the writer? From ${config.thresholds.queueLength} on PlumblineIngestLagging fires.`,
    unit: UNIT.count,
    decimals: 0,
    expr: `max(${own(CATALOGUE.ingestQueue)})`,
    steps: [plain, [0, COLORS.good], [config.thresholds.queueLength, COLORS.critical]],
    sparkline: true,
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const rejectedPart = (config: Config): Panel =>
  tile({
    ...small,
    title: "Rejected reports",
    description: `Which part of the reports received in the time range of the dashboard could not be stored? From ${config.thresholds.rejectedRatio * 100} % on PlumblineIngestFailing may fire.`,
    unit: UNIT.ratio,
    decimals: 1,
    expr: `sum(increase(${rejected}[$__range]))\n/\n(sum(increase(${own(CATALOGUE.ingested)}[$__range])) > 0)`,
    steps: [
      plain,
      [0, COLORS.good],
      [Number.MIN_VALUE, COLORS.warning],
      [config.thresholds.rejectedRatio, COLORS.critical],
    ],
    empty: "nothing received",
    link: { title: "Getting started", url: page("/getting-started") },
  });

const nearLimit: TileSteps = [plain, [0, COLORS.good], [0.8, COLORS.warning], [1, COLORS.critical]];

export const fullestFamily = (): Panel =>
  tile({
    ...small,
    title: "Fullest family",
    description:
      "How much of its series limit (labels.seriesPerFamily) does the largest metric family use? At 100 % new series are folded into __overflow__ (alert SeriesFolded).",
    unit: UNIT.ratio,
    decimals: 1,
    expr: `max(${own(CATALOGUE.series)}) / max(${own(CATALOGUE.seriesLimit)})`,
    steps: nearLimit,
    sparkline: true,
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const storeNow = (): Panel =>
  tile({
    ...small,
    title: "Store",
    description: "How large is the store on disk? Replicas share one, so the largest figure is shown.",
    unit: UNIT.bytes,
    expr: `max(${own(CATALOGUE.storeSize)})`,
    steps: [plain],
    sparkline: true,
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const configurationLoaded = (): Panel =>
  tile({
    ...small,
    title: "Configuration",
    description:
      "Did the last load of the configuration succeed on every replica? When not, the one before it still holds (alert ConfigReloadFailed).",
    unit: UNIT.count,
    expr: `min(${own(CATALOGUE.configReload)})`,
    steps: [plain, [0, COLORS.critical], [1, COLORS.good]],
    texts: { "0": "not loaded", "1": "loaded" },
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const ingestRate = (): Panel =>
  graph({
    ...half,
    title: "Reports per minute by outcome",
    description:
      "How many reports come in, and what becomes of them? A duplicate is a report that was stored before; it changes nothing.",
    unit: UNIT.perMinute,
    queries: [{ expr: `sum by (outcome) (${rate(own(CATALOGUE.ingested))}) * 60`, legend: "{{outcome}}" }],
    colors: { stored: COLORS.passed, duplicate: COLORS.skipped, rejected: COLORS.failed },
    stacked: true,
    calcs: ["lastNotNull", "mean", "max"],
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const rejectionsByCode = (): Panel =>
  graph({
    ...half,
    title: "Rejections per minute by code",
    description: `Why could reports not be stored? By error code; the ${LINES} most frequent of the time range.`,
    unit: UNIT.perMinute,
    queries: [
      {
        expr:
          `sum by (code) (${rate(own(CATALOGUE.ingestRejections))}) * 60\nand on (code)\n` +
          `topk(${LINES}, sum by (code) (increase(${own(CATALOGUE.ingestRejections)}[$__range] @ end())) > 0)`,
        legend: "{{code}}",
      },
    ],
    calcs: ["lastNotNull", "mean", "max"],
    empty: "nothing was rejected",
    link: { title: "Getting started", url: page("/getting-started") },
  });

const quantile = (family: Family, part: number): string =>
  `histogram_quantile(${part}, sum by (le) (${rate(own(family, "bucket"))}))`;

export const ingestSeconds = (): Panel =>
  graph({
    ...half,
    title: "Seconds to store a report",
    description:
      "How long does it take from a complete body to durable rows? Median and 95th percentile over all chosen replicas.",
    unit: UNIT.seconds,
    queries: [
      { expr: quantile(CATALOGUE.ingestDuration, 0.5), legend: "median" },
      { expr: quantile(CATALOGUE.ingestDuration, 0.95), legend: "95th percentile" },
    ],
    bridgeSeconds: 3600,
    empty: "nothing stored in this time",
    link: PAGE,
  });

export const detectionDelay = (config: Config): Panel =>
  graph({
    ...half,
    title: "Seconds until a run is known",
    description: `How long after its end is a run known? Median and 95th percentile; the line is the objective of ${config.slo.detectionSeconds} s. Only reports that say when they ended.`,
    unit: UNIT.seconds,
    queries: [
      { expr: quantile(CATALOGUE.detectionDelay, 0.5), legend: "median" },
      { expr: quantile(CATALOGUE.detectionDelay, 0.95), legend: "95th percentile" },
    ],
    steps: [plain, [config.slo.detectionSeconds, COLORS.critical]],
    bridgeSeconds: 3600,
    empty: "no run with an end in this time",
    link: PAGE,
  });

export const queueCourse = (config: Config): Panel =>
  graph({
    ...half,
    title: "Reports waiting for the writer",
    description: `Does the writer keep up? By replica; the line is the limit of PlumblineIngestLagging, ${config.thresholds.queueLength}.`,
    unit: UNIT.count,
    decimals: 0,
    queries: [{ expr: `max by (instance) (${own(CATALOGUE.ingestQueue)})`, legend: "{{instance}}" }],
    steps: [plain, [config.thresholds.queueLength, COLORS.critical]],
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const bytesReceived = (): Panel =>
  graph({
    ...half,
    title: "Report bytes per second",
    description: "How much is sent? Uncompressed bytes of received reports, by replica.",
    unit: UNIT.bytesPerSecond,
    queries: [{ expr: `sum by (instance) (${rate(own(CATALOGUE.ingestBytes))})`, legend: "{{instance}}" }],
    calcs: ["lastNotNull", "mean", "max"],
    empty: NOT_SCRAPED,
    link: PAGE,
  });
