/**
 * `POST /api/v1/reports`: the way in. The handler reads the socket itself, without a body parser: a report is complete
 * and hashed in memory or on disk before the ingest hears of it, and a broken upload leaves nothing behind.
 */
import { AppError, atPlace, toAppError } from "../../errors.ts";
import { jointParts, jointRunId, partName } from "../../ingest/joint-run.ts";
import type { Receipt, Submission } from "../../ingest/types.ts";
import { NO_QUARANTINE, quarantinedFailures, type RunQuarantine } from "../../reports/quarantined-failures.ts";
import { judge } from "../acknowledge.ts";
import type { RawRoute, RequestContext } from "../api.ts";
import { type ByteSink, contentDecoder, gzipFileDecoder, pump } from "../body.ts";
import { contextSchema, parseContext, type ReportParameters } from "../context.ts";
import type { ServerDeps, ServerState } from "../deps.ts";
import { type FormFile, receiveForm } from "../multipart.ts";
import { answerJson, isFault, problemOf, requestError } from "../problem.ts";
import { queryOf } from "../query.ts";
import { acknowledgement, batchAcknowledgement } from "../schemas.ts";
import type { ByteBudget, SpoolArea, Spooled } from "../spool.ts";

const IDLE_BODY_MS = 60_000;
/** As many as failures in a receipt. */
const MAX_QUARANTINED = 50;
const binary = { schema: {} };

export function reportsRoute(area: SpoolArea, state: ServerState): RawRoute {
  return {
    kind: "raw",
    method: "post",
    path: "/reports",
    operationId: "submitReport",
    summary: "Stores a test report (or several) and answers with the acknowledgement.",
    description:
      "Any format of /formats, as the raw body with any content type, or as multipart/form-data with one or more files " +
      "(fields are the same as the query parameters and win over them). Plain, with Content-Encoding: gzip, or a gzip file. " +
      "Idempotent by run id, part and content. With several files each has its own result and the good ones are stored; without " +
      "a run id they are one run, and when one of them is refused the run ends as partial.",
    query: contextSchema,
    requestTypes: {
      "application/octet-stream": binary,
      "application/xml": binary,
      "application/json": binary,
      "multipart/form-data": { schema: { type: "object", additionalProperties: true } },
    },
    responses: {
      "200": { description: "Already stored; nothing changed.", schema: acknowledgement.or(batchAcknowledgement) },
      "201": { description: "Stored, durably.", schema: acknowledgement.or(batchAcknowledgement) },
      "207": { description: "Some files of a batch were stored, others refused.", schema: batchAcknowledgement },
    },
    errors: [
      "INPUT_EMPTY",
      "INPUT_TOO_LARGE",
      "INPUT_CUT",
      "INPUT_ENCODING",
      "FORMAT_UNKNOWN",
      "FORMAT_SYNTAX",
      "FORMAT_SCHEMA",
      "FORMAT_HOSTILE",
      "CONTEXT_INVALID",
      "STORE_CONFLICT",
      "STORE_BUSY",
      "STORE_FULL",
      "SHUTTING_DOWN",
    ],
    async handle(context) {
      try {
        if (state.closing) throw new AppError("SHUTTING_DOWN", "the server takes no more reports");
        if (isForm(context)) await takeForm(context, area);
        else await takeBody(context, area);
      } catch (error) {
        // Faults are logged where all faults of requests are.
        noteRefusal(context.deps, requestError(error), isFault(requestError(error)));
        throw error;
      }
    },
  };
}

/** Whoever runs the server must be able to see why reports are missing, even when their senders look away. */
function noteRefusal({ log, processMetrics }: ServerDeps, error: AppError, logged = false): void {
  processMetrics.ingest.rejected(error.code);
  if (logged) return;
  const fields = { code: error.code, error };
  if (isFault(error)) log.error("report failed", fields);
  else log.info("report refused", fields);
}

const isForm = ({ request }: RequestContext): boolean =>
  /^multipart\/form-data\b/i.test(request.headers["content-type"] ?? "");

async function takeBody(context: RequestContext, area: SpoolArea): Promise<void> {
  const { deps, request, response } = context;
  const parameters = parseContext(queryOf(request.url), request.headers, deps.now());
  const length = request.headers["content-length"];
  const announced = length === undefined ? undefined : Number(length);
  const budget = budgetOf(deps, announced);
  const spool = area.spool(budget, announced);
  try {
    let spooled: Spooled | undefined;
    const sink: ByteSink = {
      write: (chunk) => spool.write(chunk),
      async end() {
        spooled = await spool.end();
      },
      abort: () => undefined,
    };
    await pump(request, contentDecoder(request, gzipFileDecoder(sink)), deps.idleBodyMs ?? IDLE_BODY_MS);
    const name = parameters.fileName ?? "report";
    const receipt = await submit(deps, spooled!, name, parameters.context);
    const document = await acknowledge(context, parameters, name, receipt);
    answerJson(request, response, receipt.outcome === "stored" ? 201 : 200, document);
  } finally {
    await spool.discard();
  }
}

async function takeForm(context: RequestContext, area: SpoolArea): Promise<void> {
  const { deps, request, response } = context;
  const query = queryOf(request.url);
  // Before the body: a wrong parameter need not wait for gigabytes.
  parseContext(query, request.headers, deps.now());
  const form = await receiveForm(request, {
    area,
    budget: budgetOf(deps, undefined),
    maxFiles: deps.config().limits.maxPartsPerRequest,
    idleMs: deps.idleBodyMs ?? IDLE_BODY_MS,
  });
  try {
    const parameters = parseContext({ ...query, ...form.fields }, request.headers, deps.now());
    const { files } = form;
    if (files.length === 0) {
      throw new AppError("REQUEST_INVALID", "the form holds no file", {}, { hint: "curl -F file=@report.xml …" });
    }
    if (files.length === 1) {
      const [file] = files as [FormFile];
      const name = parameters.fileName ?? file.name;
      if (file.result instanceof AppError) throw atPlace(file.result, { file: name });
      const receipt = await submit(deps, file.result, name, parameters.context);
      const document = await acknowledge(context, parameters, name, receipt);
      answerJson(request, response, receipt.outcome === "stored" ? 201 : 200, document);
      return;
    }
    const results = await takeBatch(context, parameters, files);
    answerJson(request, response, batchStatus(results), batchDocument(results));
  } finally {
    await Promise.all(form.files.map((file) => file.spool.discard()));
  }
}

async function takeBatch(
  { deps, base }: RequestContext,
  parameters: ReportParameters,
  files: readonly FormFile[],
): Promise<(Acknowledgement | Refusal)[]> {
  const contexts = batchContexts(files, parameters.context);
  // At once: reports that come together share a commit.
  const settled = await Promise.allSettled(files.map((file, i) => submitFile(deps, file, contexts[i]!)));
  const receipts = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const run = await completed(deps, parameters.context, receipts, receipts.length < files.length);
  const known = new Map<string, RunQuarantine>();
  const results: (Acknowledgement | Refusal)[] = [];
  for (const [i, one] of settled.entries()) {
    const { name } = files[i]!;
    if (one.status === "fulfilled") {
      const receipt = run === undefined ? one.value : { ...one.value, run };
      results.push(await acknowledge({ deps, base }, parameters, name, receipt, known));
      continue;
    }
    const error = toAppError(one.reason, { file: name });
    noteRefusal(deps, error);
    results.push(refusal(error, name, parameters, base));
  }
  return results;
}

/**
 * The run of a batch as it is when all of it is in. When a report was refused, the run ends here as partial: it would else end by
 * itself as if it were whole. A run of announced parts waits for the missing one.
 */
async function completed(
  deps: ServerDeps,
  context: Submission["context"],
  receipts: readonly Receipt[],
  refused: boolean,
): Promise<Receipt["run"] | undefined> {
  if (isRunPerFile(context)) return undefined;
  const byParts = receipts.map(({ run }) => run).toSorted((a, b) => a.partsReceived - b.partsReceived);
  const run = byParts.at(-1);
  if (run?.status !== "running" || context.parts !== undefined || !refused) return run;
  const { project, environment, runId } = run;
  return deps.ingest.command({ kind: "finish", key: { project, environment, runId }, state: "partial" });
}

/** Old runs are as old as each report says, so not one run. */
const isRunPerFile = ({ runId, history }: Submission["context"]): boolean => runId === undefined && history === true;

/**
 * Each file of a batch is a part of its own. The given part name becomes a prefix. In a named run it is called as it would be if
 * sent alone, or by its whole path where base names repeat (`a/report.xml`, `b/report.xml`). Without a run id the files are one
 * run, known by their contents and called as the command line calls them.
 */
function batchContexts(files: readonly FormFile[], context: Submission["context"]): Submission["context"][] {
  if (isRunPerFile(context)) return files.map(() => context);
  if (context.runId !== undefined) {
    const bases = files.map(({ name }) => name.slice(name.lastIndexOf("/") + 1));
    const repeats = (i: number): boolean => bases.indexOf(bases[i]!) !== bases.lastIndexOf(bases[i]!);
    return files.map(({ name }, i) => {
      if (context.part === undefined && !repeats(i)) return context;
      return { ...context, part: partName(context.part, repeats(i) ? name : bases[i]!) };
    });
  }
  const hashes = files.flatMap(({ result }) => (result instanceof AppError ? [] : result));
  const names = jointParts(files.map(({ name }) => name));
  // curl leaves the folders out: files of one name are told apart by what they hold.
  const parts = files.map(({ result }, i) => {
    const again = names.indexOf(names[i]!) !== names.lastIndexOf(names[i]!) && !(result instanceof AppError);
    return partName(context.part, again ? `${names[i]}~${result.contentHash.slice(0, 8)}` : names[i]!);
  });
  // With their number the run completes with the last of them, and never without one.
  const joint = { runId: jointRunId(hashes), parts: context.parts ?? new Set(parts).size };
  return parts.map((part) => ({ ...context, ...joint, part }));
}

function submitFile(deps: ServerDeps, { name, result }: FormFile, context: Submission["context"]): Promise<Receipt> {
  if (result instanceof AppError) return Promise.reject(atPlace(result, { file: name }));
  return submit(deps, result, name, context);
}

async function submit(
  deps: ServerDeps,
  spooled: Spooled,
  name: string,
  context: Submission["context"],
): Promise<Receipt> {
  if (spooled.sizeBytes === 0) throw new AppError("INPUT_EMPTY", "the body holds no byte", { file: name });
  const started = deps.now();
  const receipt = await deps.ingest.submit({ ...spooled, name, context });
  const { ingest } = deps.processMetrics;
  if (receipt.outcome === "duplicate") ingest.duplicate(spooled.sizeBytes);
  else ingest.stored(spooled.sizeBytes, Math.max(0, deps.now() - started) / 1000);
  return receipt;
}

/** Refuses at once what announces itself as too large. */
function budgetOf(deps: ServerDeps, announced: number | undefined): ByteBudget {
  const limit = deps.config().limits.maxReportBytes;
  if (announced !== undefined && announced > limit) {
    throw new AppError("INPUT_TOO_LARGE", `the body announces ${announced} bytes, ${limit} are allowed`);
  }
  return { left: limit, limit };
}

type Acknowledgement = Awaited<ReturnType<typeof acknowledge>>;
type Refusal = ReturnType<typeof refusal>;

/** `known`: what was found of runs already, for the files of one batch. */
async function acknowledge(
  { deps, base }: Pick<RequestContext, "deps" | "base">,
  parameters: ReportParameters,
  name: string,
  receipt: Receipt,
  known = new Map<string, RunQuarantine>(),
) {
  const { reports, runs } = deps.config();
  const { minimumCoverageRatio } = reports;
  const quarantine = known.get(receipt.run.id) ?? (await quarantineOf(deps, receipt));
  known.set(receipt.run.id, quarantine);
  const verdict = judge(receipt, { minimumCoverageRatio, quietSeconds: runs.quietSeconds }, quarantine);
  const { outcome, format, part, run, state, counts, measures, loadResults, coverage, failures, warnings } = receipt;
  return {
    type: "test-report-ack" as const,
    task_id: parameters.taskId ?? receipt.taskId ?? null,
    status: verdict.status,
    message: verdict.message,
    required_actions: verdict.requiredActions,
    next_action: verdict.nextAction,
    outcome,
    name,
    format,
    part,
    run,
    state,
    counts,
    measures,
    loadResults,
    coverage,
    failures,
    quarantined: quarantine.failures.slice(0, MAX_QUARANTINED),
    warnings,
    links: { run: `${base}/runs/${run.id}`, api: `${base}/api/v1/runs/${run.id}` },
  };
}

async function quarantineOf(deps: ServerDeps, { run, counts }: Receipt): Promise<RunQuarantine> {
  const bad = counts.failed + counts.errored + run.counts.failed + run.counts.errored;
  return bad === 0 ? NO_QUARANTINE : quarantinedFailures(deps.reader, run, deps.config().quarantine, deps.now());
}

function refusal(error: AppError, name: string, parameters: ReportParameters, base: string) {
  return {
    type: "test-report-ack" as const,
    task_id: parameters.taskId ?? null,
    status: "rejected" as const,
    message: `nothing was stored: ${problemOf(error, base).detail}`,
    required_actions: [error.hint],
    next_action: "fix-and-rerun" as const,
    outcome: "refused" as const,
    name,
    problem: problemOf(error, base),
  };
}

function batchDocument(results: readonly (Acknowledgement | Refusal)[]) {
  const refused = results.filter((one) => one.outcome === "refused").length;
  const rejected = results.filter((one) => one.status === "rejected").length;
  const words = [`${results.length - refused} of ${results.length} files stored`];
  if (refused > 0) words.push(`${refused} refused`);
  if (rejected > refused) words.push(`${rejected - refused} stored with problems`);
  return {
    type: "test-report-ack-batch" as const,
    status: rejected === 0 ? ("approved" as const) : ("rejected" as const),
    message: words.join(", "),
    results,
  };
}

/** 201 stored, 200 nothing new, 207 mixed; when all were refused: their common status, else 422. */
function batchStatus(results: readonly (Acknowledgement | Refusal)[]): number {
  const refused = results.filter((one) => one.outcome === "refused");
  if (refused.length === 0) return results.some((one) => one.outcome === "stored") ? 201 : 200;
  if (refused.length < results.length) return 207;
  const statuses = new Set(refused.map((one) => one.problem.status));
  return statuses.size === 1 ? refused[0]!.problem.status : 422;
}
