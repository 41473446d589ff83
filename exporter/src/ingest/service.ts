import { Worker } from "node:worker_threads";
import type { Config } from "../config/schema.ts";
import { AppError, reviveError } from "../errors.ts";
import type { AlertStepCounts } from "../model/alert.ts";
import type { RunSummary } from "../model/run.ts";
import type { WorkerAnswer, WorkerData, WorkerReply, WorkerRequest } from "./protocol.ts";
import type { AlertCommand, IngestService, Receipt, StoreCommand, Submission } from "./types.ts";

export interface IngestOptions {
  readonly storeAddress: string;
  readonly config: Config;
  /** A server owns its store; a command only writes to it. */
  readonly exclusive?: boolean;
  /** After each commit that may have changed something. */
  readonly onCommit?: (() => void) | undefined;
  /** Seconds from the ends of runs to the commit that completed them, where reports state the end; not of old runs. */
  readonly onDetected?: ((seconds: readonly number[]) => void) | undefined;
  /** Steps in the life of alerts, once they are durable. */
  readonly onAlertSteps?: ((steps: AlertStepCounts) => void) | undefined;
  readonly onTickError?: ((error: AppError) => void) | undefined;
}

type Waiting = { resolve: (value: never) => void; reject: (error: AppError) => void };

/** Starts the worker and opens (and migrates) the store in it. Rejects with the store's own error. */
export async function createIngestService(
  options: IngestOptions,
): Promise<IngestService & { reconfigure(config: Config): void }> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const workerData: WorkerData = {
    storeAddress: options.storeAddress,
    config: options.config,
    exclusive: options.exclusive === true,
  };
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
    workerData,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    // What a case leaves behind dies at once: with the default (48) the process is 40 to 150 MB larger and no faster.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let closing: Promise<void> | undefined;
  let died: AppError | undefined;

  await new Promise<void>((resolve, reject) => {
    worker.once("message", (first: WorkerReply) =>
      first.kind === "failed" ? reject(reviveError(first.error)) : resolve(),
    );
    worker.once("error", (cause) =>
      reject(new AppError("INTERNAL", `the writer did not start: ${cause.message}`, {}, { cause })),
    );
    worker.once("exit", () => reject(new AppError("INTERNAL", "the writer did not start")));
  });

  let resolveClosed: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve;
  });
  worker.on("message", (message: WorkerReply) => {
    switch (message.kind) {
      case "answers":
        for (const one of message.answers) answered(one);
        break;
      case "committed":
        if (message.detectedSeconds.length > 0) options.onDetected?.(message.detectedSeconds);
        options.onCommit?.();
        break;
      case "alert-steps":
        options.onAlertSteps?.(message.steps);
        break;
      case "tick-failed":
        options.onTickError?.(reviveError(message.error));
        break;
      case "closed":
        resolveClosed();
        break;
      default:
        break;
    }
  });
  // Nothing of an unfinished transaction is in the store; whoever waits must not wait for ever.
  const fail = (error: AppError): void => {
    died = error;
    for (const id of [...waiting.keys()]) settle(id, (one) => one.reject(error));
    resolveClosed();
  };
  worker.on("error", (cause) => fail(new AppError("INTERNAL", `the writer stopped: ${cause.message}`, {}, { cause })));
  worker.on("exit", () => fail(died ?? new AppError("INTERNAL", "the writer stopped")));

  function answered(answer: WorkerAnswer): void {
    settle(answer.id, (one) => {
      if (answer.kind === "rejected") one.reject(reviveError(answer.error));
      else one.resolve(resultOf(answer) as never);
    });
  }
  function settle(id: number, how: (one: Waiting) => void): void {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one !== undefined) how(one);
  }
  function ask<T>(build: (id: number) => WorkerRequest): Promise<T> {
    if (closing !== undefined) return Promise.reject(new AppError("SHUTTING_DOWN", "the server is shutting down"));
    if (died !== undefined) return Promise.reject(died);
    const id = nextId++;
    return new Promise<T>((resolve, reject) => {
      worker.postMessage(build(id));
      waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
    });
  }

  return {
    submit: (submission: Submission) => ask<Receipt>((id) => ({ kind: "submit", id, submission })),
    command: (command: StoreCommand) => ask<RunSummary | undefined>((id) => ({ kind: "command", id, command })),
    alerts: (command: AlertCommand) => ask<AlertStepCounts>((id) => ({ kind: "alerts", id, command })),
    queueLength: () => waiting.size,
    alive: () => died === undefined,
    reconfigure: (config: Config) => worker.postMessage({ kind: "config", config } satisfies WorkerRequest),
    close(): Promise<void> {
      closing ??= (async () => {
        worker.postMessage({ kind: "close" } satisfies WorkerRequest);
        await closed;
        await worker.terminate();
      })();
      return closing;
    },
  };
}

function resultOf(
  answer: Exclude<WorkerAnswer, { kind: "rejected" }>,
): Receipt | RunSummary | AlertStepCounts | undefined {
  if (answer.kind === "receipt") return answer.receipt;
  return answer.kind === "alerts" ? answer.steps : answer.run;
}
