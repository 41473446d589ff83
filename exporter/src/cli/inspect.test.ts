import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { plumbline as runIt } from "./test-support.ts";

let cwd = "";
beforeEach(() => {
  cwd = temporaryFolder("inspect");
});
const plumbline = (line: string, env: Record<string, string> = {}) => runIt(line.split(" "), { cwd, env });
const put = (name: string, content: string) => {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), content);
};

const JUNIT = `<testsuites><testsuite name="good"><testcase name="a" time="0.5"/></testsuite>
<testsuite name="bad"><testcase name="b" time="x"><failure type="AssertionError" message="expected 1&#10;got 2"/></testcase>
<testcase name="c"><error message="connect ECONNREFUSED 10.0.0.1:5432"/></testcase></testsuite></testsuites>`;
const LCOV = "TN:\nSF:src/cart.ts\nDA:1,1\nDA:2,0\nend_of_record\n";

test("a test run is totals, suites with the worst first, and failures with type and signature", async () => {
  put("r.xml", JUNIT);
  const { status, out, err } = await plumbline("inspect r.xml");
  expect(status).toBe(0);
  expect(out).toMatch(
    /SUITE +TESTS +PASSED +FAILED +ERRORED +SKIPPED +TIME\nbad +2 +0 +1 +1 +0 +-\ngood +1 +1 +0 +0 +0 +0\.5s\n/,
  );
  expect(out).toMatch(/^failed +assertion +bad > b +expected 1 +[0-9a-f]{16}$/m);
  expect(out).toMatch(/^errored +network +bad > c +connect ECONNREFUSED 10\.0\.0\.1:5432 +[0-9a-f]{16}$/m);
  expect(err).toMatch(/^r\.xml:\d+: WARNING: TIME_UNREADABLE: /);
  expect(out + err).not.toContain("\u001b");
});

test("rules of the configuration say what a failure is", async () => {
  put("r.xml", JUNIT);
  put("plumbline.yml", "errorTypes: [{type: setup, pattern: 'expected \\d', suite: ba*}]");
  const { failures } = JSON.parse((await plumbline("inspect r.xml --json")).out);
  expect(failures.map(({ errorType }: { errorType: string }) => errorType)).toEqual(["setup", "network"]);
  put("plumbline.yml", "errorTypes: [{type: setup, pattern: '(a+)+x'}]");
  const { status, err } = await plumbline("inspect r.xml");
  expect(status).toBe(2);
  expect(err).toContain("plumbline.yml:1:37: errorTypes[0].pattern: repeats a group");
});

test("a failure has one signature and one type, wherever it is shown", async () => {
  const junit = (message: string) =>
    `<testsuite name="s"><testsuite name="in"><testcase classname="C" name="a"><failure message="${message}"/></testcase>
    <testcase classname="C" name="a"><failure message="${message}"/></testcase></testsuite></testsuite>`;
  put("plumbline.yml", "errorTypes: [{type: infrastructure, pattern: vault sealed, suite: unit}]");
  const seen = [];
  for (const message of ["vault sealed for 15 s", "vault sealed for 7 s"]) {
    put("r.xml", junit(message));
    const { failures } = JSON.parse((await plumbline("inspect r.xml --json")).out);
    const stored = JSON.parse((await plumbline("ingest r.xml --suite unit --json --store sqlite:x.db")).out).runs[0];
    const shown = JSON.parse((await plumbline(`runs show ${stored.id} --json --store sqlite:x.db`)).out);
    // The second of the name is "a #2" in the store.
    expect(shown.failures.map(({ name }: { name: string }) => name)).toEqual(["a", "a #2"]);
    for (const list of [failures, stored.failures, shown.failures])
      seen.push(...list.map(({ signature }: { signature: string }) => signature));
    expect(shown.failures.map(({ errorType }: { errorType: string }) => errorType)).toEqual([
      "infrastructure",
      "infrastructure",
    ]);
  }
  expect(seen).toHaveLength(12);
  expect(new Set(seen).size).toBe(1);
  expect(seen[0]).toMatch(/^[0-9a-f]{16}$/);
});

test("colours are for terminals, also those of warnings", async () => {
  put("r.xml", JUNIT);
  const { out, err } = await plumbline("inspect r.xml", { FORCE_COLOR: "1" });
  expect(out).toContain("\u001b[31m");
  expect(err).toContain("\u001b[33mWARNING: TIME_UNREADABLE");
});

test("measures are a table", async () => {
  put("m.json", '{"measures":[{"name":"latency","value":3,"unit":"ms","component":"api"}]}');
  const { out } = await plumbline("inspect m.json");
  expect(out).toMatch(/^NAME +MEASURE +STAT +VALUE +UNIT +WHERE\nlatency +latency +value +3 +ms +api$/m);
});

test("load results are a line each, a scenario's whole first, however many other values a tool has", async () => {
  const put2 = (name: string, label: string, elapsed: number, success = true) =>
    `179518601200${name},${elapsed},${label},200,${success},Main 1-1,http://h/`;
  const rows = [put2("0", "GET /users/1", 100), put2("5", "GET /users/2", 300, false)];
  put("r.csv", `timeStamp,elapsed,label,responseCode,success,threadName,URL\n${rows.join("\n")}\n`);
  const { out } = await plumbline("inspect r.csv");
  const [, , head, ...lines] = out.split("\n");
  expect(head).toMatch(/^LOAD +REQUESTS +FAILED +PER S +AVG +P95 +P99$/);
  expect(lines.slice(0, 2).map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
    ["Main > __all__", "2", "50 %"],
    ["Main > GET /users/{id}", "2", "50 %"],
  ]);
  expect(lines[0]).toContain("200 ms");
});

test("criteria of a load tool that failed are named", async () => {
  const metrics =
    '"http_req_duration":{"avg":9,"p(95)":12,"thresholds":{"p(95)<10":true}},"vus":{"value":1,"min":1,"max":1}';
  put("k6.json", `{"metrics":{${metrics}},"root_group":{"name":"","groups":{},"checks":{}}}`);
  const { out } = await plumbline("inspect k6.json");
  expect(out).toContain("FAILED: http_req_duration: p(95)<10");
});

describe("a folder", () => {
  beforeEach(() => {
    put("d/r.xml", JUNIT);
    put("d/sub/cov.info", LCOV);
    put("d/cut.xml", JUNIT.slice(0, 80));
    put("d/other.json", '{"a": 1}');
  });

  test("is a line for each report, and what is refused with its reason", async () => {
    const { status, out, err } = await plumbline("inspect d");
    expect(status).toBe(2);
    expect(out.split("\n")).toEqual([
      expect.stringMatching(/^FILE +FORMAT +RESULT +HOLDS +FAILED +ERRORED +SKIPPED +TIME +WARNINGS$/),
      expect.stringMatching(/^d\/r\.xml +junit +failed +3 tests +1 +1 +0 +0\.5s +1$/),
      expect.stringMatching(/^d\/sub\/cov\.info +lcov +ok +50\.0% of lines, 1 file +- +- +- +- +0$/),
      "4 files: 2 read, 2 refused",
      "",
    ]);
    expect(err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^d\/cut\.xml:2:\d+: FORMAT_SYNTAX: .* \(hint: /),
      expect.stringMatching(/^d\/other\.json:1:1: FORMAT_UNKNOWN: this is a JSON object with keys a/),
    ]);
  });

  test("--json is a document for each file, the same as of that file alone", async () => {
    const { status, out, err } = await plumbline("inspect d --json");
    expect({ status, err }).toEqual({ status: 2, err: "" });
    const [cut, other, tests, coverage, ...rest] = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rest).toEqual([]);
    expect(cut).toMatchObject({ file: "d/cut.xml", kind: "refused", error: { code: "FORMAT_SYNTAX", line: 2 } });
    expect(Object.keys(other.error)).toEqual(["code", "message", "line", "column", "hint"]);
    const { file, ...document } = tests;
    expect(file).toBe("d/r.xml");
    expect(document).toEqual(JSON.parse((await plumbline("inspect d/r.xml --json")).out));
    expect(coverage).toMatchObject({ file: "d/sub/cov.info", kind: "coverage" });
  });

  test("of readable reports is exit status 0, whatever their tests say", async () => {
    const { status, out } = await plumbline("inspect d/*r.xml");
    expect(status).toBe(0);
    expect(out).toContain("test run (junit)");
    put("d/r2.xml", JUNIT);
    expect(await plumbline("inspect d/r*.xml")).toMatchObject({ status: 0, err: "" });
  });
});
