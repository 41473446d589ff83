import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { plumbline as runIt } from "./test-support.ts";

let cwd = "";
beforeEach(() => {
  cwd = temporaryFolder("folder-reports");
});
const plumbline = (line: string) => runIt(line.split(" "), { cwd });
const json = ({ out }: { readonly out: string }) => JSON.parse(out);
const put = (name: string, content: string | Buffer | object) => {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  const isText = typeof content === "string" || Buffer.isBuffer(content);
  writeFileSync(join(cwd, name), isText ? content : JSON.stringify(content));
};

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const result = (n: number, more: object = {}) => ({
  uuid: uuid(n),
  name: `test ${n}`,
  historyId: `h${n}`,
  status: "passed",
  labels: [{ name: "suite", value: "cart" }],
  start: 1_769_853_600_000 + n,
  stop: 1_769_853_600_250 + n,
  ...more,
});
const JUNIT = '<testsuite name="u"><testcase name="a"/></testsuite>';

/** Three tests, the first of which failed before it passed, and all that Allure leaves beside them. */
function allureFolder(folder: string): void {
  put(`${folder}/${uuid(1)}-result.json`, result(1, { status: "failed", statusDetails: { message: "no luck" } }));
  put(`${folder}/${uuid(9)}-result.json`, result(9, { name: "test 1", historyId: "h1" }));
  put(`${folder}/${uuid(2)}-result.json`, result(2));
  put(`${folder}/${uuid(3)}-result.json.gz`, gzipSync(JSON.stringify(result(3))));
  put(`${folder}/${uuid(4)}-container.json`, { uuid: uuid(4), children: [uuid(1)], befores: [] });
  put(`${folder}/executor.json`, { name: "Jenkins", buildOrder: 1 });
  put(`${folder}/categories.json`, []);
  put(`${folder}/environment.properties`, "os=linux");
  put(`${folder}/${uuid(5)}-attachment.json`, { a: 1 });
  put(`${folder}/${uuid(6)}-attachment.xml`, "<a/>");
  put(`${folder}/${uuid(7)}-attachment`, "x");
  put(`${folder}/history/history-trend.json`, []);
}

describe("a folder of Allure results is one report", () => {
  test.each([
    ["named", "allure-results"],
    ["named with a slash", "allure-results/"],
    ["as a pattern of its files", "allure-results/*"],
    ["as a pattern of results", "allure-results/*-result.json*"],
  ])("%s", async (_, pattern) => {
    allureFolder("allure-results");
    const { status, out, err } = await plumbline(`inspect ${pattern} --json`);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      file: "allure-results",
      format: "allure",
      summary: { total: 3, passed: 3, flaky: 1 },
    });
  });

  test("ingest stores it once, beside other reports of the folder above", async () => {
    allureFolder("reports/allure-results");
    put("reports/junit.xml", JUNIT);
    const { status, out, err } = await plumbline("ingest reports --json --store sqlite:x.db");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const [run, ...others] = JSON.parse(out).runs;
    expect(others).toEqual([]);
    expect(run).toMatchObject({ status: "passed", summary: { total: 4, passed: 4, flaky: 1, retries: 1 } });
    expect(run.files.map(({ name, format }: { name: string; format: string }) => [name, format])).toEqual([
      ["reports/allure-results", "allure"],
      ["reports/junit.xml", "junit"],
    ]);
    const again = json(await plumbline("ingest reports --json --store sqlite:x.db"));
    expect(again.runs[0].files.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["duplicate", "duplicate"]);
  });

  test("a result that is damaged makes the run partial, and is named", async () => {
    allureFolder("allure-results");
    put(`allure-results/${uuid(2)}-result.json`, '{"uuid": "x", "na');
    const { out, err } = await plumbline("ingest allure-results --json --store sqlite:x.db");
    expect(err).toBe("");
    const [run] = JSON.parse(out).runs;
    expect(run).toMatchObject({ status: "partial", summary: { total: 2, passed: 2 } });
    expect(run.files[0].warnings).toEqual([
      {
        code: "INCOMPLETE",
        message: `allure-results/${uuid(2)}-result.json:1:15: FORMAT_SYNTAX: a string never ends`,
      },
    ]);
  });

  test("reports beside the results, in the same folder, are reports of their own", async () => {
    allureFolder("reports");
    put("reports/junit.xml", JUNIT);
    put("reports/unit-result.json", { measures: [{ name: "latency", value: 3, unit: "ms" }] });
    const { status, out } = await plumbline("inspect reports --json");
    expect(status).toBe(0);
    const rows = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ file, format }) => [file, format])).toEqual([
      ["reports", "allure"],
      ["reports/junit.xml", "junit"],
      ["reports/unit-result.json", "measures"],
    ]);
  });

  test("results are known by what they hold when their names are not Allure's own", async () => {
    put("r/adds-result.json", result(1));
    put("r/removes-result.json", result(2));
    put("r/jest-result.json", { foo: 1 });
    const { status, out, err } = await plumbline("inspect r");
    expect(status).toBe(2);
    expect(out).toMatch(/^r +allure +passed +2 tests/m);
    expect(err).toContain("r/jest-result.json:1:1: FORMAT_UNKNOWN");
  });

  test("one result is a file like any other", async () => {
    put(`r/${uuid(1)}-result.json`, result(1));
    put("r/executor.json", {});
    expect(json(await plumbline("inspect r --json"))).toMatchObject({
      file: `r/${uuid(1)}-result.json`,
      format: "allure",
    });
    expect(json(await plumbline(`inspect r/${uuid(1)}-result.json --json`))).not.toHaveProperty("file");
  });

  test("convert writes it as one report", async () => {
    allureFolder("allure-results");
    const { status, out, err } = await plumbline("convert allure-results --to ctrf");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(JSON.parse(out).results.summary).toMatchObject({ tests: 3, passed: 3, flaky: 1 });
    put("junit.xml", JUNIT);
    expect((await plumbline("convert . --to ctrf")).err).toContain('USAGE: convert reads one report, and "." means 2');
  });

  test("without results, what belongs to Allure is refused like any other file", async () => {
    put("r/executor.json", { name: "Jenkins" });
    expect((await plumbline("inspect r")).err).toContain("r/executor.json:1:1: FORMAT_UNKNOWN");
  });

  test("a history folder elsewhere is read", async () => {
    allureFolder("allure-results");
    put("history/junit.xml", JUNIT);
    const { out } = await plumbline("inspect . --json");
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).file),
    ).toEqual(["allure-results", "history/junit.xml"]);
  });
});
