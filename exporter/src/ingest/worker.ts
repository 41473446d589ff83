/** The one writer of a store, in a thread of its own: parses, inserts, completes runs. Speaks `WorkerRequest`/`WorkerReply`. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { namesSuite } from "../config/named-suites.ts";
import { storeSettings } from "../config/settings.ts";
import { type AppError, serializeError, toAppError } from "../errors.ts";
import { escalationPolicy } from "../incidents/escalation.ts";
import type { AlertStepCounts } from "../model/alert.ts";
import type { SuiteVerdict } from "../model/outcomes.ts";
import type { RunSummary } from "../model/run.ts";
import type { RunCompletion, Store, WriteTransaction } from "../model/store.ts";
import { openStore } from "../store/open.ts";
import { obeyAboutAlerts } from "./alert-commands.ts";
import { checkNames } from "./context.ts";
import { judgesOf } from "./judge-series.ts";
import { JUDGED_RUNS, judgeSuite } from "./judge-suites.ts";
import { ingestOne } from "./process.ts";
import type { WorkerAnswer, WorkerData, WorkerReply, WorkerRequest } from "./protocol.ts";
import type { StoreCommand } from "./types.ts";

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
/** A report that arrives meanwhile waits for so many. */
const JUDGED_AT_ONCE = 20;
/** Under load, so many are judged each so often; a verdict of 500 runs takes a millisecond or two. Without load, all at once. */
const JUDGED_EVERY_MS = 1000;
let judgedAt = 0;
const SUITES_AT_ONCE = 20;
/** Suites are judged by all their newest runs: not after each of many reports. */
const SUITES_EVERY_MS = 1000;

const startedAt = Date.now();
let policy = escalationPolicy(config, startedAt);
/** What is open is looked at by the policy that is now. */
let policyIsNew = true;

const queue: Extract<WorkerRequest, { id: number }>[] = [];
let working = false;
let closing = false;
let idleTimer: NodeJS.Timeout | undefined;
let generation = -1;
let suitesJudgedAt = 0;

const settings = storeSettings(config, Date.now);
let store: Store & { idle(): void };
try {
  store = openStore(storeAddress, settings, exclusive ? "serve" : "write");
  reply({ kind: "ready" });
} catch (error) {
  reply({ kind: "failed", error: serializeError(toAppError(error)) });
  process.exit(0);
}

port.on("message", (message: WorkerRequest) => {
  accept(message);
  void work();
});

function accept(message: WorkerRequest): void {
  if (message.kind === "config") {
    config = message.config;
    policy = escalationPolicy(config, startedAt);
    policyIsNew = true;
    // The store reads its settings at each use.
    Object.assign(settings, storeSettings(config, Date.now));
  } else if (message.kind === "close") closing = true;
  else queue.push(message);
}

/**
 * Messages become events one by one, each with a turn of the loop of its own, and a small report is stored before that turn ends: the
 * queue would never hold more than one. So what has arrived is fetched before each commit.
 */
function acceptArrived(): void {
  for (let one = receiveMessageOnPort(port); one !== undefined; one = receiveMessageOnPort(port)) {
    accept(one.message as WorkerRequest);
  }
}

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
    acceptArrived();
    while (queue.length > 0 || (await judgeDue()) || (await judgeSuites())) {
      if (queue.length > 0) await commit(takeBatch());
      acceptArrived();
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
  } else idleTimer = setTimeout(idle, IDLE_MS).unref();
}

/** A checkpoint that fails (a full disk) loses nothing; a later one may succeed. */
function idle(): void {
  try {
    store.idle();
  } catch (thrown) {
    reply({ kind: "tick-failed", error: serializeError(toAppError(thrown)) });
  }
}

/** A large report does not join smaller ones: they would wait for it. */
function takeBatch(): typeof queue {
  let bytes = 0;
  let count = 0;
  for (const request of queue) {
    bytes += request.kind === "submit" ? request.submission.sizeBytes : 0;
    if (count > 0 && (count === BATCH_REPORTS || bytes > BATCH_BYTES)) break;
    count++;
  }
  return queue.splice(0, count);
}

/**
 * One transaction for all of a batch. A bad report fails alone. When the transaction fails, nothing of it is stored: each
 * request then gets one of its own, so that the report that filled the disk does not take the others with it.
 */
async function commit(batch: typeof queue): Promise<void> {
  let replies: WorkerAnswer[];
  let completed: readonly RunCompletion[] = [];
  try {
    replies = await store.write(async (tx) => {
      const done: WorkerAnswer[] = [];
      for (const request of batch) done.push(await answer(tx, request));
      completed = tx.completions();
      return done;
    });
  } catch (thrown) {
    const error = toAppError(thrown);
    // Who holds the lock holds it against each of them, and each would wait for it in vain.
    if (batch.length > 1 && error.code !== "STORE_BUSY") {
      for (const request of batch) await commit([request]);
      return;
    }
    completed = [];
    replies = batch.map((request) => ({ kind: "rejected", id: request.id, error: serializeError(error) }));
  }
  // One message: each would wake the main thread, which costs more than the answer.
  const detectedSeconds = delaysOf(completed);
  reply({ kind: "answers", answers: replies });
  for (const one of replies) if (one.kind === "alerts") tellSteps(one.steps);
  await announce(detectedSeconds);
}

/** Says that the store changed, when it did. A run that completes always changes it. */
async function announce(detectedSeconds: readonly number[] = []): Promise<void> {
  try {
    const now = await store.generation();
    if (now !== generation) reply({ kind: "committed", detectedSeconds });
    generation = now;
  } catch {
    // It may have changed; a reader finds out.
    reply({ kind: "committed", detectedSeconds });
  }
}

/** Since the ends of runs, now that they are durable. An end that no report states is not known: it counts as nothing, not as 0. */
function delaysOf(completed: readonly RunCompletion[]): number[] {
  const nowMs = Date.now();
  return completed.flatMap(({ statedEndMs, history }) =>
    statedEndMs === undefined || history ? [] : [(nowMs - statedEndMs) / 1000],
  );
}

async function answer(tx: WriteTransaction, request: (typeof queue)[number]): Promise<WorkerAnswer> {
  try {
    if (request.kind === "submit")
      return { kind: "receipt", id: request.id, receipt: await ingestOne(tx, request.submission, config, Date.now()) };
    if (request.kind === "alerts")
      return { kind: "alerts", id: request.id, steps: await obeyAboutAlerts(tx, request.command, policy) };
    return { kind: "done", id: request.id, run: await obey(tx, request.command) };
  } catch (thrown) {
    const error: AppError = toAppError(thrown);
    return { kind: "rejected", id: request.id, error: serializeError(error) };
  }
}

async function obey(tx: WriteTransaction, command: StoreCommand): Promise<RunSummary | undefined> {
  switch (command.kind) {
    case "finish":
      return tx.finishRun(command.key, command.state);
    case "move":
      checkNames(command.to);
      return tx.moveRun(command.key, command.to);
    case "delete":
      await tx.deleteRun(command.key);
      return undefined;
    case "retire-suite": {
      const { project, suite } = command.suite;
      await tx.retireSuite(command.suite, namesSuite(config, project, suite));
      return undefined;
    }
    case "rename-suite":
      checkNames({ name: command.to });
      await tx.renameSuite(command.suite, command.to);
      return undefined;
    case "save-baseline":
      checkNames({ name: command.name });
      await tx.saveBaseline(command.name, command.key);
      return undefined;
    case "delete-baseline":
      await tx.deleteBaseline(command.baseline);
      return undefined;
    case "accept":
      await tx.acceptDeviation(command.deviation, command.reason);
      return undefined;
    case "acknowledge":
      await tx.acknowledgeDeviation(command.deviation, command.ack);
      return undefined;
  }
}

function tellSteps(steps: AlertStepCounts): void {
  if (Object.keys(steps).length > 0) reply({ kind: "alert-steps", steps });
}

/** Judges series whose points changed, some at a time, when no report waits. True: there may be more. */
async function judgeDue(): Promise<boolean> {
  if (!closing && Date.now() - judgedAt < JUDGED_EVERY_MS) return false;
  try {
    const judges = judgesOf(config.deviations, "ingest", () => new Date());
    const judged = await store.write((tx) => tx.judge(JUDGED_AT_ONCE, judges));
    if (judged > 0) await announce();
    acceptArrived();
    const goesOn = judged === JUDGED_AT_ONCE && queue.length === 0;
    if (!goesOn) judgedAt = Date.now();
    return goesOn || queue.length > 0;
  } catch (thrown) {
    judgedAt = Date.now();
    reply({ kind: "tick-failed", error: serializeError(toAppError(thrown)) });
    return false;
  }
}

/** Judges suites whose runs changed, until a report waits. True: there may be more. */
async function judgeSuites(): Promise<boolean> {
  if (!closing && Date.now() - suitesJudgedAt < SUITES_EVERY_MS) return false;
  try {
    const due = await store.dueSuites(SUITES_AT_ONCE, JUDGED_RUNS);
    const verdicts: SuiteVerdict[] = [];
    for (const one of due) {
      verdicts.push(await judgeSuite(store, one));
      acceptArrived();
      if (queue.length > 0) break;
    }
    if (verdicts.length > 0) {
      await store.write((tx) => tx.judgeSuites(verdicts));
      await announce();
    }
    const isMore = queue.length > 0 || due.length === SUITES_AT_ONCE;
    if (!isMore) suitesJudgedAt = Date.now();
    return isMore;
  } catch (thrown) {
    suitesJudgedAt = Date.now();
    reply({ kind: "tick-failed", error: serializeError(toAppError(thrown)) });
    return false;
  }
}

async function runTick(): Promise<void> {
  try {
    const all = policyIsNew;
    policyIsNew = false;
    let steps: AlertStepCounts = {};
    const completed = await store.write(async (tx) => {
      await tx.tick();
      steps = await tx.escalateAlerts(policy, all);
      return tx.completions();
    });
    await announce(delaysOf(completed));
    tellSteps(steps);
  } catch (thrown) {
    policyIsNew = true;
    reply({ kind: "tick-failed", error: serializeError(toAppError(thrown)) });
  }
}
