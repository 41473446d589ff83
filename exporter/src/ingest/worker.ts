/** The one writer of a store, in a thread of its own: parses, inserts, completes runs. Speaks `WorkerRequest`/`WorkerReply`. */
import { parentPort, workerData } from "node:worker_threads";
import { storeSettings } from "../config/settings.ts";
import { type AppError, serializeError, toAppError } from "../errors.ts";
import type { Store, WriteTransaction } from "../model/store.ts";
import { openStore } from "../store/open.ts";
import { ingestOne } from "./process.ts";
import type { WorkerData, WorkerReply, WorkerRequest } from "./protocol.ts";

const { storeAddress, exclusive } = workerData as WorkerData;
let { config } = workerData as WorkerData;
const port = parentPort!;
const reply = (message: WorkerReply): void => port.postMessage(message);

/** How often runs of unknown parts and the error window are looked at. */
const TICK_MS = 1000;
/** A commit takes what waits, but not so much that its first report waits long. */
const BATCH_REPORTS = 100;
const BATCH_BYTES = 16 * 1024 * 1024;
const IDLE_MS = 300;

const queue: Extract<WorkerRequest, { id: number }>[] = [];
let working = false;
let closing = false;
let idleTimer: NodeJS.Timeout | undefined;

let store: Store & { idle(): void };
try {
  store = openStore(storeAddress, storeSettings(config, Date.now), exclusive ? "serve" : "write");
  reply({ kind: "ready" });
} catch (error) {
  reply({ kind: "failed", error: serializeError(toAppError(error)) });
  process.exit(0);
}

port.on("message", (message: WorkerRequest) => {
  if (message.kind === "config") config = message.config;
  else if (message.kind === "close") closing = true;
  else queue.push(message);
  void work();
});

const ticker = setInterval(() => {
  if (!working && queue.length === 0 && !closing) void work(true);
}, TICK_MS);

async function work(tick = false): Promise<void> {
  if (working) return;
  working = true;
  clearTimeout(idleTimer);
  try {
    if (tick) await runTick();
    let lastTick = Date.now();
    while (queue.length > 0) {
      await commit(takeBatch());
      // Under constant load the timer finds the worker busy each time.
      if (Date.now() - lastTick > TICK_MS) {
        await runTick();
        lastTick = Date.now();
      }
    }
  } finally {
    working = false;
  }
  if (closing) {
    clearInterval(ticker);
    await store.close();
    reply({ kind: "closed" });
    port.close();
  } else idleTimer = setTimeout(() => store.idle(), IDLE_MS).unref();
}

function takeBatch(): typeof queue {
  let bytes = 0;
  let count = 0;
  while (count < queue.length && count < BATCH_REPORTS && bytes < BATCH_BYTES) {
    const request = queue[count++]!;
    if (request.kind === "submit") bytes += request.submission.sizeBytes;
  }
  return queue.splice(0, count);
}

/** One transaction for all of a batch. A bad report fails alone; a failed commit fails all of them. */
async function commit(batch: typeof queue): Promise<void> {
  let replies: WorkerReply[];
  try {
    replies = await store.write(async (tx) => {
      const done: WorkerReply[] = [];
      for (const request of batch) done.push(await answer(tx, request));
      return done;
    });
  } catch (thrown) {
    const error = serializeError(toAppError(thrown));
    replies = batch.map((request) => ({ kind: "rejected", id: request.id, error }));
  }
  for (const one of replies) reply(one);
  reply({ kind: "committed" });
}

async function answer(tx: WriteTransaction, request: (typeof queue)[number]): Promise<WorkerReply> {
  try {
    if (request.kind === "submit")
      return { kind: "receipt", id: request.id, receipt: await ingestOne(tx, request.submission, config, Date.now()) };
    const { command } = request;
    if (command.kind === "delete") {
      await tx.deleteRun(command.key);
      return { kind: "done", id: request.id, run: undefined };
    }
    const run =
      command.kind === "finish"
        ? await tx.finishRun(command.key, command.state)
        : await tx.moveRun(command.key, command.to);
    return { kind: "done", id: request.id, run };
  } catch (thrown) {
    const error: AppError = toAppError(thrown);
    return { kind: "rejected", id: request.id, error: serializeError(error) };
  }
}

async function runTick(): Promise<void> {
  try {
    const completed = await store.write((tx) => tx.tick());
    if (completed.length > 0) reply({ kind: "committed" });
  } catch (thrown) {
    reply({ kind: "tick-failed", error: serializeError(toAppError(thrown)) });
  }
}
