import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { silentLogger } from "../log.ts";
import { startServing } from "./serve.ts";
import { plumbline as runIt, testIo } from "./test-support.ts";

let cwd = "";
const newFolder = () => {
  cwd = temporaryFolder("test-health");
};
const plumbline = (...argv: string[]) => runIt(argv, { cwd });

/** "." passed, "F" failed; one test after the other. */
function junit(tests: Record<string, string>, minute: number): string {
  const cases = Object.entries(tests).map(
    ([name, mark]) =>
      `<testcase classname="Cart" name="${name}" time="1">${mark === "F" ? '<failure message="boom after 1200ms"/>' : ""}</testcase>`,
  );
  return `<testsuite name="unit" timestamp="2026-01-31T10:${String(minute).padStart(2, "0")}:00">${cases.join("")}</testsuite>`;
}

/** Eight runs: `flips` goes to and fro, `breaks` fails from the fifth on, and in the fourth nearly everything fails. */
async function history(): Promise<void> {
  const marks = { flips: ".F.F.F.F", breaks: "...FFFFF", ok1: "...F....", ok2: "...F....", ok3: "........" };
  for (let run = 0; run < 8; run++) {
    const tests = Object.fromEntries(Object.entries(marks).map(([name, all]) => [name, all[run]!]));
    writeFileSync(join(cwd, "report.xml"), junit(tests, run));
    const { status, err } = await plumbline("ingest", "--run-id", `r${run}`, "--commit", `c${run}`, "report.xml");
    expect(status, err).toBe(0);
  }
}
const configured = (...entries: string[]) =>
  writeFileSync(join(cwd, "plumbline.yml"), `quarantine:\n${entries.map((one) => `  - {${one}}\n`).join("")}`);

describe("flaky and defects", () => {
  beforeAll(async () => {
    newFolder();
    configured('test: "Cart > flips", owner: web, expires: 2999-12-31, reason: "#12"');
    await history();
  });

  test("flaky lists the worst first, with quarantine, and names the runs that do not count", async () => {
    const { status, out, err } = await plumbline("flaky");
    expect({ status, err }).toEqual({
      status: 0,
      err: "not counted: run r3 of default/unit (2026-01-31 10:03:05Z), 4 of 5 failed: probably not the tests' doing\n",
    });
    const [title, ...rows] = out.trimEnd().split("\n");
    expect(title).toMatch(
      /^STATE +SCORE +RUNS +FAILED +CHANGES +RETRIED +ONE COMMIT +LAST FAILURE +SIGNATURE +SUITE +TEST +QUARANTINE$/,
    );
    expect(rows.map((row) => row.replaceAll(/ {2,}/g, "|").replace(/\b[0-9a-f]{16}\b/, "SIG"))).toEqual(
      [
        expect.stringMatching(/^failing\|0\.14\|7\|3\|5\|.*unit > Cart > flips\|until 2999-12-31, web$/),
        expect.stringMatching(
          /^broken\|0\.00\|7\|4\|1\|0\|0\|2026-01-31 10:07:05Z\|SIG\|default\/unit \(main, ci\)\|unit > Cart > breaks\|-$/,
        ),
      ].toReversed(),
    );
  });

  test("defects tells confirmed ones with their versions", async () => {
    const { out, status } = await plumbline("defects");
    expect(status).toBe(0);
    const rows = out
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((row) => row.replaceAll(/ {2,}/g, "|"));
    expect(rows).toEqual([
      expect.stringMatching(
        /^confirmed\|4\|c2\.\.c4\|[0-9a-f]{16}\|default\/unit \(main, ci\)\|unit > Cart > breaks\|-\|-$/,
      ),
      expect.stringMatching(/^suspected\|1\|c6\.\.c7\|.*\|unit > Cart > flips\|too_few_runs\|until 2999-12-31, web$/),
    ]);
  });

  test("both print a document, and a server answers the same", async () => {
    const documents = async (...where: string[]) =>
      Promise.all(
        ["flaky", "defects"].map(async (name) => JSON.parse((await plumbline(name, "--json", ...where)).out)),
      );
    const local = await documents();
    expect(local[0]).toMatchObject({ tests: [{ name: "breaks" }, { name: "flips" }], states: { broken: 1 }, more: 0 });
    expect(local[1]).toMatchObject({ confirmed: 1, suspected: 1, defects: [{ lastGood: "c2", firstBad: "c4" }, {}] });
    const { io } = testIo({ cwd });
    const serving = await startServing(
      { io, version: "0", exit: () => undefined },
      { "web.listenAddress": ["127.0.0.1:0"] },
      silentLogger,
      () => undefined,
    );
    try {
      expect(await documents("--server", serving.url)).toEqual(local);
      expect((await plumbline("flaky", "--all", "--server", serving.url)).out).toContain("unit > Cart > breaks");
    } finally {
      await serving.close();
    }
  });

  test("nothing to list is said, not shown as an empty table", async () => {
    expect(await plumbline("flaky", "--suite", "none")).toEqual({ status: 0, out: "", err: "no test to list\n" });
    expect(await plumbline("defects", "--branch", "none")).toMatchObject({
      out: "",
      err: "no test fails in the newest run of its suite\n",
    });
  });
});

describe("ingest --fail-on-tests with a quarantine", () => {
  beforeEach(newFolder);
  const ingest = (tests: Record<string, string>, ...more: string[]) => {
    writeFileSync(join(cwd, "report.xml"), junit(tests, 0));
    return plumbline("ingest", "--fail-on-tests", ...more, "report.xml");
  };
  const HELD = 'test: "Cart > flips", owner: web, expires: 2999-12-31, reason: "#12"';

  test.each<[string, string[], Record<string, string>, number]>([
    ["passes when all failures are in it", [HELD], { flips: "F", ok: "." }, 0],
    ["fails when another test fails", [HELD], { flips: "F", ok: "F" }, 1],
    ["fails when the entry has expired", ["test: flips, owner: web, expires: 2001-01-01"], { flips: "F", ok: "." }, 1],
    ["fails when the entry is for another suite", [`${HELD}, suite: e2e`], { flips: "F", ok: "." }, 1],
    ["passes when nothing fails", [HELD], { flips: ".", ok: "." }, 0],
  ])("%s", async (_, entries, tests, status) => {
    configured(...entries);
    const found = await ingest(tests);
    expect({ status: found.status, err: found.err }).toEqual({ status, err: "" });
    const held = entries[0] === HELD && tests.flips === "F";
    expect(found.out.includes("QUARANTINED: unit > Cart > flips (web, until 2999-12-31): #12\n")).toBe(held);
  });

  test("the document names them, and the run stays failed", async () => {
    configured(HELD);
    const { out, status } = await ingest({ flips: "F", ok: "." }, "--json");
    expect(status).toBe(0);
    expect(JSON.parse(out).runs).toMatchObject([
      {
        status: "failed",
        quarantined: [{ test: "unit > Cart > flips", owner: "web", expires: "2999-12-31", reason: "#12" }],
      },
    ]);
  });

  test("a server's own quarantine decides", async () => {
    configured(HELD);
    const { io } = testIo({ cwd });
    const serving = await startServing(
      { io, version: "0", exit: () => undefined },
      { "web.listenAddress": ["127.0.0.1:0"] },
      silentLogger,
      () => undefined,
    );
    try {
      writeFileSync(join(cwd, "plumbline.yml"), "quarantine: []\n");
      const found = await ingest({ flips: "F", ok: "." }, "--server", serving.url, "--run-id", "r1");
      expect({ status: found.status, err: found.err }).toEqual({ status: 0, err: "" });
      expect(found.out).toContain("QUARANTINED: unit > Cart > flips");
      expect((await ingest({ flips: "F", ok: "F" }, "--server", serving.url, "--run-id", "r2")).status).toBe(1);
    } finally {
      await serving.close();
    }
  });
});

test("config check warns of expired entries, and is content", async () => {
  newFolder();
  configured("test: a, owner: web, expires: 2001-01-01", "test: b, owner: web, expires: 2999-01-01");
  expect(await plumbline("config", "check")).toEqual({
    status: 0,
    out: expect.stringContaining("plumbline.yml: valid"),
    err: 'WARNING: quarantine[0]: "a" expired on 2001-01-01 (web): it counts again\n',
  });
});
