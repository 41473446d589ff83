import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { silentLogger } from "../log.ts";
import { startServing } from "./serve.ts";
import { plumbline as runIt, testIo } from "./test-support.ts";

let cwd = "";
let where: string[] = [];
let close: (() => Promise<void>) | undefined;
const plumbline = (...argv: string[]) => runIt([...argv, ...where], { cwd });
const CONFIG =
  "suites: [{ suite: unit, expectedIntervalSeconds: 60 }, { suite: planned }]\ntargets: [{ suite: unit, measure: m, target: 1 }]\n";

/** A run that ends when it is received. */
async function ingest(suite: string, project = "shop", tests = 2): Promise<void> {
  const cases = Array.from({ length: tests }, (_, i) => `<testcase name="t${i}"/>`).join("");
  // Another text each time: the same report again is the same run.
  writeFileSync(join(cwd, "r.xml"), `<testsuite name="s">${cases}<!-- ${++reports} --></testsuite>`);
  const { status, err } = await plumbline("ingest", "--project", project, "--suite", suite, "r.xml");
  expect(status, err).toBe(0);
}
let reports = 0;

describe.each(["a store", "a server"])("suites of %s", (kind) => {
  const open = async (): Promise<void> => {
    cwd = temporaryFolder("suites");
    writeFileSync(join(cwd, "plumbline.yml"), CONFIG);
    where = [];
    if (kind === "a store") return;
    const { io } = testIo({ cwd });
    const flags = { "web.listenAddress": ["127.0.0.1:0"] };
    const serving = await startServing(
      { io, version: "0", exit: () => undefined },
      flags,
      silentLogger,
      () => undefined,
    );
    close = () => serving.close();
    where = ["--server", serving.url];
  };
  const shut = async (): Promise<void> => {
    await close?.();
    close = undefined;
    rmSync(cwd, { recursive: true, force: true });
  };
  afterAll(shut);
  const rows = async () =>
    JSON.parse((await plumbline("suites", "list", "--json")).out).suites.map(
      ({ project, suite, retiredAtMs, formerNames }: Record<string, unknown>) =>
        [project, suite, typeof retiredAtMs === "number" ? "retired" : "active", ...(formerNames as string[])].join(
          " ",
        ),
    );

  test("are listed; a retired one is retired until it runs again, a renamed one remembers its name", async () => {
    await open();
    await ingest("unit");
    await ingest("e2e");
    expect((await plumbline("suites", "list")).out).toMatch(
      /^STATE +PROJECT +SUITE +LAST RUN +RETIRED +FORMERLY\nactive +shop +e2e .*\nactive +shop +unit .*\n$/,
    );
    expect(await plumbline("suites", "retire", "unit")).toEqual({
      status: 0,
      out: "retired shop/unit; its runs stay\n",
      err: "",
    });
    expect(await rows()).toEqual(["shop e2e active", "shop unit retired"]);
    await ingest("unit");
    expect(await rows()).toEqual(["shop e2e active", "shop unit active"]);
    expect(await plumbline("suites", "rename", "unit", "unit-tests")).toEqual({
      status: 0,
      out: "renamed unit to shop/unit-tests\n",
      err: "the configuration names the old label: suites[0], targets[0]; write unit-tests there\n",
    });
    await ingest("unit");
    expect(await rows()).toEqual(["shop e2e active", "shop unit-tests active unit"]);
    expect((await plumbline("runs", "list", "--suite", "unit-tests", "--json")).out.match(/"runId"/g)).toHaveLength(3);
  });

  test("and several are there for what follows", async () => {
    await shut();
    await open();
    for (const suite of ["unit", "both", "old"]) await ingest(suite);
    await ingest("both", "blog");
    expect((await plumbline("suites", "rename", "old", "new")).status).toBe(0);
    expect(await rows()).toEqual(["blog both active", "shop both active", "shop new active old", "shop unit active"]);
  });

  test.each<[string, string[], RegExp]>([
    [
      "unknown",
      ["retire", "none", "--project", "shop"],
      /^NOT_FOUND: no suite "none" in shop \(hint: 'plumbline suites list'/,
    ],
    [
      "of several projects",
      ["retire", "both"],
      /^REQUEST_INVALID: there are 2 suites "both", in blog, shop \(hint: name the project\)/,
    ],
    ["renamed to itself", ["rename", "unit", "unit"], /^STORE_CONFLICT: suite "unit" has that name already/],
    [
      "renamed to another",
      ["rename", "unit", "both", "--project", "shop"],
      /^STORE_CONFLICT: suite "both" exists already in shop \(hint: /,
    ],
    ["renamed to nothing", ["rename", "unit", ""], /^(CONTEXT|REQUEST)_INVALID: /],
    [
      "under an earlier name",
      ["retire", "old", "--project", "shop"],
      /^NOT_FOUND: .* \(hint: it is called "new" now\)/,
    ],
    [
      "renamed to an earlier name",
      ["rename", "unit", "old"],
      /^STORE_CONFLICT: "old" is an earlier name of suite "new"/,
    ],
  ])("refused: %s", async (_, argv, message) => {
    const before = await rows();
    const { status, out, err } = await plumbline("suites", ...argv);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err.replace(/^http\S+: /, "")).toMatch(message);
    expect(err.split("\n")).toHaveLength(2);
    expect(await rows()).toEqual(before);
  });

  test("one that is only configured can be retired", async () => {
    const { status, out } = await plumbline("suites", "retire", "planned", "--project", "shop", "--json");
    expect({ status, ...JSON.parse(out) }).toMatchObject({
      status: 0,
      project: "shop",
      suite: "planned",
      retiredAtMs: expect.any(Number),
      configured: ["suites[1]"],
    });
  });
});
