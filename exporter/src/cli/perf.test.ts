import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import type { Cycle } from "../performance/cycle.ts";
import { plumbline } from "./test-support.ts";

/** Named values of one load, as any script may write them. */
const report = (p95: number) =>
  JSON.stringify({
    name: "load",
    measures: [
      { name: "latency", stat: "p95", value: p95, unit: "ms" },
      { name: "requests_per_second", value: 180, unit: "req/s" },
    ],
  });

function bench(config = "") {
  const cwd = temporaryFolder("perf");
  writeFileSync(join(cwd, "plumbline.yml"), `store: sqlite:./store.db\n${config}`);
  return { cwd, run: (...argv: string[]) => plumbline(argv, { cwd }) };
}
const begin = ["perf", "begin", "--component", "checkout", "--baseline-seconds", "1"];

describe("a performance cycle", () => {
  test("ends done when every target is met, and keeps the raw files", async () => {
    const { cwd, run } = bench();
    writeFileSync(join(cwd, "out.json"), report(120));
    expect((await run(...begin)).status).toBe(0);
    const recorded = await run("perf", "record", "--scenario", "load", "out.json");
    expect(recorded).toMatchObject({ status: 0 });
    const ended = await run("perf", "end", "--json");
    expect(ended.status).toBe(0);
    const cycle = JSON.parse(ended.out) as Cycle;
    expect(cycle).toMatchObject({ status: "done", component: "checkout", notes: [], blockers: [] });
    expect(cycle.scenarios[0]!.kpis!.map(({ measure, verdict }) => [measure, verdict.level]).sort()).toEqual([
      ["latency", "green"],
      ["requests_per_second", "green"],
    ]);
    const home = join(cwd, "reports/performance");
    expect(readFileSync(join(home, cycle.scenarios[0]!.folder, "out.json"), "utf8")).toBe(report(120));
    // Stored like any load test.
    const runs = await run("runs", "list", "--json");
    expect(JSON.parse(runs.out)).toMatchObject({ runs: [{ runId: cycle.scenarios[0]!.runId, suites: ["checkout"] }] });
  });

  test("a missed target is a finding with its distance, blocks, and exits with 1", async () => {
    const { cwd, run } = bench();
    writeFileSync(join(cwd, "out.json"), report(612));
    await run(...begin);
    await run("perf", "record", "--scenario", "load", "out.json");
    const ended = await run("perf", "end");
    expect(ended.status).toBe(1);
    expect(ended.out).toContain("done_with_performance_issues");
    expect(ended.out).toContain("p95 latency is 612 ms and misses its target < 250 ms and its critical limit < 500 ms");
    expect(ended.out).toContain("release blockers");
  });

  test("a load whose requests all fail quickly is not done, nor one that missed the tool's own thresholds", async () => {
    const { cwd, run } = bench("runnerClass: test\n");
    const rows = Array.from({ length: 3_000 }, (_, i) => {
      const at = `${1_795_186_319_000 + i * 5},`;
      const tags = ",,,,false,,GET,/fail,HTTP/1.1,default,,503,,,/fail,,\n";
      return `http_req_duration,${at}3${tags}http_req_failed,${at}1${tags}`;
    });
    const header =
      "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status," +
      "subproto,tls_version,url,extra_tags,metadata\n";
    writeFileSync(join(cwd, "fails.csv"), header + rows.join(""));
    await run(...begin);
    await run("perf", "record", "--scenario", "load", "fails.csv");
    const failing = await run("perf", "end");
    expect(failing.out).toContain("success_rate of default is 0 % and misses its target");
    expect(failing.status).toBe(1);

    const metrics = '"http_req_duration":{"avg":9,"p(95)":12,"thresholds":{"p(95)<10":{"ok":false}}}';
    const rate = '"http_reqs":{"count":1000,"rate":200},"iterations":{"count":1000,"rate":200}';
    writeFileSync(
      join(cwd, "k6.json"),
      `{"metrics":{${metrics},${rate}},"root_group":{"name":"","groups":{},"checks":{}}}`,
    );
    await run(...begin);
    await run("perf", "record", "--scenario", "load", "k6.json");
    const missed = await run("perf", "end");
    expect(missed.out).toContain("load: the load tool's own criterion was missed: http_req_duration: p(95)<10");
    expect(missed.status).toBe(1);
  });

  test("a target that was meant and not measured blocks: unknown is never passed", async () => {
    const targets = `targets:\n  - { component: checkout, measure: latency, stat: p99, target: 0.4 }\n`;
    const { cwd, run } = bench(targets);
    writeFileSync(join(cwd, "out.json"), report(100));
    await run(...begin);
    await run("perf", "record", "--scenario", "load", "out.json");
    const ended = await run("perf", "end");
    expect(ended.status).toBe(1);
    expect(ended.out).toContain("p99 latency was not measured");
  });

  test("a cycle without a recorded scenario is no pass", async () => {
    const { run } = bench();
    await run(...begin);
    const ended = await run("perf", "end", "--json");
    expect(ended.status).toBe(1);
    expect(JSON.parse(ended.out)).toMatchObject({ blockers: ["no scenario was recorded"] });
  });

  test("another build than expected is refused, and --force says so in the verdict", async () => {
    const command = JSON.stringify([process.execPath, "-e", "console.log('1.4.1')"]);
    const { cwd, run } = bench(`performance: { build: { command: ${command} } }\n`);
    const refused = await run(...begin, "--build", "1.4.2");
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toContain("expected 1.4.2, found 1.4.1");
    expect(existsSync(join(cwd, "reports"))).toBe(false);
    expect((await run(...begin, "--build", "1.4.1")).out).toContain("1.4.1 verified");
    await run(...begin, "--build", "1.4.2", "--force");
    const two = await run("perf", "end");
    expect(two).toMatchObject({ status: 2 });
    expect(two.err).toContain("2 performance cycles are open");
  });

  test("files that cannot be read are kept as evidence, one error names the place", async () => {
    const { cwd, run } = bench();
    writeFileSync(join(cwd, "broken.json"), '{"measures": [{"name": "a"');
    await run(...begin);
    const failed = await run("perf", "record", "--scenario", "soak", "broken.json");
    expect(failed.status).toBe(2);
    expect(failed.err.trim().split("\n")).toHaveLength(1);
    const folder = readdirSync(join(cwd, "reports/performance")).find((name) => name.startsWith("soak_"));
    expect(existsSync(join(cwd, "reports/performance", folder ?? "", "broken.json"))).toBe(true);
  });

  test("without an open cycle, and with a damaged one, the error says what to do", async () => {
    const { cwd, run } = bench();
    writeFileSync(join(cwd, "out.json"), report(1));
    const none = await run("perf", "record", "--scenario", "x", "out.json");
    expect(none).toMatchObject({ status: 2 });
    expect(none.err).toContain("plumbline perf begin");
    mkdirSync(join(cwd, "reports/performance"), { recursive: true });
    writeFileSync(join(cwd, "reports/performance/a.cycle.json"), "{");
    const damaged = await run("perf", "list");
    expect(damaged.status).toBe(2);
    expect(damaged.err).toContain("a.cycle.json");
  });
});
