/** Plumbline about itself: whether Prometheus gets it within bounds, whether alerts arrive, and what it needs. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { FOREIGN } from "../../../prometheus/src/foreign.ts";
import { once } from "../../../prometheus/src/promql.ts";
import { COLORS } from "../colors.ts";
import { graph, labelTable, type Panel, page, UNIT } from "../helper.ts";
import { LINES } from "../scope.ts";
import { half, NOT_SCRAPED, OWN_PROCESS, own, PAGE, plain, rate } from "./plumbline-series.ts";

export const scrapes = (config: Config): Panel =>
  graph({
    ...half,
    title: "Seconds per scrape",
    description: `Does /metrics answer in time? By replica; at the line, the scrape interval of ${config.metrics.scrapeIntervalSeconds} s, a scrape fails and its data is lost.`,
    unit: UNIT.seconds,
    queries: [{ expr: `max by (instance) (${own(OWN_PROCESS.scrapeSeconds)})`, legend: "{{instance}}" }],
    steps: [plain, [config.metrics.scrapeIntervalSeconds, COLORS.critical]],
    empty: NOT_SCRAPED,
    link: { title: "Metrics", url: page("/metrics") },
  });

export const samples = (): Panel =>
  graph({
    ...half,
    title: "Samples per scrape",
    description:
      "How much does Prometheus take in with each scrape? By replica. It grows with suites, measures and operations, not with runs.",
    unit: UNIT.count,
    queries: [{ expr: `max by (instance) (${own(OWN_PROCESS.scrapeSamples)})`, legend: "{{instance}}" }],
    empty: NOT_SCRAPED,
    link: { title: "Metrics", url: page("/metrics") },
  });

export const seriesByFamily = (): Panel =>
  graph({
    ...half,
    title: "Series by family",
    description: `Which metric families are large, and how far is the limit (dashed)? The ${LINES} largest.`,
    unit: UNIT.count,
    queries: [
      {
        expr: `max by (family) (${own(CATALOGUE.series)})\nand on (family)\ntopk(${LINES}, max by (family) (${own(CATALOGUE.series)} @ end()))`,
        legend: "{{family}}",
      },
      { expr: `max(${own(CATALOGUE.seriesLimit)})`, legend: "limit" },
    ],
    styles: [{ match: "/^limit$/", dashed: true, color: COLORS.critical }],
    empty: NOT_SCRAPED,
    link: { title: "Metrics", url: page("/metrics") },
  });

export const folded = (): Panel =>
  graph({
    ...half,
    title: "Label values folded",
    description:
      "Which labels had more values than their bound allows? Values folded into __overflow__ in each interval, by label; counted once however many replicas there are.",
    unit: UNIT.count,
    queries: [{ expr: `${once(`increase(${own(CATALOGUE.seriesFolded)}[$__rate_interval])`)}`, legend: "{{label}}" }],
    bars: true,
    stacked: true,
    calcs: ["lastNotNull", "sum"],
    empty: NOT_SCRAPED,
    link: { title: "Metrics", url: page("/metrics") },
  });

export const storeCourse = (width: number): Panel =>
  graph({
    width,
    height: 7,
    title: "Size of the store",
    description: "How fast does the store grow? Bytes on disk.",
    unit: UNIT.bytes,
    queries: [{ expr: `max(${own(CATALOGUE.storeSize)})`, legend: "store" }],
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const alertSteps = (): Panel =>
  graph({
    ...half,
    title: "Steps of alerts",
    description:
      "What became of alerts? Steps in the life of alerts that Plumbline keeps: fired, notified, acknowledged, escalated, resolved; in each interval.",
    unit: UNIT.count,
    queries: [{ expr: `sum by (step) (increase(${own(CATALOGUE.alertSteps)}[$__rate_interval]))`, legend: "{{step}}" }],
    bars: true,
    stacked: true,
    calcs: ["lastNotNull", "sum"],
    colors: { fired: COLORS.failed, escalated: COLORS.errored, acknowledged: COLORS.skipped, resolved: COLORS.passed },
    empty: NOT_SCRAPED,
    link: { title: "Alerts", url: page("/alerts") },
  });

export const messages = (): Panel =>
  graph({
    ...half,
    title: "Messages about alerts per minute",
    description:
      "Are alerts delivered? Messages that Alertmanager sent and could not send, by receiver type; and those that came in at Plumbline, which keeps the record of alerts.",
    unit: UNIT.perMinute,
    queries: [
      { expr: `sum by (integration) (${rate(FOREIGN.notifications)}) * 60 > 0`, legend: "sent by {{integration}}" },
      {
        expr: `sum by (integration) (${rate(FOREIGN.notificationsFailed)}) * 60 > 0`,
        legend: "failed by {{integration}}",
      },
      { expr: `sum(${rate(own(CATALOGUE.alertNotifications))}) * 60`, legend: "received by Plumbline" },
    ],
    styles: [{ match: "/^failed/", color: COLORS.failed, width: 3 }],
    calcs: ["lastNotNull", "max"],
    empty: "Alertmanager is not scraped",
    link: { title: "Alerts", url: page("/alerts") },
  });

export const ruleFailures = (): Panel =>
  graph({
    ...half,
    title: "Rules that fail, alerts that are dropped",
    description:
      "Can Prometheus evaluate its rules and hand alerts on? Failed evaluations and dropped alerts in each interval; both should be zero.",
    unit: UNIT.count,
    queries: [
      { expr: `sum(increase(${OWN_PROCESS.ruleFailures}[$__rate_interval]))`, legend: "failed evaluations" },
      { expr: `sum(increase(${FOREIGN.alertsDropped}[$__rate_interval]))`, legend: "dropped alerts" },
    ],
    colors: { "failed evaluations": COLORS.failed, "dropped alerts": COLORS.errored },
    calcs: ["lastNotNull", "sum"],
    empty: "Prometheus does not scrape itself",
    link: PAGE,
  });

export const escalation = (): Panel =>
  labelTable({
    title: "Alerts that climb",
    description:
      "Which alerts fire without anybody having acknowledged them, and to which level have they climbed? Zero: acknowledged.",
    unit: UNIT.count,
    width: 12,
    height: 8,
    exprs: [
      `topk(${LINES}, max by (source_alert, project, suite, environment, branch, team) (${own(CATALOGUE.alertEscalationLevel)}))`,
    ],
    columns: [
      { field: "source_alert", title: "Alert", link: { title: "Alerts", url: page("/alerts") } },
      { field: "project", title: "Project" },
      { field: "suite", title: "Suite" },
      { field: "team", title: "Team" },
      {
        field: "Value #A",
        title: "Level",
        unit: UNIT.count,
        decimals: 0,
        steps: [
          [null, COLORS.neutral],
          [1, COLORS.warning],
          [2, COLORS.critical],
        ],
      },
    ],
    sortBy: "Level",
    empty: "no alert fires",
  });

export const memory = (): Panel =>
  graph({
    ...half,
    title: "Memory",
    description: "Does Plumbline's memory grow without end? Resident memory and heap of each replica.",
    unit: UNIT.bytes,
    queries: [
      { expr: `max by (instance) (${own(OWN_PROCESS.memory)})`, legend: "{{instance}} resident" },
      { expr: `max by (instance) (${own(OWN_PROCESS.heap)})`, legend: "{{instance}} heap" },
    ],
    styles: [{ match: "/ heap$/", dashed: true }],
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const cpu = (): Panel =>
  graph({
    ...half,
    title: "CPU and event loop",
    description:
      "Is Plumbline busy? Cores used by each replica, and, to the right, the 99th percentile of how long its event loop was late.",
    unit: UNIT.plain,
    decimals: 2,
    queries: [
      { expr: `sum by (instance) (${rate(own(OWN_PROCESS.cpu))})`, legend: "{{instance}} cores" },
      { expr: `max by (instance) (${own(OWN_PROCESS.loopP99)})`, legend: "{{instance}} event loop" },
    ],
    styles: [{ match: "/ event loop$/", right: UNIT.seconds, dashed: true }],
    empty: NOT_SCRAPED,
    link: PAGE,
  });

export const builds = (): Panel =>
  labelTable({
    title: "Versions",
    description:
      "Which version runs on each replica, on which Node.js, since when, and since when has its configuration been loaded? Replicas should agree.",
    unit: UNIT.count,
    width: 24,
    height: 6,
    exprs: [
      `max by (instance, version, node) (${own(CATALOGUE.buildInfo)})`,
      `max by (instance, version, node) (${own(OWN_PROCESS.started)} * on (instance, job) group_left (version, node) ${own(CATALOGUE.buildInfo)}) * 1000`,
      `max by (instance, version, node) (${own(CATALOGUE.configReloadTime)} * on (instance, job) group_left (version, node) ${own(CATALOGUE.buildInfo)}) * 1000`,
    ],
    columns: [
      { field: "instance", title: "Replica" },
      { field: "version", title: "Version" },
      { field: "node", title: "Node.js" },
      { field: "Value #B", title: "Started", unit: UNIT.ago },
      { field: "Value #C", title: "Configuration loaded", unit: UNIT.ago },
    ],
    sortBy: "Replica",
    ascending: true,
    empty: NOT_SCRAPED,
  });
