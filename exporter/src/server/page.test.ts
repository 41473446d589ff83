import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import express from "express";
import { afterEach, describe, expect, test } from "vitest";
import { RUN_STATUSES } from "../model/run.ts";
import { ERROR_TYPES, OUTCOMES } from "../model/test.ts";
import { pageFolder, pageRouter } from "./page.ts";

const FOLDER = pageFolder();
/** Browser code; it has no types of its own here. */
const load = (name: string) => import(join(FOLDER, name));

let server: Server | undefined;
afterEach(() => server?.close());

async function start(prefix: string): Promise<string> {
  const app = express();
  // As the real server has it.
  app.disable("etag");
  app.use(prefix, pageRouter());
  await new Promise<void>((done) => {
    server = app.listen(0, "127.0.0.1", () => done());
  });
  return `http://127.0.0.1:${(server!.address() as AddressInfo).port}`;
}

describe.each(["/", "/tools/plumbline"])("the shell under %s", (prefix) => {
  const base = prefix === "/" ? "" : prefix;
  test.each([
    "/",
    "/runs/7d3f",
    "/errors",
    "/errors?type=timeout&from=now-2h",
    "/suites/shop/unit",
    "/suites/a%2Fb/%3Cimg%3E",
    "/tests/12",
    "/tests/12/",
    "/getting-started",
  ])("%s reaches every file it names, by relative addresses", async (path) => {
    const url = await start(prefix);
    const response = await fetch(url + base + path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const html = await response.text();
    const addresses = [...html.matchAll(/(?:src|href)="([^"#]*)"/g)].map((match) => match[1]!);
    expect(addresses.filter((one) => /^(\/|https?:)/.test(one))).toEqual([]);
    const files = addresses.filter((one) => one.includes("assets/"));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect((await fetch(new URL(file, url + base + path))).status, file).toBe(200);
    }
    const home = addresses.find((one) => one.endsWith("/"))!;
    expect(new URL(home, url + base + path).href).toBe(`${url}${base}/`);
  });
});

test("without the last slash of its prefix, the address is corrected and keeps its query", async () => {
  const url = await start("/tools/plumbline");
  const response = await fetch(`${url}/tools/plumbline?suite=unit`, { redirect: "manual" });
  expect(response.status).toBe(308);
  expect(response.headers.get("location")).toBe("plumbline/?suite=unit");
});

test("what is no page and no file is left to others", async () => {
  const url = await start("/");
  for (const path of ["/runs", "/nothing", "/assets/x/main.ts", "/assets/x/..%2Fpage.ts", "/assets/x/index.html"]) {
    expect((await fetch(url + path)).status, path).toBe(404);
  }
});

test("files are kept for a year under the hash of their content, else asked for each time", async () => {
  const url = await start("/");
  const html = await (await fetch(`${url}/`)).text();
  const address = new URL(/src="([^"]*main\.js)"/.exec(html)![1]!, `${url}/`);
  const first = await fetch(address);
  expect(first.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  const etag = first.headers.get("etag")!;
  // Not fetch: it adds Cache-Control: no-cache to such a request, which asks for the whole answer.
  const again = await new Promise<number | undefined>((done) => {
    get(address, { headers: { "If-None-Match": etag } }, (response) => done(response.resume().statusCode));
  });
  expect(again).toBe(304);
  expect(await first.text()).toBe(readFileSync(join(FOLDER, "main.js"), "utf8"));
  const old = await fetch(`${url}/assets/000000000000/main.js`);
  expect([old.status, old.headers.get("cache-control")]).toEqual([200, "no-cache"]);
  const plain = await fetch(address, { headers: { "Accept-Encoding": "identity" } });
  expect([first.headers.get("content-encoding"), plain.headers.get("content-encoding")]).toEqual(["gzip", null]);
});

test("every answer forbids inline code, other hosts and embedding, and nothing needs them", async () => {
  const url = await start("/");
  for (const path of ["/", "/assets/x/main.js", "/assets/x/icon.svg"]) {
    const policy = (await fetch(url + path)).headers.get("content-security-policy");
    expect(policy, path).toMatch(/^default-src 'self'; .*base-uri 'none'.*frame-ancestors 'none'/);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  }
  const html = readFileSync(join(FOLDER, "index.html"), "utf8");
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
  expect([...html.matchAll(/<script\b([^>]*)>([^<]*)/g)].map((match) => match[2])).toEqual([""]);
  for (const name of readdirSync(FOLDER).filter((one) => /\.(js|css)$/.test(one))) {
    const text = readFileSync(join(FOLDER, name), "utf8");
    expect(text, name).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|@import/,
    );
    expect(text.replaceAll("http://www.w3.org/2000/svg", ""), name).not.toMatch(/\b(https?:)?\/\/[a-z0-9-]+\.[a-z]/i);
  }
});

test("the browser code agrees with the model's types", () => {
  const root = resolve(FOLDER, "../../../..");
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  expect(() => execFileSync(process.execPath, [tsc, "-p", FOLDER], { encoding: "utf8", stdio: "pipe" })).not.toThrow();
});

describe("words and numbers", () => {
  test("every outcome and status has its own icon and word, and only passed is good", async () => {
    const { toneOf, wordOf } = await load("outcome.js");
    const marks = [...new Set([...OUTCOMES, ...RUN_STATUSES])];
    expect(new Set(marks.map(wordOf)).size).toBe(marks.length);
    expect(marks.filter((one) => toneOf(one) === "good")).toEqual(["passed"]);
    expect([toneOf("invented"), toneOf("constructor"), wordOf("invented")]).toEqual(["doubt", "doubt", "Unknown"]);
  });

  test("the error types to choose from are the model's", async () => {
    const { ERROR_TYPES: offered } = await load("error-types.js");
    expect(offered).toEqual(ERROR_TYPES);
  });

  test.each([
    [100, "100.00 %"],
    [99.9999, "99.99 %"],
    [0, "0.00 %"],
    [0.0001, "0.01 %"],
    [66.666, "66.67 %"],
    [null, "–"],
  ])("a pass rate of %s is never rounded to all or nothing: %s", async (value, text) => {
    expect((await load("format.js")).percent(value)).toBe(text);
  });

  test.each([
    [undefined, "–"],
    [0, "0 s"],
    [1.2e-8, "12.0 ns"],
    [0.00012, "120 µs"],
    [0.9994, "999 ms"],
    [0.99951, "1.00 s"],
    [59.94, "59.9 s"],
    [59.96, "1 min 00 s"],
    [3599.6, "1 h 00 min"],
    [7325, "2 h 02 min"],
    [200_000, "2 d 7 h"],
  ])("%s seconds are %s", async (value, text) => {
    expect((await load("format.js")).duration(value)).toBe(text);
  });

  const NOW = Date.UTC(2026, 10, 20, 12);
  test.each([
    ["now", NOW],
    ["now-2h", NOW - 7_200_000],
    ["-30d", NOW - 30 * 86_400_000],
    ["2026-11-01", Date.UTC(2026, 10, 1)],
    ["2026-11-01T06:00:00", Date.UTC(2026, 10, 1, 6)],
    ["2026-11-01T06:00:00+02:00", Date.UTC(2026, 10, 1, 4)],
    [String(NOW), NOW],
    [String(NOW / 1000), NOW],
    ["yesterday", undefined],
    ["", undefined],
  ])("the time %j of a link is understood", async (text, ms) => {
    expect((await load("format.js")).parseTime(text, NOW)).toBe(ms);
  });
});

describe("what holds now", () => {
  const run = (over: object) => ({
    project: "shop",
    environment: "ci",
    branchLabel: "main",
    suites: ["unit"],
    status: "passed",
    endedAtMs: 1,
    receivedAtMs: 1,
    ...over,
  });

  test.each([
    ["the newest complete run counts", [{ status: "failed", endedAtMs: 1 }, { endedAtMs: 2 }], ["passed"]],
    [
      "a run in progress does not hide a red one",
      [{ status: "running", endedAtMs: 9 }, { status: "failed" }],
      ["failed"],
    ],
    ["measures alone do not hide a red run", [{ status: "measured", endedAtMs: 9 }, { status: "failed" }], ["failed"]],
    [
      "a late arrival of an old run changes nothing",
      [{ endedAtMs: 5 }, { status: "failed", receivedAtMs: 9 }],
      ["passed"],
    ],
    ["a pull request is left out", [{ status: "failed", endedAtMs: 9, branchLabel: "pull_request" }, {}], ["passed"]],
    ["unless there is nothing else", [{ status: "failed", branchLabel: "pull_request" }], ["failed"]],
    ["branches are apart, red first", [{}, { status: "errored", branchLabel: "release/*" }], ["errored", "passed"]],
    ["every suite of a run is listed", [{ suites: ["a", "b"] }], ["passed", "passed"]],
    ["a run without suite is not lost", [{ suites: [], status: "empty" }], ["empty"]],
  ])("%s", async (_name, runs, statuses) => {
    const { latestPerSuite } = await load("latest.js");
    const latest = latestPerSuite(runs.map(run)) as { verdict: { status: string } }[];
    expect(latest.map((one) => one.verdict.status)).toEqual(statuses);
  });

  test.each([
    [["passed"], "passed", "The suite passed in its newest run"],
    [["passed", "passed", "measured"], "passed", "All 2 suites passed in their newest runs"],
    [["failed", "errored", "partial", "passed"], "failed", "2 suites red, 1 without a full result, 1 passed"],
    [["empty", "passed"], "unknown", "1 suite without a full result, 1 passed"],
    [["cancelled"], "unknown", "1 suite without a full result"],
    [["running"], "running", "1 suite in a first run"],
    [["measured"], "measured", "1 suite with measures, none with tests"],
    [["invented"], "unknown", "1 suite without a full result"],
    [[], "unknown", "No run matches"],
  ])("%j is %s", async (statuses, mark, text) => {
    const { headline } = await load("latest.js");
    expect(headline(statuses.map((status) => ({ verdict: { status } })))).toEqual({ mark, text });
  });

  test.each([
    [["passed"], "unknown", "1 suite passed, up to 145 more not looked at"],
    [["failed", "passed"], "failed", "1 suite red, 1 passed, up to 145 more not looked at"],
    [["measured"], "unknown", "No suite with tests among the newest runs, up to 145 more not looked at"],
  ])("%j with more suites than were looked at is %s", async (statuses, mark, text) => {
    const { headline } = await load("latest.js");
    expect(
      headline(
        statuses.map((status) => ({ verdict: { status } })),
        145,
      ),
    ).toEqual({ mark, text });
  });

  test("a test that passed on its second attempt was flaky", async () => {
    const { executionsOf } = await load("executions.js");
    const point = (id: string, attempt: number, outcome: string) => ({ run: { id }, attempt, outcome });
    const executions = executionsOf([
      point("b", 2, "passed"),
      point("b", 1, "failed"),
      point("a", 2, "failed"),
      point("a", 1, "passed"),
    ]) as { mark: string }[];
    expect(executions.map((one) => one.mark)).toEqual(["flaky", "failed"]);
  });
});

describe("text from reports", () => {
  test("shows control characters and direction marks instead of obeying them", async () => {
    const { clean } = await load("dom.js");
    expect(clean("\u001b[31mred\u001b[0m\u0000\ta\nb\u202ecba")).toBe("red\u2400\ta\nb⟨U+202E⟩cba");
  });

  test("only web addresses become links", async () => {
    const { webAddress } = await load("dom.js");
    expect(webAddress("https://ci.example.org/1")).toBe("https://ci.example.org/1");
    for (const bad of ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "//host", "x", undefined]) {
      expect(webAddress(bad), bad).toBeUndefined();
    }
  });

  test("is clipped between characters, not inside one", async () => {
    const { clip } = await load("dom.js");
    expect(clip("😀😀😀", 2)).toBe("😀😀…");
    expect(clip("😀😀", 2)).toBe("😀😀");
  });
});
