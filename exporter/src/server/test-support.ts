/** A small store and ingest in memory, and a server over them, for the tests of this room. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "../../test/temporary.ts";
import { type Config, defaultConfig } from "../config/schema.ts";
import { AppError, type ErrorCode } from "../errors.ts";
import type { AlertCommand, IngestService, Receipt, Submission } from "../ingest/types.ts";
import { silentLogger } from "../log.ts";
import type { AlertDetail, AlertStepCounts } from "../model/alert.ts";
import type { Baseline, BaselineFilter } from "../model/baseline.ts";
import type { SuiteRun } from "../model/outcomes.ts";
import type { CaseRecord, RunDetail, RunSummary } from "../model/run.ts";
import type { Series } from "../model/series.ts";
import type { StoreReader } from "../model/store.ts";
import { noCounts, OUTCOMES, type Outcome } from "../model/test.ts";
import type { ServerDeps } from "./deps.ts";
import { type RunningServer, type ServerOptions, startServer } from "./server.ts";

export const NOW = Date.UTC(2026, 4, 20, 12);

/**
 * Reads lines `passed NAME`, `failed NAME`, … ; a body that starts with `!CODE` is refused with that code, `~` is an
 * empty report, `%0.5` one with that line coverage.
 */
export class FakeBackend implements IngestService {
  readonly submissions: (Submission & { text: string })[] = [];
  readonly runs = new Map<string, RunDetail>();
  /** By name. */
  readonly baselines = new Map<string, Baseline>();
  readonly #parts = new Map<string, string>();
  /** Held submissions wait for this. */
  gate: Promise<void> = Promise.resolve();
  readonly events: string[] = [];
  /** Runs stay running until they are finished. */
  open = false;

  async submit(submission: Submission): Promise<Receipt> {
    const { body, context, name } = submission;
    const bytes = body.kind === "bytes" ? body.bytes : readFileSync(body.path);
    const text = Buffer.from(bytes).toString("utf8");
    this.submissions.push({ ...submission, text });
    await this.gate;
    const refused = /^!([A-Z_]+)/.exec(text);
    if (refused !== null) {
      throw new AppError(refused[1] as ErrorCode, "refused by the test", { file: name, line: 4, column: 2 });
    }
    const project = context.project ?? "default";
    const environment = context.environment ?? "ci";
    const runId = context.runId ?? submission.contentHash;
    const part = context.part ?? name;
    const key = JSON.stringify([project, environment, runId, part]);
    const known = this.#parts.get(key);
    if (known !== undefined && known !== submission.contentHash) throw new AppError("STORE_CONFLICT", "other content");
    this.#parts.set(key, submission.contentHash);
    const counts = noCounts();
    const failures: { test: string; file: string; line: number; error: string }[] = [];
    for (const line of text.slice(0, 1_000_000).split("\n")) {
      const outcome = OUTCOMES.find((one) => line.startsWith(`${one} `));
      if (outcome === undefined) continue;
      counts[outcome] += 1;
      if (outcome === "failed") failures.push({ test: line.slice(7), file: "a.test.ts", line: 3, error: "no\nway" });
    }
    const total = Object.values(counts).reduce((a, b) => a + b, 0);
    const id = this.#idOf(JSON.stringify([project, environment, runId]));
    const status = this.open ? "running" : total === 0 ? "empty" : counts.failed > 0 ? "failed" : "passed";
    const run: RunSummary = summaryOf({ id, project, environment, runId, counts, status });
    this.runs.set(id, { ...run, suiteResults: [], parts: [], measures: [], loadResults: [] });
    const lineRatio = /^%([\d.]+)/m.exec(text)?.[1];
    const coverage =
      lineRatio === undefined ? undefined : { lineRatio: Number(lineRatio), uncoveredFiles: ["src/a.ts"] };
    return {
      outcome: known === undefined ? "stored" : "duplicate",
      format: context.format ?? "lines",
      part,
      run,
      counts,
      measures: 0,
      loadResults: 0,
      coverage,
      failures,
      warnings: [{ code: "NOISE_SKIPPED", message: "a line", line: undefined }],
      taskId: undefined,
      state: undefined,
    };
  }

  async command(command: Parameters<IngestService["command"]>[0]): Promise<RunSummary | undefined> {
    this.events.push(["command", command.kind, command.kind === "finish" ? command.state : undefined].join(" ").trim());
    if (command.kind === "save-baseline") {
      const { name, key } = command;
      const { project, environment } = key;
      this.baselines.set(name, { project, environment, name, savedAtMs: NOW, run: summaryOf(key) });
    }
    if (command.kind === "delete-baseline") this.baselines.delete(command.baseline.name);
    if (!("key" in command) || command.kind === "save-baseline") return undefined;
    const run = [...this.runs.values()].find((one) => one.runId === command.key.runId)!;
    if (command.kind === "delete") {
      this.runs.delete(run.id);
      return undefined;
    }
    const { suiteResults: _s, parts: _p, measures: _m, loadResults: _l, ...summary } = run;
    return command.kind === "move"
      ? { ...summary, ...command.to }
      : { ...summary, status: command.state ?? run.status };
  }

  readonly alertCommands: AlertCommand[] = [];
  async alerts(command: AlertCommand): Promise<AlertStepCounts> {
    this.alertCommands.push(command);
    if ("alert" in command && command.alert !== ALERT.id) throw new AppError("NOT_FOUND", "no alert");
    return { fired: 1 };
  }

  queueLength(): number {
    return 0;
  }

  writerLives = true;
  alive(): boolean {
    return this.writerLives;
  }

  async close(): Promise<void> {
    this.events.push("ingest closed");
  }

  #idOf(key: string): string {
    let hash = 0;
    for (const c of key) hash = (Math.imul(hash, 31) + c.charCodeAt(0)) >>> 0;
    return `00000000-0000-4000-8000-${String(hash).padStart(12, "0")}`;
  }
}

export function summaryOf(parts: Partial<RunSummary>): RunSummary {
  return {
    id: "00000000-0000-4000-8000-000000000001",
    project: "default",
    environment: "ci",
    runId: "r1",
    suites: ["unit"],
    branch: "main",
    branchLabel: "main",
    commit: undefined,
    runUrl: undefined,
    executor: undefined,
    framework: undefined,
    status: "passed",
    startedAtMs: NOW - 10_000,
    endedAtMs: NOW,
    receivedAtMs: NOW,
    completedAtMs: NOW,
    history: false,
    partsReceived: 1,
    partsExpected: undefined,
    durationSeconds: 10,
    counts: noCounts(),
    retries: 0,
    flaky: 0,
    ...parts,
  };
}

const CASE: CaseRecord = {
  testId: "17",
  suite: "unit",
  path: ["a", "b"],
  name: "adds",
  attempt: 1,
  outcome: "failed",
  durationSeconds: 0.1,
  file: "a.test.ts",
  line: 3,
  errorType: "assertion",
  errorClass: "AssertionError",
  message: "1 is not 2",
  stack: undefined,
  expected: "1",
  actual: "2",
  output: undefined,
  attachments: [{ kind: "log", path: "a.log" }],
};

/** Six runs of which the last three failed. */
const RUNS: SuiteRun[] = [0, 0, 0, 1, 1, 1].map((failed, i) => ({
  runId: `n${i}`,
  runUuid: `00000000-0000-4000-8000-00000000000${i}`,
  commit: `c${i}`,
  status: failed === 1 ? "failed" : "passed",
  endedAtMs: NOW - (6 - i) * 60_000,
  counts: { passed: 4 - failed, failed, errored: 0, skipped: 0 },
  retries: 0,
  history: false,
}));

/** Answers with one of everything; `asked` holds the arguments of each call. */
export function fakeReader(backend: FakeBackend): StoreReader & { asked: unknown[][]; broken: boolean } {
  const asked: unknown[][] = [];
  const note = (...call: unknown[]): void => void asked.push(call);
  const counts = { passed: 3, failed: 1, errored: 0, skipped: 1 };
  const reader = {
    asked,
    broken: false,
    async runs(...call: unknown[]) {
      note("runs", ...call);
      const items = [...backend.runs.values()].map(
        ({ suiteResults: _s, parts: _p, measures: _m, loadResults: _l, ...run }) => run,
      );
      return { items, nextCursor: items.length > 1 ? "more" : undefined };
    },
    async run(id: string) {
      note("run", id);
      const run = backend.runs.get(id) ?? [...backend.runs.values()].find((one) => one.runId === id);
      if (run === undefined) throw new AppError("NOT_FOUND", `there is no run ${id}`);
      return {
        ...run,
        suiteResults: [
          {
            suite: "unit",
            counts,
            retries: 0,
            flaky: 0,
            durationSeconds: 1,
            startedAtMs: NOW,
            endedAtMs: NOW,
            status: "failed" as const,
            coverage: { lineRatio: 0.5, branchRatio: undefined, uncoveredFiles: ["x.ts"] },
          },
        ],
        parts: [
          { name: "p", format: "junit", source: "x.xml", contentHash: "00", receivedAtMs: NOW, cases: 5, warnings: [] },
        ],
        measures: [
          {
            suite: "unit",
            kind: "measure" as const,
            name: "m",
            measure: "m",
            stat: "p95" as const,
            value: 0.2,
            unit: "seconds" as const,
            sourceValue: 200,
            sourceUnit: "ms",
            tags: { a: "b" },
          },
        ],
      };
    },
    async cases(...call: unknown[]) {
      note("cases", ...call);
      return { items: [CASE], nextCursor: undefined };
    },
    async history(...call: unknown[]) {
      note("history", ...call);
      const { testId, suite, path, name } = CASE;
      const outcome: Outcome = "failed";
      const point = { run: summaryOf({}), attempt: 1, outcome, durationSeconds: undefined, message: "no" };
      return { test: { testId, suite, path, name }, points: [point] };
    },
    async summary(...call: unknown[]) {
      note("summary", ...call);
      return {
        runs: 1,
        counts,
        total: 5,
        executed: 4,
        passRatePercent: 75,
        averageDurationSeconds: null,
        startedAtMs: null,
        endedAtMs: NOW,
      };
    },
    async performance(...call: unknown[]) {
      note("performance", ...call);
      return [
        {
          component: undefined,
          scenario: "s",
          measure: "api_response_time",
          stat: "avg",
          unit: "seconds",
          average: 0.2,
          min: 0.1,
          max: 0.3,
          p95: 0.29,
          samples: 3,
          warningViolations: 1,
          criticalViolations: null,
        },
      ];
    },
    async series(...call: unknown[]) {
      note("series", ...call);
      return { items: [SERIES], nextCursor: undefined };
    },
    async measureHistory(...call: unknown[]) {
      note("measureHistory", ...call);
      const point = { runId: "r", runUuid: "u", commit: undefined, status: "measured" as const };
      return { items: [{ series: SERIES, points: [{ ...point, endedAtMs: NOW, value: 0.2 }] }], nextCursor: undefined };
    },
    async errors(...call: unknown[]) {
      note("errors", ...call);
      return [
        {
          errorType: "timeout" as const,
          message: "late",
          count: 2,
          affectedTests: 1,
          firstAtMs: NOW - 1,
          lastAtMs: NOW,
          exampleTests: ["adds"],
          lastRun: "r",
        },
      ];
    },
    async daily(...call: unknown[]) {
      note("daily", ...call);
      return [{ day: "2026-05-20", runs: 1, counts, passRatePercent: 75, averageRunSeconds: 10 }];
    },
    async suiteRuns(...call: unknown[]) {
      note("suiteRuns", ...call);
      return {
        items: [{ project: "default", suite: "unit", environment: "ci", branch: "main", runs: RUNS }],
        nextCursor: undefined,
      };
    },
    async *troubledTests(...call: unknown[]) {
      note("troubledTests", ...call);
      const results = RUNS.map(({ runUuid, counts }) => {
        const outcome: Outcome = counts.failed > 0 ? "failed" : "passed";
        return { runUuid, outcome, failedBefore: false, signature: counts.failed > 0 ? "5e1f" : undefined };
      });
      yield { testId: "17", path: CASE.path, name: CASE.name, results };
    },
    async deviations(...call: unknown[]) {
      note("deviations", ...call);
      return { items: [], nextCursor: undefined };
    },
    async deviation(...call: unknown[]) {
      note("deviation", ...call);
      throw new AppError("NOT_FOUND", "no deviation");
    },
    async alerts(...call: unknown[]) {
      note("alerts", ...call);
      const { steps: _, snapshot: __, ...record } = ALERT;
      return { items: [record], nextCursor: undefined };
    },
    async alert(...call: unknown[]) {
      note("alert", ...call);
      if (call[0] !== ALERT.id) throw new AppError("NOT_FOUND", "no alert");
      return ALERT;
    },
    async dueSnapshots() {
      return [];
    },
    async baselines(...call: [BaselineFilter, ...unknown[]]) {
      note("baselines", ...call);
      const [{ name }] = call;
      const items = [...backend.baselines.values()].filter((one) => name === undefined || one.name === name);
      return { items, nextCursor: undefined };
    },
    async suites(...call: unknown[]) {
      note("suites", ...call);
      return [
        { project: "default", suite: "unit", retiredAtMs: undefined, lastRunAtMs: 1_700_000_000_000, formerNames: [] },
      ];
    },
    async facets() {
      return { projects: ["default"], environments: ["ci"], suites: ["unit"], branches: ["main"] };
    },
    async lastRuns() {
      note("lastRuns");
      return [];
    },
    async generation() {
      if (reader.broken) throw new AppError("STORE_CORRUPT", "the file is not a database");
      return 1;
    },
    changesSince: async (generation: number) => ({
      generation,
      counters: [],
      histograms: [],
      lastRuns: [],
      errorWindows: [],
      deviations: [],
      suites: [],
      active: [],
      ended: [],
      alerts: [],
    }),
    size: async () => ({ bytes: 1, runs: 1 }),
    async close() {
      backend.events.push("store closed");
    },
  };
  return reader;
}

/** Acknowledged, with a step and a snapshot. */
export const ALERT: AlertDetail = {
  id: "12",
  fingerprint: "8a6f",
  alertname: "TestRunFailed",
  status: "acknowledged",
  matter: { alertname: "TestRunFailed", project: "default", suite: "unit", environment: "ci", branch: "main" },
  severity: "critical",
  team: undefined,
  labels: { alertname: "TestRunFailed", severity: "critical" },
  annotations: { summary: "unit failed" },
  startsAtMs: NOW - 60_000,
  endsAtMs: undefined,
  receivedAtMs: NOW - 50_000,
  level: 1,
  acknowledgement: { by: "ann", reason: undefined, atMs: NOW, untilMs: NOW + 1000 },
  generatorUrl: undefined,
  steps: [{ atMs: NOW - 60_000, step: "fired", detail: undefined, by: undefined }],
  snapshot: { takenAtMs: NOW },
};

const SERIES: Series = {
  id: "7",
  project: "default",
  suite: "load",
  environment: "ci",
  branch: "main",
  kind: "load",
  name: undefined,
  measure: "latency",
  stat: "p95",
  unit: "seconds",
  component: undefined,
  scenario: "peak",
  operation: "GET /cart",
  runnerClass: undefined,
  better: "lower",
};

export interface TestServer extends RunningServer {
  readonly backend: FakeBackend;
  readonly deps: ServerDeps;
  readonly reader: ReturnType<typeof fakeReader>;
  readonly spoolDir: string;
  readonly folder: string;
  readonly rejected: ErrorCode[];
  readonly logged: string[];
  spooled(): string[];
}

export async function testServer(
  overrides: Partial<ServerDeps> & { settings?: (config: Config) => Config } = {},
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const folder = temporaryFolder("server");
  const spoolDir = join(folder, "spool");
  const backend = new FakeBackend();
  const reader = fakeReader(backend);
  const rejected: ErrorCode[] = [];
  const logged: string[] = [];
  const { settings = (config: Config) => config, ...rest } = overrides;
  const config = settings(defaultConfig());
  const log =
    (level: string) =>
    (message: string, fields?: object): void => {
      logged.push(
        `${level}: ${message} ${JSON.stringify(fields, (_, v: unknown) => (v instanceof Error ? v.message : v))}`,
      );
    };
  const deps: ServerDeps = {
    config: () => config,
    reader,
    ingest: backend,
    scrape: async ({ accept }) => ({
      headers: { "Content-Type": accept?.includes("openmetrics") ? "application/openmetrics-text" : "text/plain" },
      chunks: [Buffer.from("up "), Buffer.from("1\n")],
    }),
    processMetrics: {
      ingest: { stored() {}, duplicate() {}, rejected: (code) => void rejected.push(code) },
      alerts: { notified() {}, steps() {} },
      queueLength() {},
      storeSize() {},
    },
    log: { ...silentLogger, warn: log("warn"), error: log("error") },
    now: () => NOW,
    version: "0.0.0-test",
    formats: [{ id: "lines", title: "Lines", yields: "tests", tools: ["t"], extensions: ["txt"], reads: "stream" }],
    spoolDir,
    runbooksDir: join(folder, "runbooks"),
    ...rest,
  };
  const server = await startServer(deps, { listen: "127.0.0.1:0", graceMs: 500, ...options });
  return {
    ...server,
    backend,
    deps,
    reader,
    spoolDir,
    folder,
    rejected,
    logged,
    spooled: () => readdirSync(spoolDir),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Bytes as they are, over a socket of its own; what the server sent until it closed. `end: false` leaves it open. */
export function rawExchange(url: string, bytes: string | Buffer, { end = true, waitMs = 5_000 } = {}): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let received = "";
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    // A reset counts as a close; what came before it is the answer.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.write(bytes);
    if (end) socket.end();
  });
}

/** A request with a body that node:http sends in one go; headers exactly as given. */
export function send(
  url: string,
  {
    method = "POST",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: Buffer | string },
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}
