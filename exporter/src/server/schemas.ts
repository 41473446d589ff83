/**
 * Every response of the API, declared once: the OpenAPI document is made from these, and tests hold real responses
 * against them. Objects are closed; a field that may be absent is optional, never an invented zero.
 */
import { z } from "zod";
import { LEVELS } from "../analysis/levels.ts";
import { FLAKY_STATES } from "../analysis/outcomes/flaky.ts";
import { ERROR_CODES, type ErrorCode } from "../errors.ts";
import { DEVIATION_STATUSES } from "../model/deviation.ts";
import { STATS, UNITS } from "../model/measure.ts";
import { RUN_STATUSES } from "../model/run.ts";
import { SERIES_KINDS } from "../model/series.ts";
import { ERROR_TYPES, OUTCOMES } from "../model/test.ts";

const count = z.int().min(0);
const ms = z.number().describe("Milliseconds since the epoch, UTC.");
const seconds = z.number().min(0);
const ratio = z.number().min(0).max(1);
const percent = z
  .number()
  .min(0)
  .max(100)
  .nullable()
  .describe("Percent to 2 decimals; null when nothing was executed.");

export const outcomeCounts = z
  .strictObject({ passed: count, failed: count, errored: count, skipped: count })
  .meta({ id: "OutcomeCounts", description: "Cases by final result; results exclude each other, the sum is all." });

export const coverage = z
  .strictObject({
    lineRatio: ratio.optional(),
    branchRatio: ratio.optional(),
    functionRatio: ratio.optional(),
    uncoveredFiles: z.array(z.string()).optional(),
  })
  .meta({ id: "Coverage" });

const runShape = {
  id: z.string().describe("Stable uuid."),
  project: z.string(),
  environment: z.string(),
  runId: z.string(),
  suites: z.array(z.string()),
  branch: z.string().optional(),
  branchLabel: z.string().describe("As exposed in metrics: a configured name or pattern, else pull_request."),
  commit: z.string().optional(),
  runUrl: z.string().optional(),
  executor: z.string().optional(),
  framework: z.string().optional(),
  status: z.enum(RUN_STATUSES),
  state: z
    .enum(["partial", "error", "cancelled"])
    .optional()
    .describe("Worst that a report said of its end, or that the run was ended with; absent when all is well."),
  startedAtMs: ms,
  endedAtMs: ms,
  receivedAtMs: ms,
  completedAtMs: ms.optional(),
  history: z.boolean(),
  partsReceived: count,
  partsExpected: count.optional(),
  durationSeconds: seconds,
  counts: outcomeCounts,
  retries: count,
  flaky: count,
};
export const runSummary = z.strictObject(runShape).meta({ id: "Run" });

const warning = z.strictObject({ code: z.string(), message: z.string(), line: z.int().optional() });

const better = z
  .enum(["lower", "higher"])
  .describe("Which way it gets better; absent when that is not known, so that a change has no bad side.");

const loadResult = z
  .strictObject({
    suite: z.string(),
    scenario: z.string().optional(),
    operation: z.string().optional().describe("Absent: all operations of the scenario together."),
    requests: count.optional(),
    failures: count.optional(),
    requestsPerSecond: z.number().optional(),
    receivedBytesPerSecond: z.number().optional(),
    latency: z.partialRecord(z.enum(STATS), seconds).describe("Seconds by statistic."),
    histogram: z
      .strictObject({ bounds: z.array(seconds), counts: z.array(count), sum: seconds })
      .optional()
      .describe("Requests per bucket, not cumulative, one more than bounds. Only from single requests."),
    slices: z
      .array(
        z.strictObject({
          startedAtMs: ms,
          seconds,
          requests: count,
          failures: count,
          avgSeconds: seconds.optional(),
          p95Seconds: seconds.optional(),
          users: z.number().optional(),
        }),
      )
      .optional()
      .describe("The course of the test; of the first results that fit 5000 in one answer."),
    users: z.number().optional(),
  })
  .meta({ id: "LoadResult", description: "One operation of a load test. What the tool does not state is absent." });

export const runDetail = z
  .strictObject({
    ...runShape,
    suiteResults: z.array(
      z.strictObject({
        suite: z.string(),
        counts: outcomeCounts,
        retries: count,
        flaky: count,
        durationSeconds: seconds,
        startedAtMs: ms,
        endedAtMs: ms,
        status: z.enum(RUN_STATUSES),
        coverage: coverage.optional(),
      }),
    ),
    coverageFiles: z
      .array(
        z.strictObject({
          suite: z.string(),
          path: z.string(),
          lineRatio: ratio.optional(),
          branchRatio: ratio.optional(),
          functionRatio: ratio.optional(),
          uncoveredLines: z.string().optional().describe('Such as "3-5, 9"; absent when the report names no lines.'),
        }),
      )
      .optional()
      .describe("The first 200 files, most uncovered lines first; absent when no report told of files."),
    parts: z.array(
      z.strictObject({
        name: z.string(),
        format: z.string(),
        source: z.string(),
        contentHash: z.string(),
        receivedAtMs: ms,
        cases: count,
        warnings: z.array(warning),
      }),
    ),
    measures: z.array(
      z.strictObject({
        suite: z.string(),
        kind: z.enum(["benchmark", "measure"]),
        name: z.string(),
        measure: z.string(),
        stat: z.enum(STATS),
        value: z.number(),
        unit: z.enum(UNITS),
        sourceValue: z.number(),
        sourceUnit: z.string().optional(),
        component: z.string().optional(),
        scenario: z.string().optional(),
        tags: z.record(z.string(), z.string()).optional(),
        better: better.optional(),
        samples: z
          .array(z.number())
          .optional()
          .describe("Single results behind the value, evenly chosen: at most 100, and 20 000 in one answer."),
        runnerClass: z.string().optional().describe("Of a benchmark: the kind of machine it ran on."),
      }),
    ),
    loadResults: z.array(loadResult),
  })
  .meta({ id: "RunDetail" });

const signature = z
  .string()
  .describe("Known by the test and its message without times, ids and numbers: the same in every run.");

export const caseRecord = z
  .strictObject({
    testId: z.string().describe("For /tests/{id}/history."),
    suite: z.string(),
    path: z.array(z.string()).describe("Suites inside the report and class name, outermost first."),
    name: z.string(),
    attempt: z.int(),
    outcome: z.enum(OUTCOMES),
    durationSeconds: seconds.optional(),
    file: z.string().optional(),
    line: z.int().optional(),
    errorType: z.enum(ERROR_TYPES).optional(),
    errorClass: z.string().optional(),
    signature: signature.optional(),
    message: z.string().optional(),
    stack: z.string().optional(),
    expected: z.string().optional(),
    actual: z.string().optional(),
    output: z.string().optional(),
    attachments: z.array(z.strictObject({ kind: z.string(), path: z.string() })),
  })
  .meta({ id: "Case" });

export const paged = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().optional().describe("Absent on the last page."),
  });

export const executionSummary = z
  .strictObject({
    runs: count,
    counts: outcomeCounts,
    total: count,
    executed: count,
    passRatePercent: percent,
    averageDurationSeconds: seconds.nullable(),
    startedAtMs: ms.nullable(),
    endedAtMs: ms.nullable(),
  })
  .meta({ id: "ExecutionSummary" });

export const performanceSummary = z
  .strictObject({
    component: z.string().optional(),
    scenario: z.string().optional(),
    measure: z.string(),
    stat: z.string(),
    unit: z.string(),
    average: z.number(),
    min: z.number(),
    max: z.number(),
    p95: z.number().describe("Linear interpolation."),
    samples: count,
    warningViolations: count.nullable().describe("null: the measure has no limit."),
    criticalViolations: count.nullable(),
  })
  .meta({ id: "PerformanceSummary" });

const seriesShape = {
  id: z.string(),
  project: z.string(),
  suite: z.string(),
  environment: z.string(),
  branch: z.string(),
  kind: z.enum(SERIES_KINDS),
  name: z.string().optional(),
  measure: z.string(),
  stat: z.enum(STATS),
  unit: z.enum(UNITS),
  component: z.string().optional(),
  scenario: z.string().optional(),
  operation: z.string().optional(),
  runnerClass: z.string().optional(),
  better: better.optional(),
};
export const series = z.strictObject(seriesShape).meta({ id: "Series" });

const optionalText = z.string().optional();
export const targetReport = z
  .strictObject({
    name: z.string(),
    level: z.enum(LEVELS).describe("The worst of its results; unknown when no newest run has a value."),
    target: z.strictObject({
      name: optionalText,
      project: optionalText,
      suite: optionalText,
      component: optionalText,
      scenario: optionalText,
      operation: optionalText,
      benchmark: optionalText,
      measure: z.string(),
      stat: z.enum(STATS).optional(),
      target: z.number(),
      critical: z.number().optional(),
      direction: z.enum(["higher_is_worse", "lower_is_worse"]),
      inclusive: z.boolean(),
      load: z.number().optional(),
    }),
    results: z.array(
      z.strictObject({
        scope: z.strictObject({
          project: z.string(),
          suite: z.string(),
          environment: z.string(),
          branch: z.string(),
        }),
        current: z.strictObject({
          kind: z.enum(SERIES_KINDS),
          benchmark: optionalText,
          component: optionalText,
          scenario: optionalText,
          operation: optionalText,
          runnerClass: optionalText,
          measure: z.string(),
          stat: z.enum(STATS),
          unit: z.enum(UNITS),
          value: z.number(),
          requestsPerSecond: z.number().optional(),
        }),
        level: z.enum(LEVELS),
        near: z.boolean().describe("Meets its target by less than a tenth of it."),
        margin: z
          .number()
          .optional()
          .describe("How far on the good side of the target, as a ratio of it; negative: missed."),
        reason: optionalText.describe("Why the level is unknown although there is a value."),
      }),
    ),
  })
  .meta({ id: "TargetReport" });

export const seriesHistory = z
  .strictObject({
    series,
    points: z.array(
      z.strictObject({
        runId: z.string(),
        runUuid: z.string(),
        commit: z.string().optional(),
        status: z.enum(RUN_STATUSES).describe("Of the run: a value of a partial run may be of half a test."),
        endedAtMs: ms,
        value: z.number(),
      }),
    ),
  })
  .meta({ id: "SeriesHistory" });

const { id: _seriesId, better: _better, ...seriesKeyShape } = seriesShape;
const deviationShape = {
  id: z.string(),
  series: z.strictObject({
    ...seriesKeyShape,
    id: z.string().optional().describe("Absent: no run has a value of it any more."),
  }),
  status: z.enum(DEVIATION_STATUSES),
  severity: z.enum(["warning", "critical"]),
  summary: z.string().describe("One sentence with its numbers."),
  before: z.number().describe("Level before, in the unit of the series."),
  after: z.number(),
  pValue: z.number(),
  direction: z.enum(["up", "down"]),
  sinceRun: z.string().describe("Uuid of the first run of the worse level."),
  sinceMs: ms,
  openedAtMs: ms,
  endedAtMs: ms.optional(),
  acknowledgedUntilMs: ms.optional(),
  acknowledgedBy: z.string().optional(),
  reason: z.string().optional().describe("Why it was acknowledged or accepted."),
};
export const deviation = z.strictObject(deviationShape).meta({ id: "Deviation" });
export const deviationDetail = z
  .strictObject({
    ...deviationShape,
    record: z.record(z.string(), z.unknown()).optional().describe("The analysis record (R1)."),
  })
  .meta({ id: "DeviationDetail" });

const knownSuiteShape = {
  project: z.string(),
  suite: z.string(),
  retiredAtMs: ms.optional().describe("Absent: it is not retired."),
  lastRunAtMs: ms.optional().describe("End of its newest complete run; absent: it has none."),
  formerNames: z.array(z.string()).describe("Earlier labels; reports that come under them are of this suite."),
};
export const knownSuite = z.strictObject(knownSuiteShape).meta({ id: "Suite" });
export const changedSuite = z
  .strictObject({
    ...knownSuiteShape,
    configured: z
      .array(z.string())
      .describe("Places of the configuration that name it, of a rename: by its old label."),
  })
  .meta({ id: "ChangedSuite" });

export const baseline = z
  .strictObject({
    project: z.string(),
    environment: z.string(),
    name: z.string(),
    savedAtMs: ms,
    run: runSummary.describe("Not deleted as long as a baseline names it."),
  })
  .meta({ id: "Baseline" });

const quarantineEntryShape = {
  owner: z.string(),
  expires: z.string().describe("Last day (UTC) that it holds."),
  reason: optionalText,
};
const scopeShape = { project: z.string(), suite: z.string(), environment: z.string(), branch: z.string() };
const runLinkShape = { runId: z.string(), runUuid: z.string(), endedAtMs: ms };
const testPlaceShape = {
  ...scopeShape,
  testId: z.string().describe("For /tests/{id}/history."),
  path: z.array(z.string()),
  name: z.string(),
  lastFailure: z
    .strictObject({
      ...runLinkShape,
      commit: optionalText,
      signature: signature.optional(),
      passedOnRetry: z.boolean(),
    })
    .optional(),
  quarantine: z.strictObject({ ...quarantineEntryShape, state: z.enum(["active", "expired"]) }).optional(),
};
const healthSuites = z
  .array(
    z.strictObject({
      ...scopeShape,
      runs: count,
      suspectRuns: z
        .array(z.strictObject({ ...runLinkShape, failed: count, executed: count }))
        .describe("Most cases failed, where that is not usual: they are not counted."),
      cases: count.describe("Of the newest run."),
      troubled: count.describe("Tests that failed or were tried again in a counted run."),
      gone: count.describe("Those of them that the newest runs do not hold any more."),
    }),
  )
  .describe("What the answer rests on.");

export const flakyReport = z
  .strictObject({
    tests: z
      .array(
        z.strictObject({
          ...testPlaceShape,
          state: z.enum(FLAKY_STATES),
          score: ratio.optional().describe("Proofs of runs; absent for a new test."),
          interval: z.array(ratio).length(2).optional().describe("95 % interval of the rate behind the score."),
          runs: count,
          failures: count,
          transitions: count.describe("Changes between passing and failing."),
          proofs: z.strictObject({ retries: count, sameCommit: count, episodes: count }),
        }),
      )
      .describe("The worst first."),
    states: z.record(z.enum(FLAKY_STATES), count).describe("All tests that ever failed in these runs."),
    more: count.describe("Beyond the limit."),
    suites: healthSuites,
  })
  .meta({ id: "FlakyReport" });

export const defectReport = z
  .strictObject({
    defects: z
      .array(
        z.strictObject({
          ...testPlaceShape,
          state: z.enum(["confirmed", "suspected"]),
          doubts: z.array(
            z.enum(["too_few_runs", "signatures_differ", "previous_version_unknown", "previous_version_failed"]),
          ),
          signature: signature.optional(),
          failures: count.describe("In a row, the newest run the last of them."),
          lastGood: z.string().optional().describe("Commit that passed last."),
          firstBad: z.string().optional().describe("Commit that failed first."),
          testState: z.enum(FLAKY_STATES).describe("Of the test: a defect of a flaky one may be none."),
        }),
      )
      .describe("Confirmed ones first, then by failures in a row."),
    confirmed: count,
    suspected: count,
    more: count.describe("Beyond the limit."),
    suites: healthSuites,
  })
  .meta({ id: "DefectReport" });

const quarantinedFailure = z.strictObject({
  test: z.string().describe("With its path."),
  suite: z.string(),
  ...quarantineEntryShape,
  signature: signature.optional(),
});
export const runQuarantine = z
  .strictObject({
    failures: z.array(quarantinedFailure).describe("Failed and errored tests that the quarantine puts up with."),
    others: count.describe("Failed and errored tests that count; at least so many when there are thousands."),
  })
  .meta({ id: "RunQuarantine" });

export const failureGroup = z
  .strictObject({
    errorType: z.enum(ERROR_TYPES),
    message: z.string(),
    count,
    affectedTests: count,
    firstAtMs: ms,
    lastAtMs: ms,
    exampleTests: z.array(z.string()),
    lastRun: z.string(),
  })
  .meta({ id: "FailureGroup" });

export const dailyPoint = z
  .strictObject({
    day: z.string().describe("YYYY-MM-DD, UTC."),
    runs: count,
    counts: outcomeCounts,
    passRatePercent: percent,
    averageRunSeconds: seconds.nullable(),
  })
  .meta({ id: "DailyPoint" });

export const testHistory = z
  .strictObject({
    test: z.strictObject({ testId: z.string(), suite: z.string(), path: z.array(z.string()), name: z.string() }),
    points: z.array(
      z.strictObject({
        run: runSummary,
        attempt: z.int(),
        outcome: z.enum(OUTCOMES),
        durationSeconds: seconds.optional(),
        message: z.string().optional(),
      }),
    ),
  })
  .meta({ id: "TestHistory" });

export const facets = z
  .strictObject({
    projects: z.array(z.string()),
    environments: z.array(z.string()),
    suites: z.array(z.string()),
    branches: z.array(z.string()),
  })
  .meta({ id: "Facets" });

export const formatInfo = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    yields: z.enum(["tests", "measures", "coverage"]),
    tools: z.array(z.string()),
    extensions: z.array(z.string()),
    reads: z.enum(["stream", "document"]),
    notes: z.string().optional(),
  })
  .meta({ id: "Format" });

export const deleted = z
  .strictObject({ id: z.string(), project: z.string(), environment: z.string(), runId: z.string() })
  .meta({ id: "DeletedRun" });

export const problem = z
  .strictObject({
    type: z.string().describe("Address of the page that explains the code."),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
    hint: z.string(),
    place: z.strictObject({ file: z.string(), line: z.int().optional(), column: z.int().optional() }).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem document." });

/** R5 names the first fields, hence their spelling. */
export const acknowledgement = z
  .strictObject({
    type: z.literal("test-report-ack"),
    task_id: z.string().nullable(),
    status: z.enum(["approved", "rejected"]),
    message: z.string(),
    required_actions: z.array(z.string()),
    next_action: z.enum(["create-pr", "fix-and-rerun", "add-tests-and-rerun"]),
    outcome: z.enum(["stored", "duplicate"]),
    name: z.string().describe("File name."),
    format: z.string(),
    part: z.string(),
    run: runSummary.describe("After this report; of a batch, after all of it."),
    state: z
      .enum(["partial", "error", "cancelled"])
      .optional()
      .describe("What the report says of itself when it did not end well; absent otherwise."),
    counts: outcomeCounts.describe("Of this report alone."),
    measures: count,
    loadResults: count.describe("Operations and totals of load tests."),
    coverage: coverage.optional(),
    failures: z
      .array(
        z.strictObject({
          test: z.string(),
          file: z.string().optional(),
          line: z.int().optional(),
          error: z.string(),
          signature: signature.optional(),
        }),
      )
      .describe("The first 50 of this report."),
    quarantined: z.array(quarantinedFailure).describe("Of the whole run: failures that do not reject. The first 50."),
    warnings: z.array(warning),
    links: z.strictObject({ run: z.string(), api: z.string() }),
  })
  .meta({ id: "Acknowledgement" });

export const refusedFile = z
  .strictObject({
    type: z.literal("test-report-ack"),
    task_id: z.string().nullable(),
    status: z.literal("rejected"),
    message: z.string(),
    required_actions: z.array(z.string()),
    next_action: z.literal("fix-and-rerun"),
    outcome: z.literal("refused"),
    name: z.string(),
    problem,
  })
  .meta({ id: "RefusedFile", description: "A file of a batch of which nothing was stored." });

export const batchAcknowledgement = z
  .strictObject({
    type: z.literal("test-report-ack-batch"),
    status: z.enum(["approved", "rejected"]).describe("approved only when every file is."),
    message: z.string(),
    results: z.array(z.discriminatedUnion("outcome", [acknowledgement, refusedFile])).describe("In the order sent."),
  })
  .meta({ id: "BatchAcknowledgement" });

/** Prometheus' envelope. */
export const envelope = <T extends z.ZodType>(data: T) => z.strictObject({ status: z.literal("success"), data });
