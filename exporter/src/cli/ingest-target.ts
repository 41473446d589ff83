/** Where `ingest` sends reports: the service of a local store, or a server's API. */
import type { Config } from "../config/schema.ts";
import { storeSettings } from "../config/settings.ts";
import { AppError } from "../errors.ts";
import type { Receipt } from "../ingest/types.ts";
import type { RunContext, RunSummary } from "../model/run.ts";
import { NO_QUARANTINE, quarantinedFailures, type RunQuarantine } from "../reports/quarantined-failures.ts";
import { callApi, callForDocument, display, type Query } from "./http.ts";
import type { Input } from "./inputs.ts";
import type { CliIo } from "./io.ts";
import { type Prepared, prepare, rawStream, readError, reportChunks } from "./report-file.ts";

export interface IngestTarget {
  readonly kind: "store" | "server";
  /** `early`: read before, for its hash. Rejects with AppError; nothing of the report is stored then. */
  submit(
    input: Input,
    context: Partial<RunContext>,
    early: Prepared | undefined,
    maxBytes: number,
  ): Promise<Receipt & { readonly url?: string }>;
  finish(run: RunSummary, state: "partial" | undefined): Promise<RunSummary>;
  /** Which of a run's failures are put up with, by the configuration of whoever stores it. */
  quarantine(run: RunSummary): Promise<RunQuarantine>;
  close(): Promise<void>;
}

export async function storeTarget(address: string, config: Config, io: CliIo): Promise<IngestTarget> {
  const { createIngestService } = await import("../ingest/service.ts");
  const service = await createIngestService({ storeAddress: address, config });
  return {
    kind: "store",
    async submit(input, context, early, maxBytes) {
      const prepared = early ?? (await prepare(io, input, { maxBytes, hold: true }));
      try {
        const { body, contentHash, sizeBytes } = prepared;
        if (sizeBytes === 0) throw new AppError("INPUT_EMPTY", "the file is empty");
        return await service.submit({ body, name: input.name, contentHash, sizeBytes, context });
      } finally {
        await prepared.dispose();
      }
    },
    async finish({ project, environment, runId }, state) {
      const run = await service.command({ kind: "finish", key: { project, environment, runId }, state });
      if (run === undefined) throw new AppError("INTERNAL", "finish returned no run");
      return run;
    },
    async quarantine(run) {
      if (config.quarantine.length === 0) return NO_QUARANTINE;
      const { openStore } = await import("../store/open.ts");
      const now = () => io.now().getTime();
      const reader = openStore(address, storeSettings(config, now), "read");
      try {
        return await quarantinedFailures(reader, run, config.quarantine, now());
      } finally {
        await reader.close();
      }
    },
    close: () => service.close(),
  };
}

/** The API's names of context values; see GET /api/v1/openapi.json. */
const PARAMETERS: Readonly<Record<Exclude<keyof RunContext, "traceParent">, string>> = {
  project: "project",
  environment: "environment",
  suite: "suite",
  branch: "branch",
  commit: "commit",
  runId: "run_id",
  runUrl: "run_url",
  part: "part",
  parts: "parts",
  executor: "executor",
  testPlanId: "test_plan_id",
  history: "history",
  startedAtMs: "started_at",
  format: "format",
  runnerClass: "runner_class",
  hostRunnerClass: "host_runner_class",
  dependencies: "dependencies",
};

export async function serverTarget(server: URL, io: CliIo): Promise<IngestTarget> {
  return {
    kind: "server",
    async submit(input, context, early) {
      let failure: unknown;
      const document = await callForDocument(server, {
        method: "POST",
        path: "api/v1/reports",
        query: { ...queryOf(context), filename: input.name },
        headers: {
          "Content-Type": "application/octet-stream",
          ...(context.traceParent === undefined ? {} : { Traceparent: context.traceParent }),
        },
        body: streamed(io, input, early, (error) => {
          failure = error;
        }),
      }).catch((error: unknown) => {
        // A file that cannot be read breaks the request; the file is the cause.
        throw failure === undefined ? error : readError(failure);
      });
      return receiptOf(server, document);
    },
    async finish({ id }, state) {
      const path = `api/v1/runs/${encodeURIComponent(id)}/finish`;
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify({ state });
      return (await callApi(server, { method: "POST", path, body, headers, timeoutMs: 60_000 })) as RunSummary;
    },
    quarantine: async ({ id }) =>
      (await callApi(server, {
        path: `api/v1/runs/${encodeURIComponent(id)}/quarantine`,
        query: {},
        timeoutMs: 60_000,
      })) as RunQuarantine,
    close: async () => {},
  };
}

function queryOf(context: Partial<RunContext>): Query {
  const { startedAtMs, ...rest } = context;
  const values: Record<string, string | number | boolean | undefined> = {};
  for (const [key, value] of Object.entries(rest)) {
    const name = (PARAMETERS as Record<string, string>)[key];
    if (name !== undefined) values[name] = value as string | number | boolean | undefined;
  }
  if (startedAtMs !== undefined) values[PARAMETERS.startedAtMs] = new Date(startedAtMs).toISOString();
  return values;
}

/** The file as it lies there (the server decompresses), or what was kept of standard input. */
async function* streamed(
  io: CliIo,
  input: Input,
  early: Prepared | undefined,
  onError: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    if (input.path === undefined && early !== undefined) {
      if (early.body.kind === "bytes") yield early.body.bytes;
      else yield* reportChunks(io, { name: input.name, path: early.body.path });
    } else yield* rawStream(io, input) as AsyncIterable<Uint8Array>;
  } catch (error) {
    onError(error);
    throw error;
  } finally {
    await early?.dispose();
  }
}

function receiptOf(server: URL, document: Readonly<Record<string, unknown>>): Receipt & { url?: string } {
  const { outcome, run, links } = document as { outcome?: unknown; run?: unknown; links?: { run?: unknown } };
  if ((outcome !== "stored" && outcome !== "duplicate") || typeof run !== "object") {
    const hint = "is that address a Plumbline server of the same version?";
    throw new AppError("SERVER_REFUSED", "the answer is no acknowledgement", { file: display(server) }, { hint });
  }
  const receipt = document as unknown as Receipt;
  return typeof links?.run === "string" ? { ...receipt, url: links.run } : receipt;
}
