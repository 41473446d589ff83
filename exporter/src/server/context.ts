/** Context of a report, from query parameters and form fields. One schema: validation, OpenAPI and hints come from it. */
import { z } from "zod";
import type { RunContext } from "../model/run.ts";
import { parseParameters } from "./query.ts";
import { parseTime, TIME_HELP } from "./time.ts";

const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\u0000-\u001f\u007f]*$/, "must not hold control characters");

export const contextSchema = z.strictObject({
  project: text.optional().describe("Project; default: the configuration's."),
  environment: text.optional().describe("Environment such as ci or staging; default: the configuration's."),
  suite: text.optional().describe("Run-level suite name; default: the report's own root name."),
  branch: text.optional().describe("Branch as git names it."),
  commit: text.optional().describe("Commit id."),
  run_id: text
    .optional()
    .describe("Id of the run in its CI system; parts with the same id form one run. Default: the content hash."),
  run_url: z
    .url({ protocol: /^https?$/, error: "expected an http or https address" })
    .max(2000)
    .optional()
    .describe("Address of the run in its CI system."),
  part: text.optional().describe("Name of this part of the run. With several files: put before each file's name."),
  parts: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("The run completes when so many parts are in."),
  executor: text.optional().describe("Who or what ran the tests."),
  test_plan_id: text.optional().describe("Test plan the run belongs to."),
  history: z
    .enum(["true", "false", "1", "0"])
    .optional()
    .describe("true: an old run, stored with its own times, moves no counter."),
  started_at: z.string().max(40).optional().describe(`Start of the run, over the report's own: ${TIME_HELP}.`),
  format: text.optional().describe("Format id, instead of recognising it."),
  runner_class: text.optional().describe("Kind of machine that benchmarks ran on; default: what their report says."),
  host_runner_class: text
    .optional()
    .describe("Kind of machine that sends the report; stands in where neither runner_class nor the report says it."),
  dependencies: text
    .optional()
    .describe("Identity of what the tested code depends on, such as a hash of its lock files."),
  task_id: text.optional().describe("Echoed in the acknowledgement."),
  filename: z.string().max(1000).optional().describe("Name of the file; also as header X-Plumbline-Filename."),
});

export interface ReportParameters {
  readonly context: Partial<RunContext>;
  readonly taskId: string | undefined;
  readonly fileName: string | undefined;
}

const TRACE_PARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** Wrong values are CONTEXT_INVALID, unknown names REQUEST_INVALID. */
export function parseContext(
  values: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  nowMs: number,
): ReportParameters {
  const startedAt = values.started_at === undefined ? undefined : parseTime(values.started_at, nowMs);
  const schema = values.started_at !== undefined && startedAt === undefined ? contextSchemaWithoutTime : contextSchema;
  const p = parseParameters(schema, values, "CONTEXT_INVALID");
  const { traceparent, "x-plumbline-filename": header } = headers;
  const context: Partial<RunContext> = {
    ...(p.project !== undefined && { project: p.project }),
    ...(p.environment !== undefined && { environment: p.environment }),
    suite: p.suite,
    branch: p.branch,
    commit: p.commit,
    runId: p.run_id,
    runUrl: p.run_url,
    part: p.part,
    parts: p.parts,
    executor: p.executor,
    testPlanId: p.test_plan_id,
    history: p.history === undefined ? undefined : p.history === "true" || p.history === "1",
    startedAtMs: startedAt,
    format: p.format,
    runnerClass: p.runner_class,
    hostRunnerClass: p.host_runner_class,
    dependencies: p.dependencies,
    traceParent: typeof traceparent === "string" && TRACE_PARENT.test(traceparent) ? traceparent : undefined,
  };
  const name = p.filename ?? (typeof header === "string" && header !== "" ? header : undefined);
  return { context, taskId: p.task_id, fileName: name === undefined ? undefined : safeName(name) };
}

/** The same schema with a time that never fits, so that a wrong time is reported beside all other problems. */
const contextSchemaWithoutTime = contextSchema.extend({
  started_at: z.string().refine(() => false, `expected ${TIME_HELP}`),
}) as unknown as typeof contextSchema;

/**
 * A file name as it may be shown and stored: folders stay (they tell parts apart), but nothing leads out of anywhere.
 * It is never used as a path here.
 */
export function safeName(name: string): string | undefined {
  const parts = name
    .replaceAll("\\", "/")
    .replace(/^[A-Za-z]:/, "")
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, "")
    .split("/")
    .map((part) => part.trim())
    .filter((part) => part !== "" && part !== "." && part !== "..");
  const joined = parts.join("/");
  // The end names the file.
  return joined === "" ? undefined : joined.slice(-200);
}
