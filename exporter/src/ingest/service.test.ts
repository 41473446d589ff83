/** The real worker on real stores and files. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { storeSettings } from "../config/settings.ts";
import type { AppError } from "../errors.ts";
import { openStore } from "../store/open.ts";
import { configOf, junit, submission } from "./__testing__/reports.ts";
import { createIngestService, type IngestOptions } from "./service.ts";

const CHILD = path.join(import.meta.dirname, "__testing__/child.ts");

let folder: string;
let file: string;
let closers: (() => unknown)[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "plumbline-ingest-"));
  file = path.join(folder, "p.db");
  closers = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<IngestOptions> = {}) {
  const service = await createIngestService({ storeAddress: `sqlite:${file}`, config: configOf(), ...options });
  closers.push(() => service.close());
  return service;
}
function reader() {
  const store = openStore(`sqlite:${file}`, storeSettings(configOf(), Date.now), "read");
  closers.push(() => store.close());
  return store;
}
/** `{ "executions passed": 3 }` over all scopes, without zeros. */
async function counters(): Promise<Record<string, number>> {
  const out: Record<string, number> = {};
  for (const row of (await reader().changesSince(0)).counters) {
    const key = `${row.counter} ${row.labels.join()}`.trimEnd();
    if (row.value > 0) out[key] = (out[key] ?? 0) + row.value;
  }
  return out;
}
const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    (value) => {
      throw new Error(`resolved with ${JSON.stringify(value)}`);
    },
    (error: AppError) => error,
  );
const codeOf = async (promise: Promise<unknown>): Promise<string> => (await failure(promise)).code;

describe("submit", () => {
  test("a report in memory or in a file is durable when it resolves, with what a sender wants to know", async () => {
    const service = await start();
    const text = junit(5, { failed: 2, suite: "api" });
    const receipt = await service.submit(submission("api.xml", text));
    expect(receipt).toMatchObject({
      outcome: "stored",
      format: "junit",
      counts: { passed: 3, failed: 2, errored: 0, skipped: 0 },
      run: { project: "shop", environment: "ci", status: "failed", suites: ["api"] },
      failures: [{ test: "test number 0", error: "expected 1" }, { test: "test number 1" }],
    });
    expect(await reader().run(receipt.run.id)).toMatchObject({ status: "failed", counts: receipt.counts });
    const report = path.join(folder, "other.xml");
    writeFileSync(report, junit(3));
    const context = { runId: "r1", parts: 1 };
    const given = { ...submission("other.xml", junit(3), context), body: { kind: "file", path: report } as const };
    expect(await service.submit(given)).toMatchObject({ part: "other.xml", run: { runId: "r1", status: "passed" } });
    expect(existsSync(report)).toBe(true);
    expect(await counters()).toMatchObject({ "executions passed": 6, "executions failed": 2 });
  });

  test("bad reports among good ones fail alone, each with its code and place", async () => {
    const service = await start();
    const whole = junit(20, { from: 100 });
    const bad: [string, string, string][] = [
      ["cut.xml", whole.slice(0, -30), "FORMAT_SYNTAX"],
      ["empty.xml", "", "INPUT_EMPTY"],
      ["page.xml", "<html><body/></html>", "FORMAT_UNKNOWN"],
      ["bomb.xml", `<!DOCTYPE x [<!ENTITY a "aaaa">]><testsuite name="x"/>`, "FORMAT_HOSTILE"],
    ];
    const goodOnes = Array.from({ length: 4 }, (_, i) =>
      service.submit(submission(`good-${i}.xml`, junit(10, { from: i * 10 }))),
    );
    const badOnes = bad.map(([name, text]) => failure(service.submit(submission(name, text))));
    const lastOne = service.submit(submission("last.xml", junit(1, { from: 990 })));
    expect((await Promise.all([...goodOnes, lastOne])).map((receipt) => receipt.outcome)).toEqual(
      new Array(5).fill("stored"),
    );
    const errors = await Promise.all(badOnes);
    expect(errors.map((error) => [error.place.file, error.code])).toEqual(bad.map(([name, , code]) => [name, code]));
    expect((await reader().runs({}, { limit: 100 })).items).toHaveLength(5);
    expect(await counters()).toEqual({ "executions passed": 41, "runs passed": 5 });
  });

  test("a file that is gone is INPUT_UNREADABLE; a context that cannot be is CONTEXT_INVALID", async () => {
    const service = await start();
    const gone = {
      ...submission("gone.xml", "x"),
      body: { kind: "file", path: path.join(folder, "gone.xml") } as const,
    };
    const error = await failure(service.submit(gone));
    expect([error.code, error.place.file]).toEqual(["INPUT_UNREADABLE", "gone.xml"]);
    expect(await codeOf(service.submit(submission("a.xml", junit(1), { project: "a\nb" })))).toBe("CONTEXT_INVALID");
    expect(await codeOf(service.submit(submission("a.xml", junit(1), { format: "nonsense" })))).toBe("FORMAT_UNKNOWN");
    expect((await reader().size()).runs).toBe(0);
  });

  test("the same again is a duplicate that names its format, also under another name; other content conflicts", async () => {
    const commits = vi.fn();
    const service = await start({ onCommit: commits });
    const first = await service.submit(submission("a.xml", junit(3, { failed: 1 })));
    // The report, then what analyses say of its series and of its suite.
    await vi.waitFor(() => expect(commits).toHaveBeenCalledTimes(3));
    for (const name of ["a.xml", "copy of a.xml", "a.xml.gz"]) {
      const again = await service.submit(submission(name, junit(3, { failed: 1 })));
      expect(again).toMatchObject({
        outcome: "duplicate",
        format: "junit",
        counts: first.counts,
        run: { id: first.run.id },
      });
    }
    expect(commits).toHaveBeenCalledTimes(3);
    const named = (text: string) => service.submit(submission("a.xml", text, { runId: "r1" }));
    await named(junit(3));
    expect(await codeOf(named(junit(4)))).toBe("STORE_CONFLICT");
    expect(await counters()).toMatchObject({ "executions passed": 2, "executions failed": 1, "runs failed": 1 });
  });

  test("200 at once: each is stored once, and the queue is empty at the end", async () => {
    const service = await start();
    const all = Array.from({ length: 200 }, (_, i) =>
      service.submit(
        submission(`${i}.xml`, junit(5, { from: (i % 50) * 5, suite: `s${i % 7}` }), { runId: `r${i}`, parts: 1 }),
      ),
    );
    expect(service.queueLength()).toBe(200);
    const receipts = await Promise.all(all);
    expect(service.queueLength()).toBe(0);
    expect(new Set(receipts.map((receipt) => receipt.run.id)).size).toBe(200);
    expect(await counters()).toEqual({ "executions passed": 1000, "runs passed": 200 });
  });
});

const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, "../../test/fixtures", name), "utf8");

describe("flaky tests", () => {
  test("are counted after the reports, and a test with both outcomes on a commit is counted once", async () => {
    const service = await start();
    const reports = Array.from({ length: 8 }, (_, i) => junit(20, { failed: i % 2 }));
    for (const [i, text] of reports.entries())
      await service.submit(
        submission("a.xml", text, { runId: `r${i}`, commit: `c${i >> 1}`, parts: 1, startedAtMs: 1e12 + i * 1e6 }),
      );
    // What is due is judged before the end.
    await service.close();
    const { suites } = await reader().changesSince(0);
    expect(suites).toEqual([{ scope: expect.objectContaining({ suite: "unit", branch: "main" }), flaky: 1 }]);
    expect(await counters()).toMatchObject({ "flaky same_commit": 4, "executions failed": 4 });
    expect(await reader().suiteRuns({}, 50, { limit: 1 })).toMatchObject({ items: [{ suite: "unit" }] });
  });

  test("of pull requests only the pairs count", async () => {
    const service = await start();
    for (const [i, failed] of [0, 1, 1].entries())
      await service.submit(
        submission("a.xml", junit(20, { failed }), { branch: "fix/1", commit: "c1", runId: `r${i}`, parts: 1 }),
      );
    await service.close();
    expect((await reader().changesSince(0)).suites).toEqual([]);
    expect(await counters()).toMatchObject({ "flaky same_commit": 1 });
  });
});

describe("load tests and benchmarks", () => {
  test("a load test is kept, counted and shown; its thresholds decide whether it passed", async () => {
    const service = await start();
    const judged = await service.submit(submission("s.json", fixture("k6-summary/k6-1.8.1-export.json")));
    expect(judged).toMatchObject({ format: "k6-summary", run: { status: "failed" }, loadResults: 2 });
    const raw = await service.submit(
      submission("r.csv", fixture("jmeter-csv/jmeter-5.6.3-default.csv"), { suite: "raw" }),
    );
    expect(raw).toMatchObject({ format: "jmeter-csv", run: { status: "measured" }, counts: { passed: 0 } });
    const again = await service.submit(
      submission("r.csv", fixture("jmeter-csv/jmeter-5.6.3-default.csv"), { suite: "raw" }),
    );
    expect(again).toMatchObject({ outcome: "duplicate", loadResults: raw.loadResults });
    const { loadResults } = await reader().run(raw.run.id);
    const operations = loadResults.filter(({ operation }) => operation !== undefined);
    const requests = operations.reduce((sum, one) => sum + one.requests!, 0);
    const changes = await reader().changesSince(0);
    const counted = changes.counters.filter((row) => row.counter === "load_requests" && row.scope.suite === "raw");
    expect(counted.reduce((sum, row) => sum + row.value, 0)).toBe(requests);
    const observed = changes.histograms.filter((row) => row.histogram === "load_latency");
    expect(observed.flatMap((row) => row.counts).reduce((sum, one) => sum + one, 0)).toBe(requests);
  });

  test.each<[string, { given?: string; configured?: string; host?: string; file?: string }, string | undefined]>([
    ["a person", { given: "mine", configured: "config", host: "host" }, "mine"],
    ["the configuration", { configured: "config", host: "host" }, "config"],
    ["the report", { host: "host" }, "linux-x64-2c-amd-epyc"],
    ["the host, where the report says nothing", { host: "host", file: "hyperfine" }, "host"],
    ["nobody", { file: "hyperfine" }, undefined],
  ])("the machine of a benchmark is stated by %s", async (_, { given, configured, host, file }, expected) => {
    const service = await start({ config: { ...configOf(), ...(configured && { runnerClass: configured }) } });
    const report =
      file === undefined
        ? fixture("pytest-benchmark/pytest-benchmark-5.3.1-stats.json")
        : JSON.stringify({
            results: [{ command: "true", mean: 0.1, min: 0.1, max: 0.1, times: [0.1], exit_codes: [0] }],
          });
    const context = { ...(given && { runnerClass: given }), ...(host && { hostRunnerClass: host }) };
    const { run } = await service.submit(submission("b.json", report, context));
    const classes = new Set((await reader().run(run.id)).measures.map((one) => one.runnerClass));
    expect([...classes]).toEqual([expected]);
  });
});

describe("commands and the clock", () => {
  test("finish, move and delete answer with the run afterwards", async () => {
    const service = await start();
    const key = { project: "shop", environment: "ci", runId: "r1" };
    expect((await service.submit(submission("a.xml", junit(2), { runId: "r1" }))).run.status).toBe("running");
    expect(await service.command({ kind: "finish", key, state: "cancelled" })).toMatchObject({ status: "cancelled" });
    expect(await service.command({ kind: "move", key, to: { project: "other" } })).toMatchObject({
      project: "other",
      runId: "r1",
    });
    expect(await codeOf(service.command({ kind: "delete", key }))).toBe("NOT_FOUND");
    const moved = { ...key, project: "other" };
    for (const to of [{ project: "" }, { runId: "a\0b" }, { environment: "x".repeat(201) }])
      expect(await codeOf(service.command({ kind: "move", key: moved, to }))).toBe("CONTEXT_INVALID");
    expect(await service.command({ kind: "delete", key: moved })).toBeUndefined();
    expect((await reader().size()).runs).toBe(0);
    expect(await counters()).toMatchObject({ "runs cancelled": 1 });
  });

  test("a run of unknown parts completes by itself, and a commit is announced; a new configuration takes effect", async () => {
    const commits = vi.fn();
    const service = await start({ onCommit: commits });
    service.reconfigure(configOf({ quietSeconds: 1 }));
    expect((await service.submit(submission("a.xml", junit(2), { runId: "r1" }))).run.status).toBe("running");
    const store = reader();
    await vi.waitFor(async () => expect((await store.run("r1")).status).toBe("passed"), {
      timeout: 6_000,
      interval: 100,
    });
    await vi.waitFor(() => expect(commits).toHaveBeenCalled());
  });
});

test("how long runs waited to be known is told where their reports say when they ended, and for no old ones", async () => {
  const told: number[] = [];
  const service = await start({
    onDetected: (seconds) => told.push(...seconds),
    config: configOf({ quietSeconds: 0.01 }),
  });
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const timed = (seconds: number) =>
    `<testsuite name="s" timestamp="${ago(seconds)}" time="0"><testcase name="t"/></testsuite>`;
  await service.submit(submission("none.xml", junit(1)));
  await service.submit(submission("old.xml", timed(500), { history: true }));
  await service.submit(submission("now.xml", timed(100)));
  await service.submit(submission("future.xml", timed(-3600)));
  // Completed by the clock.
  const waiting = await service.submit(submission("late.xml", timed(200), { runId: "r1" }));
  expect(waiting.run.status).toBe("running");
  await vi.waitFor(() => expect(told).toHaveLength(3), { timeout: 10_000 });
  const [now, future, late] = told as [number, number, number];
  expect(now).toBeGreaterThanOrEqual(99);
  expect(now).toBeLessThan(110);
  expect(future).toBeLessThan(10);
  expect(late).toBeGreaterThanOrEqual(199);
  expect(late).toBeLessThan(215);
});

describe("ends", () => {
  test("close finishes what was accepted, then refuses", async () => {
    const service = await start();
    const accepted = Array.from({ length: 30 }, (_, i) =>
      service.submit(submission(`${i}.xml`, junit(50, { from: i }))),
    );
    const closed = service.close();
    expect(await codeOf(service.submit(submission("late.xml", junit(1))))).toBe("SHUTTING_DOWN");
    expect((await Promise.all(accepted)).every((receipt) => receipt.outcome === "stored")).toBe(true);
    await closed;
    await service.close();
    expect(await codeOf(service.submit(submission("later.xml", junit(1))))).toBe("SHUTTING_DOWN");
    expect((await reader().size()).runs).toBe(30);
    expect(existsSync(`${file}-wal`)).toBe(true);
  });

  test("when the worker dies, who waits is told, and nobody waits for it again", async () => {
    let worker: Worker | undefined;
    const original = Worker.prototype.postMessage;
    vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, ...args) {
      worker = this;
      return original.apply(this, args);
    });
    const service = await start();
    expect(service.alive()).toBe(true);
    const accepted = Array.from({ length: 20 }, (_, i) =>
      service.submit(submission(`${i}.xml`, junit(5_000, { from: i }))),
    );
    const settled = Promise.allSettled(accepted);
    await worker!.terminate();
    const refused = (await settled).filter((one) => one.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((one) => (one.reason as AppError).code === "INTERNAL")).toBe(true);
    expect(service.queueLength()).toBe(0);
    expect(service.alive()).toBe(false);
    expect(await codeOf(service.submit(submission("late.xml", junit(1))))).toBe("INTERNAL");
    await service.close();
    expect((await (await start()).submit(submission("again.xml", junit(1)))).outcome).toBe("stored");
  });

  test("a second server on the store does not start; a command does", async () => {
    await start({ exclusive: true });
    expect(await codeOf(start({ exclusive: true }))).toBe("STORE_BUSY");
    const command = await start();
    expect((await command.submit(submission("a.xml", junit(1)))).outcome).toBe("stored");
  });

  test("a store that cannot be opened says why", async () => {
    writeFileSync(file, "notes, not a database ".repeat(100));
    expect(await codeOf(start())).toBe("STORE_CORRUPT");
    expect(await codeOf(start({ storeAddress: `sqlite:${path.join(file, "p.db")}` }))).toBe("INPUT_UNREADABLE");
    expect(await codeOf(start({ storeAddress: "sqlite:/proc/nowhere/p.db" }))).toBe("INPUT_UNREADABLE");
    expect(await codeOf(start({ storeAddress: "postgres://h/db" }))).toBe("STORE_UNSUPPORTED");
    const missing = path.join(folder, "made/on/demand/p.db");
    expect(
      (await (await start({ storeAddress: `sqlite:${missing}` })).submit(submission("a.xml", junit(1)))).outcome,
    ).toBe("stored");
  });

  /** Lines of a process that ingests a report of `tests` tests. */
  function child(tests: number, { small = 0, limitKb = 0 } = {}) {
    const report = path.join(folder, "big.xml");
    writeFileSync(report, junit(tests));
    const args = [process.execPath, "--disable-warning=ExperimentalWarning", CHILD, file, report, `${small}`];
    const [command, ...rest] =
      limitKb === 0 ? args : ["bash", "-c", `ulimit -f ${limitKb}; exec "$@"`, "bash", ...args];
    const running = spawn(command!, rest, { stdio: ["ignore", "pipe", "inherit"] });
    closers.push(() => running.kill("SIGKILL"));
    const output: string[] = [];
    running.stdout.on("data", (data) => output.push(String(data)));
    const ended = new Promise<void>((resolve) => running.once("close", () => resolve()));
    return { running, ended, lines: () => output.join("").trim().split("\n") };
  }

  test("killed in the middle of a large report: nothing of it is stored, and the store opens again", async () => {
    mkdirSync(folder, { recursive: true });
    const { running, ended, lines } = child(200_000);
    const walBytes = () => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    // Rows have reached the file, and the report is not through.
    await vi.waitFor(() => expect(walBytes()).toBeGreaterThan(500_000), { timeout: 20_000, interval: 5 });
    running.kill("SIGKILL");
    await ended;
    expect(lines()).toEqual(["submitted"]);
    const service = await start({ exclusive: true });
    expect((await reader().size()).runs).toBe(0);
    expect(await counters()).toEqual({});
    await service.submit(submission("a.xml", junit(3)));
    expect(await counters()).toEqual({ "executions passed": 3, "runs passed": 1 });
  });

  test.skipIf(process.platform === "win32")(
    "a report that fills the disk does not take the others with it",
    async () => {
      const { ended, lines } = child(200_000, { small: 20, limitKb: 5_000 });
      await ended;
      expect(lines()).toEqual(["submitted", "STORE_FULL", new Array(20).fill("stored").join(" "), "closed"]);
      expect((await reader().size()).runs).toBe(20);
      expect(await counters()).toEqual({ "executions passed": 40, "runs passed": 20 });
    },
  );
});
