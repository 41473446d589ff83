import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { plumbline } from "./test-support.ts";

interface Measured {
  readonly p95?: number;
  readonly rps?: number;
  readonly errors?: number;
  readonly more?: readonly object[];
}
/** Named values of one load, as any script may write them. */
const report = ({ p95 = 100, rps = 200, errors = 0.01, more = [] }: Measured = {}) =>
  JSON.stringify({
    name: "load",
    measures: [
      { name: "latency", stat: "p95", value: p95, unit: "ms" },
      { name: "requests_per_second", value: rps, unit: "req/s" },
      { name: "error_rate", value: errors, unit: "ratio" },
      ...more,
    ],
  });
/** hyperfine's export of one command; `spread` is a ratio of the level. */
const hyperfine = (level: number, name = "sort", spread = 0.1) => {
  const times = Array.from({ length: 20 }, (_, i) => level * (1 - spread / 2 + (spread * ((i * 7) % 20)) / 20));
  const [min, max] = [Math.min(...times), Math.max(...times)];
  const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
  return JSON.stringify({ results: [{ command: name, mean, stddev: 0.01, median: mean, min, max, times }] });
};

const CONFIG = "project: shop\nstore: sqlite:./store.db\n";
let cwd = "";
beforeEach(() => {
  cwd = temporaryFolder("compare");
  writeFileSync(join(cwd, "plumbline.yml"), CONFIG);
});
const put = (name: string, content: string) => {
  mkdirSync(join(cwd, name, ".."), { recursive: true });
  writeFileSync(join(cwd, name), content);
};
const run = (...argv: string[]) => plumbline(argv, { cwd });
const compare = (...argv: string[]) => run("compare", ...argv);

let minute = 0;
/** Stored as a run of its own, each a minute after the one before. */
async function ingest(runId: string, content: string, ...more: string[]) {
  put(`${runId}.json`, content);
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute++)).toISOString();
  const args = ["--run-id", runId, "--suite", "bench", "--parts", "1", "--branch", "main", "--started-at", at, ...more];
  const { status, err } = await run("ingest", `${runId}.json`, ...args);
  expect({ status, err }).toEqual({ status: 0, err: "" });
}
interface Document {
  readonly verdict: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly baseline: { readonly runs: readonly { readonly runId: string }[]; readonly files: readonly object[] };
  readonly current: Document["baseline"];
  readonly series: readonly {
    readonly series: { readonly measure: string; readonly stat: string };
    readonly verdict: string;
    readonly variancePercent: number | null;
    readonly baselineRuns: number;
  }[];
}
async function document(...argv: string[]): Promise<Document> {
  const { status, out, err } = await compare(...argv, "--json");
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return JSON.parse(out) as Document;
}
const runsOf = ({ runs }: Document["baseline"]) => runs.map(({ runId }) => runId);

describe("two report files, without a store", () => {
  test("a table with limits by kind, the worst first, and a summary line", async () => {
    put("a.json", report());
    put("b.json", report({ p95: 112, rps: 140, errors: 0.0149 }));
    const { status, out, err } = await compare("a.json", "b.json");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out.split("\n").map((line) => line.replace(/ {2,}/g, " | "))).toEqual([
      "A: a.json",
      "B: b.json",
      "",
      "WHAT | A | B | CHANGE | P | VERDICT",
      "requests per second | 200 /s | 140 /s | -30.0 % | - | critical",
      "p95 latency | 100 ms | 112 ms | +12.0 % | - | warning",
      "error rate | 1 % | 1.49 % | +49.0 % | - | ok",
      "",
      "1 critical, 1 warning, 0 insufficient, 0 better, 1 ok",
      "",
    ]);
  });

  test.each<[string, Measured, string[], number]>([
    ["nothing is asked", { p95: 200 }, [], 0],
    ["a warning, from critical on", { p95: 112 }, ["--fail-on", "critical"], 0],
    ["a warning, from warning on", { p95: 112 }, ["--fail-on", "warning"], 1],
    ["critical, from critical on", { p95: 130 }, ["--fail-on", "critical"], 1],
    ["critical, from warning on", { p95: 130 }, ["--fail-on", "warning"], 1],
    ["all within limits", { p95: 101 }, ["--fail-on", "warning"], 0],
    ["all better", { p95: 10, rps: 900, errors: 0.001 }, ["--fail-on", "warning", "--strict"], 0],
  ])("exit status: %s", async (_, b, flags, status) => {
    put("a.json", report());
    put("b.json", report(b));
    expect((await compare("a.json", "b.json", ...flags)).status).toBe(status);
  });

  test("what one side lacks is listed, and fails only where it is asked for", async () => {
    const one = (name: string) => ({ name, value: 1, unit: "s" });
    put("a.json", report({ more: [one("login")] }));
    put("b.json", report({ more: [one("logout")] }));
    const { out, status } = await compare("a.json", "b.json", "--fail-on", "warning");
    expect(status).toBe(0);
    expect(out).toContain("only in A: login (value)\nonly in B: logout (value)\n");
    expect(out).toContain("3 ok; 1 only in A, 1 only in B\n");
    expect((await compare("a.json", "b.json", "--fail-on", "warning", "--strict")).status).toBe(1);
    put("a.json", report());
    expect((await compare("a.json", "b.json", "--fail-on", "warning", "--strict")).status).toBe(0);
  });

  test("a baseline of zero is insufficient, never infinite, and nothing compared is not passed", async () => {
    put("a.json", report({ errors: 0 }));
    put("b.json", report());
    const { out, status } = await compare("a.json", "b.json", "--fail-on", "warning");
    expect(status).toBe(0);
    expect(out).toMatch(/error rate +0 % +1 % +- +- +insufficient \(baseline of 0\)/);
    expect((await compare("a.json", "b.json", "--fail-on", "critical", "--strict")).status).toBe(1);
    put("c.json", JSON.stringify({ name: "x", measures: [{ name: "other", value: 1, unit: "s" }] }));
    const nothing = await compare("a.json", "c.json", "--fail-on", "critical");
    expect(nothing.status).toBe(1);
    expect(nothing.out).toContain("nothing could be compared: 0 critical");
  });

  test("single results: a change they bear out has its p, one they do not is noise", async () => {
    put("a.json", hyperfine(0.2));
    put("b.json", hyperfine(0.26));
    expect((await compare("a.json", "b.json")).out).toMatch(/time of sort .* \+30\.0 % +\S*e-\d+ +critical/);
    put("a.json", hyperfine(0.2, "sort", 1.2));
    put("b.json", hyperfine(0.23, "sort", 1.2));
    expect((await compare("a.json", "b.json")).out).toMatch(/time of sort .* \+15\.0 % +0\.\d+ +ok \(within noise\)/);
  });

  test("--all shows statistics without limits", async () => {
    put("a.json", hyperfine(0.2));
    expect((await compare("a.json", "a.json")).out).not.toContain("stddev");
    expect((await compare("a.json", "a.json", "--all")).out).toMatch(/stddev time of sort .* shown\n/);
  });

  test("Markdown: changes open, the rest folded, names without effect", async () => {
    const name = "a|b `c` @team <b>";
    put("a.json", hyperfine(0.2, name));
    put("b.json", hyperfine(0.3, name));
    const { out, status } = await compare("a.json", "b.json", "--markdown");
    expect(status).toBe(0);
    expect(out).toContain("### Performance: critical\n");
    expect(out).toContain("| ``time of a\\|b `c` @team <b>`` | 199.5 ms |");
    expect(out).toContain("| **critical** |");
    put("b.json", hyperfine(0.2, name));
    const calm = await compare("a.json", "b.json", "--markdown");
    expect(calm.out).toContain("### Performance: ok\n");
    expect(calm.out).toContain("<details><summary>2 within limits</summary>\n\n| what |");
    expect((await compare("a.json", "b.json", "--markdown", "--json")).err).toContain("USAGE: ");
  });

  test("several files of a side are several runs", async () => {
    for (const [i, p95] of [90, 100, 110].entries()) put(`old/${i}.json`, report({ p95 }));
    put("new.json", report({ p95: 125 }));
    const { series, baseline } = await document("old", "new.json");
    expect(baseline.files).toHaveLength(3);
    const latency = series.find(({ series: { measure } }) => measure === "latency");
    expect(latency).toMatchObject({ verdict: "critical", baselineRuns: 3, variancePercent: expect.closeTo(25, 9) });
    // Three rates that agree to the last digit tell nothing of their noise.
    const rate = series.find(({ series: { measure } }) => measure === "requests_per_second");
    expect(rate).toMatchObject({ verdict: "insufficient", reason: "no_spread" });
  });

  test("limits come from the configuration", async () => {
    writeFileSync(join(cwd, "plumbline.yml"), "comparison: { responseTime: { warning: 0.01, critical: 0.5 } }\n");
    put("a.json", report());
    put("b.json", report({ p95: 102 }));
    expect((await document("a.json", "b.json")).verdict).toBe("warning");
  });

  test("a report that is not whole is told, and strict fails on it", async () => {
    const failing = (level: number) =>
      JSON.stringify({
        results: [
          { ...JSON.parse(hyperfine(level)).results[0], exit_codes: [0] },
          { ...JSON.parse(hyperfine(level, "broken")).results[0], exit_codes: [1] },
        ],
      });
    put("a.json", failing(0.2));
    put("b.json", failing(0.2));
    const { status, err } = await compare("a.json", "b.json", "--fail-on", "warning");
    expect(status).toBe(0);
    expect(err).toMatch(/^a\.json: WARNING: .*\n/m);
    expect((await compare("a.json", "b.json", "--fail-on", "warning", "--strict")).status).toBe(1);
  });
});

describe("stored runs", () => {
  test("by run id and uuid; benchmarks of another kind of machine are told, not compared", async () => {
    await ingest("r1", hyperfine(0.2));
    await ingest("r2", hyperfine(0.3));
    await ingest("r3", hyperfine(0.3), "--runner-class", "small");
    expect(await document("r1", "r2")).toMatchObject({ verdict: "critical", counts: { critical: 2 } });
    const listed = JSON.parse((await run("runs", "list", "--json")).out) as { runs: { id: string; runId: string }[] };
    const uuid = listed.runs.find(({ runId }) => runId === "r1")!.id;
    expect(runsOf((await document(uuid, "run:r2")).baseline)).toEqual(["r1"]);
    const other = await compare("r1", "r3", "--fail-on", "critical");
    expect(other.status).toBe(1);
    expect(other.out).toMatch(
      /not compared, another kind of machine \(A: linux-x64-2c-4g-test; B: small\): time of sort \(avg, .*\)/,
    );
    expect(other.out).toContain("nothing could be compared: ");
  });

  test("last:N: the newest good runs of a branch that measured the same, without the run itself", async () => {
    await ingest("r1", report({ p95: 99 }));
    await ingest("r2", report({ p95: 100 }));
    await ingest("r3", report({ p95: 101 }));
    await ingest("other", hyperfine(0.2));
    await ingest("cut", report({ p95: 500 }), "--parts", "2");
    await run("runs", "finish", "cut", "--state", "partial");
    await ingest("feature", report({ p95: 500 }), "--branch", "feature");
    await ingest("new", report({ p95: 130 }));
    const found = await document("last:10@main", "new");
    expect(runsOf(found.baseline)).toEqual(["r3", "r2", "r1"]);
    expect(found.series[0]).toMatchObject({
      verdict: "critical",
      baselineRuns: 3,
      variancePercent: expect.closeTo(30, 9),
    });
    expect(runsOf((await document("last:2", "new")).baseline)).toEqual(["r3", "r2"]);
    // The newest with those before it.
    const newest = await document("last:2", "last:1");
    expect([runsOf(newest.baseline), runsOf(newest.current)]).toEqual([["r3", "r2"], ["new"]]);
    expect(runsOf((await document("last:1@feature", "new")).baseline)).toEqual(["feature"]);
    expect(runsOf((await document("r1", "last:1")).current)).toEqual(["new"]);
  });

  test("last:N takes runs of the same kind of machine where there are such", async () => {
    await ingest("s1", hyperfine(0.4), "--runner-class", "small");
    await ingest("b1", hyperfine(0.2), "--runner-class", "big");
    await ingest("s2", hyperfine(0.4), "--runner-class", "small");
    await ingest("new", hyperfine(0.41), "--runner-class", "small");
    expect(runsOf((await document("last:2", "new")).baseline)).toEqual(["s2", "s1"]);
    await ingest("arm", hyperfine(0.4), "--runner-class", "arm");
    expect(await document("last:2", "arm")).toMatchObject({ verdict: "insufficient", counts: { otherMachine: 2 } });
  });

  test("a file against stored runs: as an ingest would know it", async () => {
    await ingest("r1", hyperfine(0.2));
    put("new.json", hyperfine(0.3));
    expect(await document("last:5@main", "new.json")).toMatchObject({ verdict: "critical" });
    expect(await document("last:5@main", "new.json", "--runner-class", "small")).toMatchObject({
      verdict: "insufficient",
      counts: { otherMachine: 2 },
    });
    const piped = await plumbline(["compare", "r1", "-"], { cwd, stdin: hyperfine(0.2) });
    expect(piped).toMatchObject({ status: 0, err: "" });
    expect(piped.out).toContain("B: stdin\n");
  });

  test("a run that measured the same in two suites must say which, to be compared with a file", async () => {
    await ingest("r1", hyperfine(0.2), "--parts", "2", "--suite", "one");
    await run("ingest", "r1.json", "--run-id", "r1", "--part", "x", "--parts", "2", "--suite", "two");
    const { status, err } = await compare("r1", "r1.json");
    expect(status).toBe(2);
    expect(err).toContain('REQUEST_INVALID: "sort" was measured in the suites "one" and "two"');
    expect((await compare("run:r1", "r1.json", "--suite", "two")).status).toBe(0);
  });

  test("load tests: operation by operation, and each scenario as a whole", async () => {
    const k6 = readFileSync(
      join(import.meta.dirname, "../../test/fixtures/k6-json/k6-1.8.1-two-scenarios.json"),
      "utf8",
    );
    await ingest("r1", k6);
    // Every request to /slow takes half as long again.
    const slower = (line: string) =>
      line.includes("/slow") && line.includes('"metric":"http_req_duration"')
        ? line.replace(/"value":([\d.]+)/, (_, ms: string) => `"value":${Number(ms) * 1.5}`)
        : line;
    put("slow.json", k6.split("\n").map(slower).join("\n"));
    const { out } = await compare("r1", "slow.json");
    expect(out).toMatch(/p95 latency of buy > GET \/slow .* \+50\.0 % .* critical\n/);
    expect(out).toMatch(/p95 latency of buy > POST PlaceOrder .* 0\.0 % .* ok\n/);
    expect(out).toMatch(/p95 latency of buy .* critical\n/);
    expect(out).toMatch(/p95 latency of browse .* 0\.0 % .* ok\n/);
    expect(out).toMatch(/error ratio of browse > GET \/fail +100 % +100 % +0\.0 % +- +ok\n/);
    expect(out).not.toContain("only in");
  });

  test("a run that is not whole is told", async () => {
    await ingest("r1", report());
    await ingest("r2", report(), "--parts", "2");
    await run("runs", "finish", "r2", "--state", "cancelled");
    const { err, status } = await compare("r1", "r2");
    expect({ err, status }).toEqual({ err: "r2: WARNING: the run is cancelled\n", status: 0 });
  });
});

describe("baselines", () => {
  const placeOf = ({ out }: { out: string }) => {
    const { project, environment, name, run: of } = JSON.parse(out);
    return `${project}/${environment} ${name} ${of.runId}`;
  };

  test("a name stands for a run, goes over to another, and keeps its run", async () => {
    await ingest("r1", report());
    await ingest("r2", report({ p95: 130 }));
    expect((await run("baselines", "list")).err).toBe("no baseline\n");
    expect(placeOf(await run("baselines", "save", "v1", "--run", "r1", "--json"))).toBe("shop/ci v1 r1");
    expect(await document("baseline:v1", "r2")).toMatchObject({ verdict: "critical", counts: { critical: 1 } });
    const refused = await run("runs", "delete", "r1", "--yes");
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toBe(
      'RUN_KEPT: run "r1" is kept by the baseline "v1" (hint: delete it first: plumbline baselines delete "v1")\n',
    );
    await run("baselines", "save", "v1", "--run", "r2");
    expect((await run("baselines", "list")).out).toMatch(/^NAME .*\nv1 +shop +ci +r2 +main .*\n$/);
    expect((await run("runs", "delete", "r1", "--yes")).status).toBe(0);
    const same = await compare("baseline:v1", "r2");
    expect(same).toMatchObject({ status: 2, err: expect.stringContaining("baseline:v1 and r2 are the same run, r2") });
    expect(await run("baselines", "delete", "v1")).toMatchObject({
      status: 0,
      out: "deleted baseline shop/ci v1; run r2 stays\n",
    });
    expect((await run("runs", "delete", "r2", "--yes")).status).toBe(0);
  });

  test("the same name in several environments: that of the other side, else the flags decide", async () => {
    await ingest("r1", report());
    await ingest("r1", report({ rps: 100 }), "--environment", "staging");
    await ingest("r2", report({ rps: 100 }), "--environment", "staging");
    const inStaging = ["--environment", "staging"];
    await run("baselines", "save", "v1", "--run", "r1", "--environment", "ci");
    await run("baselines", "save", "v1", "--run", "r1", ...inStaging);
    expect((await document("baseline:v1", "r2")).verdict).toBe("ok");
    put("new.json", report());
    const { status, err } = await compare("baseline:v1", "new.json");
    expect(status).toBe(2);
    expect(err).toContain(
      'REQUEST_INVALID: there are 2 baselines "v1": shop/staging, shop/ci (hint: name its --project',
    );
    expect((await document("baseline:v1", "new.json", ...inStaging)).counts).toMatchObject({ better: 1 });
    expect((await run("baselines", "delete", "v1")).status).toBe(2);
    expect(placeOf(await run("baselines", "delete", "v1", ...inStaging, "--json"))).toBe("shop/staging v1 r1");
  });
});

describe("what is wrong is exit status 2, in one line:", () => {
  // One store for all: nothing of this changes it.
  const shared = temporaryFolder("compare-errors");
  beforeAll(async () => {
    cwd = shared;
    writeFileSync(join(cwd, "plumbline.yml"), CONFIG);
    await ingest("r1", report());
    put("tests.xml", '<testsuite name="api" tests="1"><testcase name="a" time="1"/></testsuite>');
  });
  beforeEach(() => {
    cwd = shared;
  });
  const refused = async (argv: readonly string[], message: string) => {
    const { status, out, err } = await run(...argv);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  };

  test.each<[string, string, string, string]>([
    ["a file that is not there", "nope.json", "r1", "nope.json: INPUT_NOT_FOUND: no such file"],
    ["a pattern that matches nothing", "r1", "old/*.json", "old/*.json: INPUT_NOT_FOUND: no file matches"],
    ["a run that is not there", "r1", "r9", 'NOT_FOUND: no run "r9" (hint: expected a run id, last:10@main'],
    ["a baseline that is not there", "baseline:v1", "r1", 'NOT_FOUND: no baseline "v1"'],
    ["a file that is no report", "r1", "plumbline.yml", "plumbline.yml:1:1: FORMAT_UNKNOWN: "],
    ["a report without measures", "r1", "tests.xml", "tests.xml: INPUT_EMPTY: nothing was measured there"],
    ["a run with itself", "r1", "run:r1", "REQUEST_INVALID: r1 and run:r1 are the same run, r1"],
    ["a branch without runs", "last:3@dev", "r1", "NOT_FOUND: last:3@dev: no good run in shop/ci on dev measured what"],
    ["no number", "last:", "r1", "USAGE: last: names nothing"],
    ["no such number", "last:0", "r1", "USAGE: last:0: expected last:N or last:N@BRANCH, N from 1 to 100"],
    ["a number too large", "last:101@main", "r1", "USAGE: last:101@main: expected last:N"],
    ["no name", "baseline:", "r1", "USAGE: baseline: names nothing"],
  ])("compare: %s", (_, a, b, message) => refused(["compare", a, b], message));

  test.each<[string, string[], string]>([
    ["a run that is not there", ["save", "v1", "--run", "none"], 'NOT_FOUND: no run "none"'],
    ["no run", ["save", "v1"], "USAGE: "],
    ["an empty name", ["save", "", "--run", "r1"], "CONTEXT_INVALID: name must be 1 to 200 characters"],
    ["a name with control characters", ["save", "a\nb", "--run", "r1"], "CONTEXT_INVALID: name must be"],
    [
      "a baseline that is not there",
      ["delete", "v9"],
      "NOT_FOUND: no baseline \"v9\" (hint: 'plumbline baselines list'",
    ],
  ])("baselines: %s", (_, argv, message) => refused(["baselines", ...argv], message));

  test("a flag without the one it belongs to", () =>
    refused(["compare", "a.json", "r1", "--strict"], "USAGE: --strict belongs to --fail-on"));

  test("no store", async () => {
    await refused(["compare", "r1", "r2", "--store", "sqlite:none.db"], "NOT_FOUND: there is no store yet");
  });
});
