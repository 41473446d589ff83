/** Plumbline itself: whether what every other dashboard shows can be believed. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { FOREIGN } from "../../prometheus/src/foreign.ts";
import { base } from "../../prometheus/src/links.ts";
import { PLUMBLINE_JOB } from "../../prometheus/src/promql.ts";
import { plumblineAlerts } from "./annotations.ts";
import { type Dashboard, dashboard } from "./helper.ts";
import {
  bytesReceived,
  configurationLoaded,
  detectionDelay,
  fullestFamily,
  ingestRate,
  ingestSeconds,
  queueCourse,
  queueNow,
  rejectedPart,
  rejectionsByCode,
  replicasUp,
  storeNow,
} from "./panels/plumbline.ts";
import {
  alertSteps,
  builds,
  cpu,
  escalation,
  folded,
  memory,
  messages,
  ruleFailures,
  samples,
  scrapes,
  seriesByFamily,
  storeCourse,
} from "./panels/plumbline-stack.ts";

export const plumblineItself = (config: Config): Dashboard =>
  dashboard({
    name: "plumbline",
    title: "Plumbline itself",
    description:
      "Whether what the other dashboards show can be believed: scrapes, ingest, series budget, alerts, process.",
    from: "now-6h",
    refresh: "30s",
    plumblineUrl: base(config.addresses.plumbline),
    variables: [
      {
        name: "instance",
        label: "Replica",
        query: `label_values(${FOREIGN.up}{job="${PLUMBLINE_JOB}"}, instance)`,
      },
    ],
    annotations: [plumblineAlerts],
    rows: [
      {
        title: "Is it well?",
        lines: [
          [replicasUp(), queueNow(config), rejectedPart(config), fullestFamily(), storeNow(), configurationLoaded()],
        ],
      },
      {
        title: "Does it take in what is sent?",
        lines: [
          [ingestRate(), rejectionsByCode()],
          [ingestSeconds(), detectionDelay(config)],
          [queueCourse(config), bytesReceived()],
        ],
      },
      {
        title: "Does Prometheus get it, within bounds?",
        lines: [
          [scrapes(config), samples()],
          [seriesByFamily(), folded()],
        ],
      },
      {
        title: "Do alerts arrive?",
        lines: [
          [alertSteps(), messages()],
          [ruleFailures(), escalation()],
        ],
      },
      { title: "What does it need?", lines: [[memory(), cpu()], [storeCourse(24)], [builds()]] },
    ],
  });
