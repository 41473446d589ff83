import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { temporaryFolder } from "../../test/temporary.ts";
import { defaultConfig } from "../config/schema.ts";
import { type Outcome, plumbline as runIt } from "./test-support.ts";

let cwd = "";
beforeEach(() => {
  cwd = temporaryFolder("cli");
});
const put = (name: string, content: string | Buffer) => {
  mkdirSync(join(cwd, name, ".."), { recursive: true });
  writeFileSync(join(cwd, name), content);
};
const plumbline = (line: string, options: { env?: Record<string, string>; stdin?: Buffer | string } = {}) =>
  runIt(
    line.split(" ").filter((word) => word !== ""),
    { cwd, ...options },
  );
const json = ({ out }: Outcome) => JSON.parse(out);

/** Two tests, one of them failing unless `good`. */
const junit = (
  name: string,
  good = false,
) => `<testsuite name="${name}" tests="2" time="1.5" timestamp="2026-01-31T10:00:00">
  <testcase classname="${name}" name="one" file="${name}.py" line="3" time="1"/>
  <testcase classname="${name}" name="two" file="${name}.py" line="7" time="0.5">${
    good ? "" : '<failure message="expected 1, got 2">trace</failure>'
  }</testcase>
</testsuite>`;
const EMPTY = '<testsuite name="none" tests="0"/>';

describe("usage", () => {
  test.each([
    ["no command", "", "a command is needed"],
    ["an unknown command", "ingst x", "unknown command 'ingst' (hint: did you mean ingest?"],
    ["an unknown subcommand", "runs lst", "unknown command 'lst' (hint: did you mean list?"],
    ["an unknown flag", "inspect --jsn x", "unknown option '--jsn' (hint: did you mean --json?"],
    ["a missing argument", "inspect", "missing required argument 'file' (hint: see 'plumbline --help'"],
    ["a wrong choice", "runs list --status good", "Allowed choices are running, passed"],
    ["a wrong number", "runs list --limit 0", "expected a whole number from 1 to 1000"],
    [
      "two places to store",
      "ingest --store sqlite:a --server http://x a.xml",
      "--store and --server exclude each other",
    ],
    ["times in the wrong order", "runs list --from now --to -1h --store sqlite:a", "--from is after --to"],
  ])("%s is exit status 2 with a hint", async (_, line, message) => {
    const { status, err, out } = await plumbline(line);
    expect(status).toBe(2);
    expect(err).toContain(`USAGE: `);
    expect(err).toContain(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out).toBe("");
  });

  test("help and version are exit status 0, on standard output", async () => {
    expect(await plumbline("--version")).toMatchObject({
      status: 0,
      err: "",
      out: expect.stringMatching(/^plumbline \d/),
    });
    for (const line of ["--help", "help ingest", "runs --help", "runs list --help"]) {
      const { status, out, err } = await plumbline(line);
      expect({ line, status, err }).toEqual({ line, status: 0, err: "" });
      expect(out).toContain("Usage: plumbline");
    }
    expect((await plumbline("ingest --help")).out).toContain("Examples:");
  });

  test("a stack is shown only when it was asked for", async () => {
    expect((await plumbline("inspect nope.xml")).err).not.toMatch(/\n\s+at /);
    expect((await plumbline("inspect nope.xml --log.level debug")).err).toMatch(/\n\s+at /);
  });
});

describe("config", () => {
  test("check names every problem with its place, then their number", async () => {
    put("p.yml", "tresholds: {}\nthresholds:\n  failureRatio: 5%\nlabels: {projects: none}\n");
    const { status, err } = await plumbline("config check --config.file p.yml");
    expect(status).toBe(2);
    expect(err.replaceAll(`${cwd}/`, "")).toBe(
      `p.yml:1:1: tresholds: unknown key; did you mean thresholds?
p.yml:3:17: thresholds.failureRatio: expected a ratio from 0 to 1, got "5%"; try 0.05
p.yml:4:20: labels.projects: expected a whole number > 0, got "none"
p.yml: CONFIG_INVALID: 3 problems
`,
    );
  });
  test("the file is found by flag, variable, then its usual name", async () => {
    expect((await plumbline("config check")).out).toContain("the defaults are used");
    put("plumbline.yml", "project: usual\n");
    put("env.yml", "project: variable\n");
    put("flag.yml", "project: flag\n");
    const project = async (line: string, env = {}) => parse((await plumbline(line, { env })).out).project;
    expect(await project("config show")).toBe("usual");
    expect(await project("config show", { PLUMBLINE_CONFIG: "env.yml" })).toBe("variable");
    expect(await project("config show --config.file flag.yml", { PLUMBLINE_CONFIG: "env.yml" })).toBe("flag");
    expect((await plumbline("config check --config.file nope.yml")).status).toBe(2);
  });
  test("show prints a file that is valid and means the same", async () => {
    put("p.yml", (await plumbline("config show")).out);
    expect(json(await plumbline("config show --json --config.file p.yml"))).toEqual(defaultConfig());
  });
  test("schema is JSON", async () => expect(json(await plumbline("config schema"))).toHaveProperty("$id"));
});

describe("inspect", () => {
  test("prints R5's minimal text", async () => {
    put("r.xml", junit("api"));
    const { status, out } = await plumbline("inspect r.xml");
    expect(status).toBe(0);
    expect(out).toContain("[TESTS] 2 total: 1 passed, 1 failed, 0 skipped (1.5s)\nFAILED: api.py:7\n");
  });
  test("--json is one document, from gzip and standard input alike", async () => {
    put("r.xml", junit("api"));
    put("r.xml.gz", gzipSync(junit("api")));
    const plain = json(await plumbline("inspect r.xml --json"));
    expect(plain).toMatchObject({ kind: "test-run", format: "junit", summary: { total: 2, passed: 1, failed: 1 } });
    expect(json(await plumbline("inspect r.xml.gz --json"))).toEqual(plain);
    expect(json(await plumbline("inspect - --json", { stdin: junit("api") }))).toEqual(plain);
    expect(json(await plumbline("inspect - --json", { stdin: gzipSync(junit("api")) }))).toEqual(plain);
  });
  test("no tests are zeros, a warning and exit status 0", async () => {
    put("r.xml", EMPTY);
    const { status, out, err } = await plumbline("inspect r.xml --json");
    expect(status).toBe(0);
    expect(JSON.parse(out).summary).toMatchObject({ total: 0, passed: 0 });
    expect(err).toContain("r.xml: WARNING: NO_TESTS");
  });
  test.each([
    ["a missing file", "nope.xml", undefined, "nope.xml: INPUT_NOT_FOUND: no such file"],
    ["a cut file", "r.xml", junit("api").slice(0, 150), /^r\.xml:\d+:\d+: FORMAT_SYNTAX: /],
    ["an empty file", "r.xml", "", /^r\.xml:.*INPUT_EMPTY: /],
    ["something else", "r.xml", "hello", /^r\.xml:.*FORMAT_UNKNOWN: /],
    [
      "cut gzip data",
      "r.gz",
      gzipSync(junit("api").repeat(50)).subarray(0, 60),
      /^r\.gz: INPUT_CUT: the gzip data ends/,
    ],
    [
      "damaged gzip data",
      "r.gz",
      Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]),
      /^r\.gz: INPUT_ENCODING: the gzip data cannot/,
    ],
    ["a folder without reports", ".", undefined, ".: INPUT_NOT_FOUND: the folder holds no report"],
  ])("%s is one line with the file's name, and exit status 2", async (_, name, content, expected) => {
    if (content !== undefined) put(name, content);
    const { status, err, out } = await plumbline(`inspect ${name}`);
    expect(status).toBe(2);
    expect(err.split("\n")[0]).toMatch(expected);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(err).toContain(" (hint: ");
    expect(out).toBe("");
  });
  test("names from reports cannot control the terminal", async () => {
    put("r.xml", junit("&#x9;x").replace("expected 1", "\u009b31mred"));
    expect((await plumbline("inspect r.xml")).out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe("ingest into a local store", () => {
  const STORE = "--store sqlite:db/x.db";
  const runs = async () => json(await plumbline(`runs list --json ${STORE}`)).runs;

  test("one file is a run that is complete; again, nothing changes", async () => {
    put("r.xml", junit("api"));
    const first = await plumbline(`ingest ${STORE} --project p --suite unit r.xml`);
    expect(first).toMatchObject({ status: 0, err: "" });
    expect(first.out).toMatch(
      /^\[TESTS\] 2 total: 1 passed, 1 failed, 0 skipped \(1\.5s\)\nFAILED: api\.py:7\nRUN: p\/ci \w{16} failed \(1 report stored\)\n$/,
    );
    const before = await runs();
    expect((await plumbline(`ingest ${STORE} --project p --suite unit r.xml`)).out).toContain(
      "(1 report already stored)",
    );
    expect(await runs()).toEqual(before);
    expect(before).toHaveLength(1);
    expect(before[0]).toMatchObject({
      status: "failed",
      project: "p",
      suites: ["unit"],
      counts: { passed: 1, failed: 1 },
    });
  });

  test("several files are one run, whatever their order", async () => {
    put("a/T.xml", junit("a", true));
    put("b/T.xml", junit("b", true));
    expect((await plumbline(`ingest ${STORE} a/T.xml b/T.xml`)).status).toBe(0);
    expect((await plumbline(`ingest ${STORE} b a/*.xml`)).out).toContain("2 reports already stored");
    expect(await runs()).toMatchObject([{ status: "passed", partsReceived: 2, counts: { passed: 4 } }]);
  });

  test("--run-per-file and --history make a run of each", async () => {
    put("a.xml", junit("a", true));
    put("b.xml", junit("b", true));
    expect((await plumbline(`ingest ${STORE} --history --branch main a.xml b.xml`)).status).toBe(0);
    expect(await runs()).toMatchObject([
      { history: true, status: "passed" },
      { history: true, status: "passed" },
    ]);
  });

  test("bad files of a batch are named one by one, and the rest is stored", async () => {
    put("good.xml", junit("good", true));
    put("bad.xml", "<testsuite><testcase");
    const { status, out, err } = await plumbline(`ingest ${STORE} bad.xml nope*.xml good.xml`);
    expect(status).toBe(2);
    expect(out).toContain("[TESTS] 2 total: 2 passed");
    expect(err).toMatch(/^nope\*\.xml: INPUT_NOT_FOUND: no file matches the pattern \(hint: .*\)$/m);
    expect(err).toMatch(/^bad\.xml:\d+:\d+: FORMAT_SYNTAX: /m);
    // What the missing reports would have said is not known.
    expect(await runs()).toMatchObject([{ status: "partial", counts: { passed: 2 } }]);
  });

  test.each<[string, string, string]>([
    ["cut file", "good.xml bad.xml", "partial"],
    ["file that is not there", "good.xml nope.xml", "partial"],
    ["cut file of a named run", "--run-id r good.xml bad.xml", "partial"],
    ["cut file of a named part", "--run-id r --part p good.xml bad.xml", "partial"],
    ["cut file of a CI run that others add to", "--run-id r --parts 2 good.xml bad.xml", "running"],
  ])("a %s leaves no run that passed", async (_, args, status) => {
    put("good.xml", junit("good", true));
    put("bad.xml", "<testsuite><testcase");
    expect((await plumbline(`ingest ${STORE} ${args}`)).status).toBe(2);
    expect(await runs()).toMatchObject([{ status, counts: { passed: 2 } }]);
  });

  test("a run without tests is stored as empty, and is exit status 2", async () => {
    put("r.xml", EMPTY);
    const { status, err } = await plumbline(`ingest ${STORE} r.xml`);
    expect(status).toBe(2);
    expect(err).toContain("r.xml: INPUT_EMPTY: run ");
    expect(await runs()).toMatchObject([{ status: "empty" }]);
  });

  test("--fail-on-tests is exit status 1 when tests failed, also on the second time", async () => {
    put("r.xml", junit("api"));
    put("good.xml", junit("good", true));
    expect((await plumbline(`ingest ${STORE} --fail-on-tests r.xml`)).status).toBe(1);
    expect((await plumbline(`ingest ${STORE} --fail-on-tests r.xml`)).status).toBe(1);
    expect((await plumbline(`ingest ${STORE} --fail-on-tests good.xml`)).status).toBe(0);
    expect((await plumbline(`ingest ${STORE} --fail-on-tests r.xml nope.xml`)).status).toBe(2);
  });

  const one = (inside: string) => `<testsuite name="x" tests="1"><testcase name="t">${inside}</testcase></testsuite>`;
  const standard = (status: string) =>
    JSON.stringify({
      report_version: "1.0",
      task_id: "T",
      status,
      agent_id: "A",
      timestamp: "2026-01-31T10:00:00Z",
      error: {
        type: "crash",
        message: "no",
        partial_results: { tests_run_before_crash: 1, tests_passed: 1, tests_failed: 0 },
      },
      warning: "no",
      results: { total: 1, passed: 1, failed: 0, skipped: 0, incomplete: 0 },
    });
  test.each<[string, string, string, number]>([
    ["errored tests", "", one('<error message="no"/>'), 1],
    ["skipped tests alone", "", one("<skipped/>"), 1],
    ["a report that says it broke off", "", standard("error"), 1],
    ["a report that says it is partial", "", standard("partial"), 1],
    ["measures alone", "", JSON.stringify({ measures: [{ name: "m", value: 1, unit: "seconds" }] }), 0],
    ["failed tests in an open run", "--run-id r --parts 2", one('<failure message="no"/>'), 1],
    ["skipped tests alone in an open run", "--run-id r --parts 2", one("<skipped/>"), 1],
    ["a report that broke off in an open run", "--run-id r --parts 2", standard("partial"), 1],
    ["passed tests in an open run", "--run-id r --parts 2", one(""), 0],
  ])("--fail-on-tests on %s", async (_, args, content, status) => {
    put("r", content);
    expect((await plumbline(`ingest ${STORE} --fail-on-tests ${args} r`)).status).toBe(status);
    expect((await plumbline(`ingest ${STORE} --fail-on-tests ${args} r`)).status, "again").toBe(status);
  });

  test("benchmarks carry the machine they ran on: the flag, else this host; old ones nobody's", async () => {
    const report = (mean: number) =>
      JSON.stringify({ results: [{ command: "sort", mean, min: mean, max: mean, times: [mean], exit_codes: [0] }] });
    put("a.json", report(1));
    put("b.json", report(2));
    put("c.json", report(3));
    await plumbline(`ingest ${STORE} --run-id host a.json`);
    await plumbline(`ingest ${STORE} --run-id flag --runner-class lab-1 b.json`);
    await plumbline(`ingest ${STORE} --run-id old --history c.json`);
    const classes = await Promise.all(
      ["host", "flag", "old"].map(async (id) => {
        const { measures } = json(await plumbline(`runs show ${id} --json ${STORE}`));
        return [...new Set(measures.map((one: { runnerClass?: string }) => one.runnerClass))];
      }),
    );
    expect(classes).toEqual([["linux-x64-2c-4g-test"], ["lab-1"], [undefined]]);
  });

  test("targets show every level, and what nothing measures as unknown", async () => {
    const value = (name: string, measured: number, unit: string) => ({ name, value: measured, unit });
    const list = [
      value("token_reduction", 42.3, "%"),
      value("cache_hit_rate", 70, "%"),
      value("db_connections", 40, ""),
    ];
    put("m.json", JSON.stringify({ measures: list }));
    await plumbline(`ingest ${STORE} --suite scorecard m.json`);
    const { targets } = json(await plumbline(`targets --json ${STORE}`));
    const levels = Object.fromEntries(targets.map((one: { name: string; level: string }) => [one.name, one.level]));
    expect(levels).toMatchObject({
      "token reduction": "green",
      "cache hit rate": "yellow",
      "DB connections": "red",
      "p95 latency": "unknown",
    });
    const { out } = await plumbline(`targets ${STORE} --project default`);
    expect(out).toMatch(/^green \(near\) +token reduction +0\.423 +0\.4 +0\.3 +ratio +default\/scorecard/m);
    expect(out).toMatch(/^unknown +p95 latency .*no run has it$/m);
    expect((await plumbline(`targets ${STORE} --project other`)).out).not.toContain("green");
  });

  test("a named run is completed, unless more parts are announced", async () => {
    put("a.xml", junit("a", true));
    put("b.xml", junit("b", true));
    await plumbline(`ingest ${STORE} --run-id one a.xml`);
    expect((await plumbline(`ingest ${STORE} --run-id two --parts 2 a.xml`)).out).toContain("two running");
    expect((await plumbline(`ingest ${STORE} --run-id two --parts 2 b.xml`)).out).toContain("two passed");
    await plumbline(`ingest ${STORE} --run-id three --part x a.xml`);
    const byId = Object.fromEntries(
      (await runs()).map((run: { runId: string; status: string }) => [run.runId, run.status]),
    );
    expect(byId).toEqual({ one: "passed", two: "passed", three: "running" });
    expect((await plumbline(`runs finish three --state cancelled ${STORE}`)).out).toContain("cancelled");
  });

  test("context comes from the CI system, and a pull request is none of its branches", async () => {
    put("r.xml", junit("api", true));
    const env = {
      GITHUB_ACTIONS: "true",
      GITHUB_REPOSITORY: "acme/shop",
      GITHUB_RUN_ID: "77",
      GITHUB_JOB: "unit",
      GITHUB_REF: "refs/pull/5/merge",
      GITHUB_HEAD_REF: "main",
    };
    await plumbline(`ingest ${STORE} r.xml`, { env });
    const found = (await runs())[0];
    expect(found).toMatchObject({ project: "shop", runId: "77-1", branch: "pull/5/head", branchLabel: "pull_request" });
    expect(json(await plumbline(`runs show 77-1 --json ${STORE}`)).parts).toMatchObject([{ name: "unit/r.xml" }]);
  });

  test("--json is one document with runs and errors", async () => {
    const { status, out } = await plumbline(`ingest ${STORE} --json - nope.xml`, { stdin: gzipSync(junit("api")) });
    expect(status).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      runs: [
        {
          status: "partial",
          summary: { total: 2, passed: 1, failed: 1, errored: 0, skipped: 0, durationSeconds: 1.5 },
          files: [{ name: "stdin", outcome: "stored", format: "junit" }],
          failures: [{ file: "api.py", line: 7 }],
        },
      ],
      errors: [{ code: "INPUT_NOT_FOUND", file: "nope.xml" }],
    });
  });

  test("a wrong store is one line", async () => {
    put("r.xml", junit("api"));
    const { status, err } = await plumbline("ingest --store mysql://x r.xml");
    expect(status).toBe(2);
    expect(err).toContain("STORE_UNSUPPORTED: ");
  });
});

describe("stored runs", () => {
  const STORE = "--store sqlite:x.db";
  beforeEach(async () => {
    put("r.xml", junit("api"));
    await plumbline(`ingest ${STORE} --project p --run-id r1 --branch main r.xml`);
  });

  test("show tells of suites and failures", async () => {
    const { out } = await plumbline(`runs show r1 ${STORE}`);
    expect(out).toContain("r1 failed");
    expect(out).toMatch(/^failed .*two \(api\.py:7\): expected 1, got 2$/m);
  });
  test("filters choose", async () => {
    expect(json(await plumbline(`runs list --json --status passed ${STORE}`)).runs).toEqual([]);
    expect(json(await plumbline(`runs list --json --status failed --branch main ${STORE}`)).runs).toHaveLength(1);
    expect((await plumbline(`runs list --project q ${STORE}`)).err).toBe("no run matches\n");
  });
  test("delete does not ask nobody", async () => {
    expect((await plumbline(`runs delete r1 ${STORE}`)).err).toContain("delete asks first, and this is no terminal");
    expect((await plumbline(`runs delete --yes nope r1 ${STORE}`)).status).toBe(2);
    expect(json(await plumbline(`runs list --json ${STORE}`)).runs).toHaveLength(1);
    expect((await plumbline(`runs delete --yes r1 ${STORE}`)).out).toBe("deleted p/ci r1\n");
    expect(json(await plumbline(`runs list --json ${STORE}`)).runs).toEqual([]);
  });
  test("move gives a new place", async () => {
    expect((await plumbline(`runs move r1 ${STORE}`)).status).toBe(2);
    await plumbline(`runs move r1 --project q --run-id r2 ${STORE}`);
    expect(json(await plumbline(`runs list --json ${STORE}`)).runs).toMatchObject([{ project: "q", runId: "r2" }]);
  });
  describe("a run id in several projects", () => {
    beforeEach(async () => {
      await plumbline(`ingest ${STORE} --project q --run-id r1 r.xml`);
      await plumbline(`ingest ${STORE} --project q --environment staging --run-id r1 r.xml`);
    });
    const keys = async () =>
      json(await plumbline(`runs list --json ${STORE}`))
        .runs.map((run: { project: string; environment: string; runId: string }) =>
          [run.project, run.environment, run.runId].join("/"),
        )
        .sort();

    test("is one with --project, and with --environment where that is not enough", async () => {
      expect((await plumbline(`runs show r1 ${STORE}`)).err).toContain("name --project and --environment");
      expect(json(await plumbline(`runs show r1 --json --project p ${STORE}`)).project).toBe("p");
      const both = await plumbline(`runs show r1 --project q ${STORE}`);
      expect(both).toMatchObject({ status: 2, err: expect.stringContaining("q/ci, q/staging") as string });
      const found = json(await plumbline(`runs show r1 --json --project q --environment staging ${STORE}`));
      expect(found).toMatchObject({ project: "q", environment: "staging" });
      expect(json(await plumbline(`runs finish r1 --json --environment staging ${STORE}`)).id).toBe(found.id);
    });
    test("is not another than asked for", async () => {
      expect((await plumbline(`runs show r1 --project none ${STORE}`)).err).toMatch(/^NOT_FOUND: no run "r1" in none/);
      await plumbline(`runs delete --yes r1 --project q --environment staging ${STORE}`);
      await plumbline(`runs delete --yes r1 --project q ${STORE}`);
      expect((await plumbline(`runs delete --yes r1 --project q ${STORE}`)).status).toBe(2);
      expect(await keys()).toEqual(["p/ci/r1"]);
    });
    test("moves from where --from-project and --from-environment say", async () => {
      const args = "--from-project q --from-environment staging --environment ci --run-id r2";
      expect((await plumbline(`runs move r1 ${args} ${STORE}`)).status).toBe(0);
      expect(await keys()).toEqual(["p/ci/r1", "q/ci/r1", "q/ci/r2"]);
    });
  });
  test("the aggregations add up", async () => {
    expect(json(await plumbline(`summary --json ${STORE}`))).toMatchObject({
      total: 2,
      executed: 2,
      passRatePercent: 50,
    });
    expect(json(await plumbline(`errors --json ${STORE}`)).errors).toMatchObject([
      { message: "expected 1, got 2", count: 1 },
    ]);
    expect(json(await plumbline(`trend --json --days 366 ${STORE}`)).days.length).toBeLessThan(2);
    expect(json(await plumbline(`performance --json ${STORE}`))).toEqual({ measures: [] });
  });
  test("reading creates no store", async () => {
    const { status, err } = await plumbline("runs list --store sqlite:none.db");
    expect(status).toBe(2);
    expect(err).toContain("NOT_FOUND: there is no store yet");
    expect(readdirSync(cwd)).not.toContain("none.db");
  });
});

test("a server that is away is one line without credentials", async () => {
  put("r.xml", junit("api"));
  for (const line of ["ingest r.xml", "runs list"]) {
    const { status, err } = await plumbline(`${line} --server http://user:secret@127.0.0.1:9`);
    expect(status).toBe(2);
    expect(err).toContain("SERVER_UNREACHABLE");
    expect(err).not.toContain("secret");
  }
});

test("formats lists the registry", async () => {
  const ids = json(await plumbline("formats --json")).formats.map((format: { id: string }) => format.id);
  expect(ids).toEqual(expect.arrayContaining(["junit", "jest", "gotest", "standard", "measures"]));
});

test("provision writes what the numbers ask for, and only what changes", async () => {
  put("p.yml", "thresholds: {failureRatio: 0.07}\n");
  const first = await plumbline("provision --config.file p.yml --out stack");
  expect(first.status).toBe(0);
  expect(readFileSync(join(cwd, "stack/prometheus/rules/plumbline.yml"), "utf8")).toContain("0.07");
  expect((await plumbline("provision --config.file p.yml --out stack")).err).toMatch(/^0 files written, \d+ unchanged/);
});
