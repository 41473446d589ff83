/**
 * The one declaration of every number and name a user can change: types, defaults, validation, reference table and JSON
 * Schema are derived from it. Defaults are the figures of R1 to R5. Ratios are 0 to 1, durations are in the unit their
 * name states.
 */
import { z } from "zod";
import { DEFAULT_LIMITS } from "../model/format.ts";

const ratio = z.number().min(0).max(1);
const seconds = z.number().positive();
const name = z.string().min(1).max(200);
const label = name.regex(/^[^\u0000-\u001f\u007f]*$/, "must not hold control characters");

const measureLimit = z.strictObject({
  measure: name.describe("Measure the limit is for, such as api_response_time."),
  stat: z.enum(["avg", "min", "max", "p50", "p75", "p95", "p99", "value"]).describe("Which of its statistics."),
  warning: z.number().describe("Limit in base units (seconds, bytes, ratio, per second)."),
  critical: z.number().describe("Limit in base units."),
  direction: z.enum(["higher_is_worse", "lower_is_worse"]).default("higher_is_worse").describe("Which side is bad."),
});

const hostPort = z
  .string()
  .regex(/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, "must be HOST:PORT")
  .describe("HOST:PORT");

const suite = z.strictObject({
  project: label.optional().describe("Only for this project; left out: any."),
  suite: label.describe("Suite label this entry describes."),
  team: label.optional().describe("Owner, for routing. Unset: unowned."),
  component: label.optional().describe("Part of the product that it tests."),
  expectedDurationSeconds: seconds.optional().describe("Planned run time; unset: the median of its recent good runs."),
  expectedIntervalSeconds: seconds.optional().describe("How often it should run."),
  expectedCases: z.int().positive().optional().describe("How many cases it should hold."),
});

/** A receiver gets its address from a file when it is secret: Alertmanager does not expand environment variables. */
const receiver = z.strictObject({
  webhookUrl: z.url({ protocol: /^https?$/ }).describe("Address that gets Alertmanager's webhook message."),
});

export const configSchema = z.strictObject({
  project: label.default("default").describe("Project of reports that name none."),
  environment: label.default("ci").describe("Environment of reports that name none."),
  branches: z
    .array(label)
    .min(1)
    .default(["main", "master", "develop", "release/*"])
    .describe("Branch names and patterns (* within a name) exposed as label; all else is pull_request."),
  defaultBranch: label.default("main").describe("Branch of reports that name none."),
  suites: z.array(suite).default([]).describe("What is known of suites: owner, component, plan."),
  store: z.string().min(1).default("sqlite:./data/plumbline.db").describe("Where runs are kept: sqlite:PATH."),

  thresholds: z
    .strictObject({
      failureRatio: ratio.default(0.1).describe("Test failure spike: failed and errored of executed."),
      failureForSeconds: seconds.default(300).describe("How long the failure ratio must stay above."),
      failureMinimumExecutions: z.int().positive().default(20).describe("Fewer executions never page."),
      failureWindowSeconds: seconds.default(900).describe("Window of the failure rate of suites that run often."),
      responseTimeWarningSeconds: seconds.default(0.2).describe("Average response time, warning line."),
      responseTimeCriticalSeconds: seconds.default(0.5).describe("Average response time, critical line."),
      responseTimeP95WarningSeconds: seconds.default(0.5).describe("95th percentile, warning line."),
      responseTimeP95CriticalSeconds: seconds.default(1).describe("95th percentile, critical line."),
      performancePageSeconds: seconds.default(1).describe("Performance degradation: average response time that pages."),
      performanceForSeconds: seconds.default(600).describe("How long the average must stay above."),
      performanceMinimumSamples: z
        .int()
        .positive()
        .default(5)
        .describe("An average of fewer samples never pages; applies where the report states a count."),
      slowRunFactor: z.number().gt(1).default(1.5).describe("Test execution slow: times the expected duration."),
      slowRunMinimumExcessSeconds: z
        .number()
        .min(0)
        .default(1)
        .describe("Test execution slow: a run must also be longer than expected by this much."),
      coverageRatio: ratio.default(0.95).describe("Coverage drop: line coverage below."),
      downForSeconds: seconds.default(60).describe("Plumbline down: how long no replica answers its scrape."),
      keepFiringSeconds: seconds
        .default(120)
        .describe(
          "An alert resolves only after this long without its condition, so a restart of Plumbline sends nothing.",
        ),
    })
    .prefault({})
    .describe("Limits of alerts and of dashboard lines (R1)."),

  measures: z
    .strictObject({
      responseTime: z
        .array(name)
        .default(["api_response_time", "database_query_time", "page_load_time"])
        .describe("Measures that count as response time in panel and alert."),
      limits: z
        .array(measureLimit)
        .default([
          { measure: "api_response_time", stat: "avg", warning: 0.2, critical: 0.5, direction: "higher_is_worse" },
          { measure: "api_response_time", stat: "p95", warning: 0.5, critical: 1, direction: "higher_is_worse" },
        ])
        .describe("Limits counted as violations in performance summaries."),
    })
    .prefault({})
    .describe("Named performance measures (R1)."),

  reports: z
    .strictObject({
      minimumCoverageRatio: ratio.default(0.8).describe("A report below is rejected in its acknowledgement (R5)."),
    })
    .prefault({})
    .describe("Acknowledgement of submitted reports."),

  runs: z
    .strictObject({
      hangSeconds: seconds
        .default(3600)
        .describe("A run that waits for its parts and gets none for so long completes as partial (R5)."),
      quietSeconds: seconds.default(10).describe("A run of unknown parts completes this long after its last part."),
    })
    .prefault({})
    .describe("When a run counts as complete."),

  metrics: z
    .strictObject({
      scrapeIntervalSeconds: seconds.default(5).describe("Prometheus' interval; dashboards and zero hold follow it."),
      zeroHoldIntervals: z
        .number()
        .min(0)
        .default(2)
        .describe("A new counter is exposed as 0 for so many scrape intervals."),
      createdTimestamps: z.boolean().default(false).describe("Write _created lines (OpenMetrics)."),
      errorWindowSeconds: seconds.default(7200).describe("Window of affected tests and last occurrences."),
      caseDurationBoundsSeconds: z
        .array(seconds)
        .min(1)
        .default([0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30, 60])
        .describe("Histogram bounds of case durations, ascending."),
      runDurationBoundsSeconds: z
        .array(seconds)
        .min(1)
        .default([1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200])
        .describe("Histogram bounds of run durations, ascending."),
      loadtestLatencyBoundsSeconds: z
        .array(seconds)
        .min(1)
        .default([...DEFAULT_LIMITS.latencyBounds])
        .describe("Histogram bounds of load-test latencies, ascending."),
    })
    .prefault({})
    .describe("What /metrics shows."),

  labels: z
    .strictObject({
      projects: z.int().positive().default(50).describe("Label values of project."),
      suitesPerProject: z.int().positive().default(500).describe("Label values of suite in each project."),
      environments: z.int().positive().default(20).describe("Label values of environment."),
      branches: z.int().positive().default(20).describe("Label values of branch."),
      measures: z.int().positive().default(200).describe("Measure series of one suite."),
      seriesPerFamily: z.int().positive().default(50_000).describe("Series of one metric family."),
    })
    .prefault({})
    .describe("Bounds of label values; the excess folds into __overflow__ and is counted."),

  limits: z
    .strictObject({
      maxReportBytes: z
        .int()
        .positive()
        .default(4 * 1024 ** 3)
        .describe("Uncompressed size of one report."),
      maxTextBytes: z
        .int()
        .positive()
        .default(32 * 1024 ** 2)
        .describe("One text node or string inside a report."),
      maxDocumentBytes: z
        .int()
        .positive()
        .default(256 * 1024 ** 2)
        .describe("A format that is held whole (JSON)."),
      maxDepth: z.int().positive().default(500).describe("Nesting inside a report."),
      maxPartsPerRequest: z.int().positive().default(500).describe("Files in one multipart upload."),
    })
    .prefault({})
    .describe("Bounds that keep bad input harmless."),

  notifications: z
    .strictObject({
      pager: receiver.prefault({ webhookUrl: "http://inbox:10971/pager" }).describe("Critical alerts, at once."),
      team: receiver.prefault({ webhookUrl: "http://inbox:10971/team" }).describe("Warnings, grouped."),
      groupWaitSeconds: seconds.default(10).describe("First message of a group; also what 'at once' means."),
      groupIntervalSeconds: seconds.default(60).describe("Next message of a changed group."),
      repeatIntervalSeconds: seconds.default(14_400).describe("Reminder of an unchanged group."),
    })
    .prefault({})
    .describe("Where Alertmanager sends."),

  addresses: z
    .strictObject({
      plumbline: z
        .string()
        .default("http://127.0.0.1:10970")
        .describe("External address, for links in alerts and panels."),
      grafana: z.string().default("http://127.0.0.1:3000").describe("External address of Grafana."),
    })
    .prefault({})
    .describe("Addresses in links."),

  stack: z
    .strictObject({
      plumbline: z
        .array(hostPort)
        .min(1)
        .default(["plumbline:10970"])
        .describe("What Prometheus scrapes: every replica."),
      prometheus: hostPort.default("prometheus:9090").describe("Where Grafana finds Prometheus."),
      alertmanager: z
        .array(hostPort)
        .min(1)
        .default(["alertmanager:9093"])
        .describe("Where Prometheus sends alerts; Grafana asks the first."),
    })
    .prefault({})
    .describe("How the parts of the stack reach each other; the defaults are the names of docker-compose.yml."),
});

export type Config = z.infer<typeof configSchema>;
/** The configuration of somebody who wrote none. */
export const defaultConfig = (): Config => configSchema.parse({});
