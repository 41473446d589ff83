/** The real program in child processes: what only a process has (exit status, pipes, signals, which Node). */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownPackage } from "./package.ts";

const BIN = join(ownPackage().root, "exporter/bin/plumbline");
const folder = mkdtempSync(join(tmpdir(), "plumbline-bin-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without the variables of the CI system that may be running this test. */
const env = { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: tmpdir() };

async function plumbline(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(BIN, args, { cwd: folder, env });
    return { status: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, err: stderr };
  }
}

beforeAll(() => {
  writeFileSync(
    join(folder, "r.xml"),
    '<testsuite name="api" tests="2"><testcase name="a" time="1"/><testcase name="b" time="1"><failure message="no"/></testcase></testsuite>',
  );
});

describe("exit status and streams", () => {
  test.each<[string, string[], number, RegExp, RegExp]>([
    ["fine", ["--version"], 0, /^plumbline \d+\.\d+\.\d+\n$/, /^$/],
    ["tests failed", ["ingest", "--fail-on-tests", "r.xml"], 1, /^\[TESTS\] 2 total/, /^$/],
    ["own error", ["inspect", "nope.xml"], 2, /^$/, /^nope\.xml: INPUT_NOT_FOUND: no such file \(hint: .*\)\n$/],
    ["usage", ["inspekt"], 2, /^$/, /^USAGE: unknown command 'inspekt' \(hint: did you mean inspect\?\)\n$/],
  ])("%s", async (_, args, status, out, err) => {
    const found = await plumbline(...args);
    expect(found).toEqual({ status, out: expect.stringMatching(out), err: expect.stringMatching(err) });
  });

  test("a reader that goes away is no error", async () => {
    const script = `'${BIN}' --help | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)("bash", ["-c", script], { cwd: folder, env });
    expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
  });
});

describe("which program runs", () => {
  test("a package that is not complete says so", async () => {
    const bin = join(folder, "node_modules/plumbline/exporter/bin");
    mkdirSync(bin, { recursive: true });
    cpSync(join(BIN, ".."), bin, { recursive: true });
    const child = promisify(execFile)(process.execPath, [join(bin, "plumbline"), "--version"], { env });
    await expect(child).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^plumbline is not installed completely: .*main\.js is missing\n {2}hint: /),
    });
  });
});

describe("serve", () => {
  let child: ChildProcess;
  let url = "";
  let err = "";
  const listen = ["--web.listen-address", "127.0.0.1:0"];

  async function start(...args: string[]): Promise<void> {
    err = "";
    child = spawn(BIN, ["serve", "--store", "sqlite:s/x.db", ...listen, ...args], { cwd: folder, env });
    child.stderr?.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    const [first] = await Promise.race([
      once(child.stdout as NodeJS.ReadableStream, "data"),
      once(child, "exit").then(() => {
        throw new Error(err);
      }),
    ]);
    const line = String(first);
    expect(line).toMatch(/^plumbline \S+ listens on http:\/\/127\.0\.0\.1:\d+ \(store sqlite:s\/x\.db\)\n$/);
    url = /http:\S+/.exec(line)?.[0] ?? "";
  }
  const until = async (what: () => boolean) => {
    for (let i = 0; i < 200 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(what()).toBe(true);
  };
  afterAll(() => child?.kill("SIGKILL"));

  test("takes reports, answers queries, reloads and ends on request", async () => {
    writeFileSync(join(folder, "plumbline.yml"), "project: shop\n");
    await start("--web.enable-lifecycle");

    const stored = await plumbline("ingest", "--server", url, "--run-id", "r1", "--parts", "1", "r.xml");
    expect(stored).toMatchObject({ status: 0, err: "" });
    expect(stored.out).toContain(`RUN: shop/ci r1 failed (1 report stored) ${url}/runs/`);
    const again = await plumbline("ingest", "--server", url, "--run-id", "r1", "--parts", "1", "r.xml", "--json");
    expect(JSON.parse(again.out).runs[0].files).toMatchObject([{ outcome: "duplicate", name: "r.xml" }]);
    const bad = await plumbline("ingest", "--server", url, "plumbline.yml");
    expect(bad).toMatchObject({ status: 2, err: expect.stringMatching(/^plumbline\.yml:1:1: FORMAT_UNKNOWN: /) });

    expect(JSON.parse((await plumbline("summary", "--server", url, "--json")).out)).toMatchObject({ total: 2 });
    expect((await plumbline("runs", "show", "r1", "--server", url)).out).toContain("r1 failed");
    const named = await plumbline("baselines", "save", "v1/ö", "--run", "r1", "--server", url, "--json");
    expect(JSON.parse(named.out)).toMatchObject({ project: "shop", name: "v1/ö", run: { runId: "r1" } });
    expect(JSON.parse((await plumbline("baselines", "list", "--server", url, "--json")).out).baselines).toHaveLength(1);
    const kept = await plumbline("runs", "delete", "r1", "--yes", "--server", url);
    expect(kept).toMatchObject({ status: 2, err: expect.stringContaining('RUN_KEPT: run "r1" is kept by') });
    expect((await plumbline("baselines", "delete", "v1/ö", "--server", url)).status).toBe(0);
    expect((await plumbline("runs", "move", "r1", "--run-id", "r2", "--server", url)).out).toContain("r2");
    expect((await plumbline("runs", "delete", "r2", "--yes", "--server", url)).out).toBe("deleted shop/ci r2\n");
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('project="shop"');

    const second = await plumbline("serve", "--store", "sqlite:s/x.db", ...listen);
    expect(second).toMatchObject({ status: 2, err: expect.stringContaining("STORE_BUSY") });

    writeFileSync(join(folder, "plumbline.yml"), "project: [\n");
    child.kill("SIGHUP");
    await until(() => err.includes("configuration is not usable, the previous one stays"));
    expect((await fetch(`${url}/-/ready`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("plumbline_config_last_reload_successful 0");
    expect((await fetch(`${url}/-/reload`, { method: "POST" })).status).toBe(400);
    writeFileSync(join(folder, "plumbline.yml"), "project: shop2\n");
    expect((await fetch(`${url}/-/reload`, { method: "POST" })).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("plumbline_config_last_reload_successful 1");

    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    expect(err).toContain("msg=stopped");
  });

  test("command line and upload mean the same run, and judge it the same", async () => {
    await start();
    const files = ["two/r.xml", "two/deep/r.xml"];
    mkdirSync(join(folder, "two/deep"), { recursive: true });
    for (const [i, name] of files.entries())
      writeFileSync(join(folder, name), `<testsuite name="s"><testcase name="t${i}"/></testsuite>`);
    const upload = async (body: FormData | string, query = "") => {
      const response = await fetch(`${url}/api/v1/reports${query}`, { method: "POST", body });
      return (await response.json()) as { outcome: string; results: { run: { status: string } }[] };
    };

    expect((await plumbline("ingest", "--server", url, "r.xml")).out).toContain("(1 report stored)");
    expect(await upload(readFileSync(join(folder, "r.xml"), "utf8"))).toMatchObject({ outcome: "duplicate" });

    const form = new FormData();
    for (const name of files) form.append("f", new File([readFileSync(join(folder, name))], name));
    const { results } = await upload(form);
    expect(results.map(({ run }) => run.status)).toEqual(["passed", "passed"]);
    const both = await plumbline("ingest", "--server", url, ...files);
    expect(both.out).toMatch(/ passed \(2 reports already stored\)/);

    const broken = JSON.stringify({
      report_version: "1.0",
      task_id: "T",
      agent_id: "A",
      timestamp: "2026-01-31T10:00:00Z",
      status: "error",
      error: {
        type: "x",
        message: "no",
        partial_results: { tests_run_before_crash: 1, tests_passed: 1, tests_failed: 0 },
      },
    });
    writeFileSync(join(folder, "broken.json"), broken);
    const args = ["--server", url, "--run-id", "open", "--parts", "2", "--fail-on-tests", "broken.json"];
    expect((await plumbline("ingest", ...args)).status).toBe(1);
    expect(await upload(broken, "?run_id=open&parts=2&part=broken.json")).toMatchObject({
      outcome: "duplicate",
      status: "rejected",
      state: "error",
      required_actions: [expect.stringContaining("escalate") as string, "send the other 1 of 2 parts"],
    });
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("a wrong start is one line and exit status 2, and nothing is left behind", async () => {
    rmSync(join(folder, "plumbline.yml"), { force: true });
    const remote = await plumbline("serve", "--store", "sqlite:s/x.db", "--web.listen-address", "0.0.0.0:0");
    expect(remote.status).toBe(2);
    expect(remote.err).toMatch(/^.*[A-Z_]+: .* \(hint: .*\)\n$/);
    const path = await plumbline("serve", "--web.telemetry-path", "metrics");
    expect(path).toMatchObject({ status: 2, err: expect.stringContaining("--web.telemetry-path: expected a path") });
    await start();
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
