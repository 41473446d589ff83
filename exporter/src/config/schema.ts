/**
 * The one declaration of every number and name a user can change: types, defaults, validation, reference table and JSON
 * Schema are derived from it. Defaults are the figures of R1 to R5. Ratios are 0 to 1, durations are in the unit their
 * name states.
 */
import { z } from "zod";
import { DEFAULT_LIMITS } from "../model/format.ts";
import { STATS } from "../model/measure.ts";
import { ERROR_TYPES } from "../model/test.ts";
import { DEFAULT_TARGETS } from "./default-targets.ts";
import { escalationSchema, notificationsSchema, sloSchema, team } from "./notification-schema.ts";

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

const worseBy = (warning: number, critical: number) =>
  z
    .strictObject({
      warning: z.number().positive().default(warning).describe("Worse by this ratio of the baseline: a warning."),
      critical: z.number().positive().default(critical).describe("Worse by this ratio: critical."),
    })
    .prefault({});

const target = z.strictObject({
  name: label.optional().describe("What people call it. Unset: its measure, statistic and place."),
  project: label.optional().describe("Only in this project; left out: any."),
  suite: label.optional().describe("Only in this suite; left out: any."),
  component: label.optional().describe("Only of this component; left out: any."),
  scenario: label.optional().describe("Only of this scenario; left out: any."),
  operation: label
    .optional()
    .describe("This operation of a load test; left out: the scenario as a whole, else each operation."),
  benchmark: label.optional().describe("Only this benchmark; left out: any."),
  measure: name.describe(
    "Of load tests: latency, requests_per_second, error_ratio; success_rate: passed of executed cases, and requests that did not fail.",
  ),
  stat: z.enum(STATS).optional().describe("Which of its statistics; left out: the plain value or the average."),
  target: z.number().describe("Green when it is met. In base units (seconds, bytes, ratio, per second)."),
  critical: z.number().optional().describe("Red beyond; left out: red when the target is missed by more than 10 %."),
  direction: z
    .enum(["higher_is_worse", "lower_is_worse"])
    .default("higher_is_worse")
    .describe("Which side of the target is bad."),
  inclusive: z.boolean().default(true).describe("A value equal to a limit meets it."),
  alert: z.boolean().default(true).describe("False: shown and judged, but nobody is alerted."),
  load: z
    .number()
    .positive()
    .optional()
    .describe("Requests per second that it is for: met below nine tenths of it, the level is unknown."),
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
  failureSeverity: z
    .enum(["critical", "warning", "info"])
    .default("warning")
    .describe("How bad one failing test of it is: critical pages, warning tells the team, info is only shown."),
  kind: z.enum(["security", "strategic"]).optional().describe("Its alerts also go to the receiver of this kind."),
  path: z.string().min(1).optional().describe("Where its tests lie in the repository; CODEOWNERS names the owner."),
});

const errorType = z.strictObject({
  type: z.enum(ERROR_TYPES).describe("What a failure is that fits."),
  pattern: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe("Regular expression, case ignored, looked for in the message (its first 500 characters) and the class."),
  errorClass: name.optional().describe("The class as the report writes it; * stands for any characters."),
  suite: label.optional().describe("Only for this suite label; * stands for any characters."),
});

const quarantined = z.strictObject({
  project: label.optional().describe("Only in this project; left out: any."),
  suite: label.optional().describe("Only in this suite; left out: any."),
  test: z
    .string()
    .min(1)
    .max(2000)
    .describe('Its name, with as much of its path as is needed ("Cart > adds an item"); * stands for any characters.'),
  owner: name.describe("Who mends it."),
  expires: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date such as 2026-12-31")
    .describe("Last day (UTC) that it holds; then failures count again."),
  reason: z.string().min(1).max(1000).optional().describe("Why, such as the address of an issue."),
});

const resource = z.strictObject({
  name: name.describe("cpu_utilization, db_connections, ..."),
  unit: label.default("value").describe("ratio, bytes, per second, value, ..."),
  query: z.string().min(1).describe("PromQL that gives one series."),
  limit: z.number().positive().optional().describe("From here on the resource counts as saturated."),
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
  runnerClass: label
    .optional()
    .describe("Kind of machine that benchmarks ran on. Unset: what their report says, else the host that ingests it."),
  suites: z.array(suite).default([]).describe("What is known of suites: owner, component, plan."),
  errorTypes: z
    .array(errorType)
    .max(200)
    .default([])
    .describe(
      "Rules that say which error_type a failure is, tried in order before the built-in ones (docs/failures.md).",
    ),
  quarantine: z
    .array(quarantined)
    .max(1000)
    .default([])
    .describe("Tests that run and are measured, but whose failures do not reject a report (docs/outcomes.md)."),
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
      infrastructureFailureRatio: ratio
        .default(0.5)
        .describe("Infrastructure suspect: more of the newest run's tests fail."),
      infrastructureErrorRatio: ratio
        .default(0.8)
        .describe("Infrastructure suspect: so many of its failing tests fail by errors of the surroundings."),
      flakyRatio: ratio.default(0.05).describe("Flaky tests of those that a suite usually executes."),
      missingRunIntervals: z
        .number()
        .gt(1)
        .default(2)
        .describe("Missing run: so many expected intervals without a new one."),
      hungRunSeconds: seconds
        .default(1800)
        .describe("Hung run: a run that waits for its parts has had none for so long (runs.hangSeconds ends it)."),
      targetWarningForSeconds: seconds.default(300).describe("How long a target must be missed."),
      targetCriticalForSeconds: seconds
        .default(60)
        .describe("How long its critical limit must be missed; below the former, so that a warning never comes first."),
      rejectedRatio: ratio.default(0.1).describe("Ingest failing: reports that could not be stored, of all."),
      rejectedMinimum: z.int().positive().default(5).describe("Ingest failing: fewer of them never alert."),
      queueLength: z.int().positive().default(200).describe("Ingest lagging: reports that wait for the writer."),
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

  deviations: z
    .strictObject({
      minimumChange: ratio.default(0.02).describe("A confirmed change for the worse below it opens nothing."),
      criticalChange: z.number().positive().default(0.25).describe("From this change on a deviation is critical."),
      newsRuns: z.int().positive().default(30).describe("An older change is history when it is first seen."),
      recoveryRuns: z.int().positive().default(3).describe("So many newest runs must be back for a deviation to end."),
      stats: z
        .array(z.enum(STATS))
        .default(["value", "avg", "p50", "p95", "p99"])
        .describe("Statistics that are judged; the others are kept and shown."),
      zWarning: z.number().positive().default(2).describe("z-score that deviates (R1); exported, does not alert."),
      zCritical: z.number().positive().default(3).describe("z-score that is critical (R1); exported, does not alert."),
      trendValues: z.int().min(3).default(10).describe("Newest values that a trend is looked for in."),
      trendR: ratio.default(0.7).describe("Least |r| of a trend."),
      trendP: ratio.default(0.05).describe("p-value of a trend is below."),
      iqrFactor: z.number().positive().default(1.5).describe("Outliers are so many interquartile ranges outside."),
      minimumBaseline: z.int().min(2).default(10).describe("Fewer values in a baseline are insufficient data."),
    })
    .prefault({})
    .describe("Deviation detection; see docs/detection.md."),

  comparison: z
    .strictObject({
      responseTime: worseBy(0.1, 0.25).describe("Everything in seconds: average, median and high percentiles."),
      throughput: worseBy(0.1, 0.25).describe("Rates of which more is better: average, median and maximum."),
      errorRate: worseBy(0.5, 1).describe("Ratios and rates of errors, failures and timeouts."),
      other: worseBy(0.1, 0.25).describe("Every other measure; where no side is known to be better, both are worse."),
      significance: z
        .number()
        .positive()
        .max(1)
        .default(0.05)
        .describe("p-value that single results must stay below, where both runs have them, for a change to count."),
      minimumSamples: z.int().min(3).default(8).describe("Fewer single results on a side are not tested."),
    })
    .prefault({})
    .describe("A run against its baseline (R1)."),

  targets: z
    .array(target)
    .default(() => z.array(target).parse(DEFAULT_TARGETS))
    .describe("What speed and quality should be (R3, R4); of several for one series the most specific holds."),
  targetFiles: z
    .array(z.string().min(1))
    .default([])
    .describe("Files with more targets (version: 1, component, scenario, targets), relative to this one."),

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
      measures: z
        .int()
        .positive()
        .default(200)
        .describe("Measure and benchmark series of one suite; the first of its report."),
      scenarios: z.int().positive().default(50).describe("Label values of scenario in each suite's load tests."),
      operations: z.int().positive().default(200).describe("Label values of operation in each suite's load tests."),
      seriesPerFamily: z.int().positive().default(50_000).describe("Series of one metric family."),
    })
    .prefault({})
    .describe("Bounds of label values; the excess folds into __overflow__ and is counted."),

  performance: z
    .strictObject({
      folder: z.string().min(1).default("reports/performance").describe("Where cycles and raw files are kept."),
      prometheus: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe("Prometheus of the environment under load. Unset: this host's own figures are taken."),
      baselineSeconds: seconds
        .default(300)
        .describe("How far back the environment's baseline reaches at 'perf begin'."),
      resources: z
        .array(resource)
        .default([
          {
            name: "cpu_utilization",
            unit: "ratio",
            query: '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[1m]))',
            limit: 0.8,
          },
          {
            name: "memory_utilization",
            unit: "ratio",
            query: "1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes)",
            limit: 0.9,
          },
          {
            name: "network",
            unit: "bytes per second",
            query: 'sum(rate(node_network_transmit_bytes_total{device!="lo"}[1m]))',
          },
          {
            name: "disk_io",
            unit: "per second",
            query: "sum(rate(node_disk_reads_completed_total[1m]) + rate(node_disk_writes_completed_total[1m]))",
          },
        ])
        .describe("What is read of the environment before and during a load (R3)."),
      build: z
        .strictObject({
          url: z
            .url({ protocol: /^https?$/ })
            .optional()
            .describe("Answers with the version that is deployed."),
          command: z.array(z.string().min(1)).min(1).optional().describe("Prints it: program and arguments, no shell."),
          pattern: z.string().min(1).optional().describe("Regular expression; its first group is the version."),
        })
        .prefault({})
        .describe("How the build under test is verified before a load; one of url and command."),
      degradationRatio: ratio.default(0.1).describe("Latency that rises by more in the course of a run is a finding."),
    })
    .prefault({})
    .describe("Performance cycles (R3): 'plumbline perf'."),

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

  notifications: notificationsSchema,
  teams: z.array(team).default([]).describe("Who owns which suites, and where their alerts go."),
  codeowners: z
    .string()
    .min(1)
    .optional()
    .describe("A CODEOWNERS file, relative to this one: gives suites with a `path` and no team theirs."),
  escalation: escalationSchema,
  slo: sloSchema,

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
      team: label.default("platform").describe("Who keeps Plumbline itself; its own alerts carry it as `team`."),
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

export { recordsRepeatSeconds, SHARED_RECEIVERS, TEAM_RECEIVERS } from "./notification-schema.ts";
export type Config = z.infer<typeof configSchema>;
/** The configuration of somebody who wrote none. */
export const defaultConfig = (): Config => configSchema.parse({});
