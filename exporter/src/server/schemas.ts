/**
 * Every response of the API, declared once: the OpenAPI document is made from these, and tests hold real responses
 * against them. Objects are closed; a field that may be absent is optional, never an invented zero.
 */
import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../errors.ts";
import { STATS, UNITS } from "../model/measure.ts";
import { RUN_STATUSES } from "../model/run.ts";
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
      }),
    ),
  })
  .meta({ id: "RunDetail" });

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
    coverage: coverage.optional(),
    failures: z
      .array(
        z.strictObject({ test: z.string(), file: z.string().optional(), line: z.int().optional(), error: z.string() }),
      )
      .describe("The first 50 of this report."),
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
