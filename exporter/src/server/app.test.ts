import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import type { ApiRoute, QueryRoute } from "./api.ts";
import { apiRoutes, createApi } from "./app.ts";
import { openApiDocument } from "./openapi.ts";
import { QUERY_ROUTES } from "./routes.ts";
import { envelope, problem } from "./schemas.ts";
import { SpoolArea } from "./spool.ts";
import { NOW, rawExchange, send, type TestServer, testServer } from "./test-support.ts";

let server: TestServer;
let id: string;
const lifecycle = { reloads: 0, quits: 0 };
beforeAll(async () => {
  server = await testServer({
    lifecycle: {
      async reload() {
        lifecycle.reloads += 1;
      },
      quit() {
        lifecycle.quits += 1;
      },
    },
  });
  mkdirSync(join(server.folder, "runbooks"));
  writeFileSync(
    join(server.folder, "runbooks", "TestFailureSpike.md"),
    "# Spike\n\n## Meaning\n\nIt <b>failed</b>, see `x<y`.\n",
  );
});
afterAll(() => server.close());
beforeEach(async () => {
  server.reader.asked.length = 0;
  server.backend.runs.clear();
  const answer = await send(`${server.url}/api/v1/reports?run_id=r1`, { body: "passed a\n" });
  id = JSON.parse(answer.text).run.id;
});

const api = (path: string, method = "GET", body?: unknown) =>
  send(`${server.url}/api/v1${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
const routeOf = (operationId: string): QueryRoute => {
  const route = QUERY_ROUTES.find((one) => one.operationId === operationId);
  if (route?.kind !== "query") throw new Error(operationId);
  return route;
};

describe("queries answer what their schema says:", () => {
  const asked = () => server.reader.asked.at(-1);
  const filter = {
    project: undefined,
    environment: undefined,
    suite: undefined,
    branch: undefined,
    status: undefined,
    fromMs: undefined,
    toMs: undefined,
  };
  const noSeriesFilter = {
    run: undefined,
    project: undefined,
    suite: undefined,
    environment: undefined,
    branch: undefined,
    kind: undefined,
    name: undefined,
    measure: undefined,
    stat: undefined,
    unit: undefined,
    component: undefined,
    scenario: undefined,
    operation: undefined,
    runnerClass: undefined,
  };
  test.each<[string, string, () => string, unknown[] | undefined]>([
    [
      "listRuns",
      "GET",
      () => "/runs?project=p&status=failed&limit=7&cursor=c&suite=",
      ["runs", { ...filter, project: "p", status: "failed" }, { limit: 7, cursor: "c" }],
    ],
    [
      "listRuns",
      "GET",
      () => "/runs?from=-2h&to=now",
      ["runs", { ...filter, fromMs: NOW - 7_200_000, toMs: NOW }, { limit: 100 }],
    ],
    ["getRun", "GET", () => `/runs/${id}`, undefined],
    ["getRun", "GET", () => "/runs/r1", undefined],
    [
      "listCases",
      "GET",
      () => "/runs/r1/cases?outcome=failed,errored&search=a&final_only=true",
      [
        "cases",
        "ID",
        { outcome: ["failed", "errored"], suite: undefined, search: "a", finalOnly: true },
        { limit: 100 },
      ],
    ],
    [
      "getTestHistory",
      "GET",
      () => "/tests/17/history?runs=5&environment=ci",
      ["history", "17", { runs: 5, environment: "ci" }],
    ],
    ["listErrors", "GET", () => "/errors?branch=main&limit=3", ["errors", { ...filter, branch: "main" }, 3]],
    [
      "getSummary",
      "GET",
      () => "/summary?from=2026-05-01T00:00:00%2B02:00",
      ["summary", { ...filter, fromMs: Date.UTC(2026, 3, 30, 22) }],
    ],
    ["getPerformance", "GET", () => "/performance?environment=ci", undefined],
    [
      "listSeries",
      "GET",
      () => "/series?run=r1&kind=load&stat=p95&operation=GET%20/cart&limit=5&cursor=c",
      [
        "series",
        { ...noSeriesFilter, run: "r1", kind: "load", stat: "p95", operation: "GET /cart" },
        { limit: 5, cursor: "c" },
      ],
    ],
    [
      "getSeriesHistory",
      "GET",
      () => "/series/history?branch=main&runner_class=big&last=7&until=-1h",
      [
        "measureHistory",
        { ...noSeriesFilter, branch: "main", runnerClass: "big" },
        { last: 7, untilMs: NOW - 3_600_000 },
        { limit: 100 },
      ],
    ],
    [
      "listBaselines",
      "GET",
      () => "/baselines?project=p&limit=3",
      ["baselines", { project: "p", environment: undefined, name: undefined }, { limit: 3 }],
    ],
    ["listSuites", "GET", () => "/suites?project=p", ["suites", { project: "p" }]],
    [
      "listFlaky",
      "GET",
      () => "/flaky?project=p&branch=main&state=broken,flaky",
      ["troubledTests", "unit", [0, 1, 2, 3, 4, 5].map((i) => `00000000-0000-4000-8000-00000000000${i}`)],
    ],
    ["listDefects", "GET", () => "/defects?suite=unit&runs=7", undefined],
    ["getRunQuarantine", "GET", () => `/runs/${id}/quarantine`, undefined],
    ["getDaily", "GET", () => "/daily?days=7", ["daily", filter, 7, NOW]],
    ["getFacets", "GET", () => "/facets", undefined],
    ["listFormats", "GET", () => "/formats", undefined],
    ["finishRun", "POST", () => `/runs/${id}/finish`, undefined],
    ["moveRun", "POST", () => `/runs/${id}/move`, undefined],
    ["deleteRun", "DELETE", () => `/runs/${id}`, undefined],
  ])("%s %s", async (operationId, method, path, call) => {
    const answer = await api(
      path(),
      method,
      method === "POST" && path().endsWith("move") ? { project: "q" } : undefined,
    );
    expect(answer.text, answer.text).toMatch(/^\{"status":"success"/);
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    envelope(routeOf(operationId).data).parse(JSON.parse(answer.text));
    if (call !== undefined) expect(asked()).toEqual(call.map((part) => (part === "ID" ? id : part)));
  });

  test("commands reach the ingest with the run's own key", async () => {
    const moved = await api(`/runs/r1/move`, "POST", { project: "q" });
    expect(JSON.parse(moved.text).data.project).toBe("q");
    expect(JSON.parse((await api(`/runs/r1/finish`, "POST", { state: "partial" })).text).data.status).toBe("partial");
    expect((await api(`/runs/r1`, "DELETE")).status).toBe(200);
    expect((await api(`/runs/r1`)).status).toBe(404);
  });
});

test("failing tests are judged with their quarantine, and what it holds for does not reject a report", async () => {
  const quarantine = [{ test: "a > b > adds", owner: "web", expires: "2026-05-20", reason: "#7" }];
  const other = await testServer({ settings: (config) => ({ ...config, quarantine }) });
  try {
    const get = async (path: string) => JSON.parse((await send(`${other.url}/api/v1${path}`, { method: "GET" })).text);
    const { data: flaky } = await get("/flaky");
    const held = { owner: "web", expires: "2026-05-20", reason: "#7" };
    expect(flaky.tests).toMatchObject([{ testId: "17", state: "broken", quarantine: { ...held, state: "active" } }]);
    const { data: defects } = await get("/defects");
    expect(defects.defects).toMatchObject([{ state: "confirmed", lastGood: "c2", firstBad: "c3", signature: "5e1f" }]);
    const answer = await send(`${other.url}/api/v1/reports?run_id=r1`, { body: "failed adds\npassed b\n" });
    const document = JSON.parse(answer.text);
    expect(document).toMatchObject({
      status: "approved",
      message: "2 tests: 1 passed, 1 failed; in quarantine: a > b > adds (web, until 2026-05-20)",
      quarantined: [{ test: "a > b > adds", suite: "unit", ...held }],
    });
    const { data: ofRun } = await get("/runs/r1/quarantine");
    expect(ofRun).toEqual({ failures: document.quarantined, others: 0 });
    const two = await send(`${other.url}/api/v1/reports?run_id=r2`, { body: "failed adds\nfailed b\n" });
    expect(JSON.parse(two.text)).toMatchObject({ status: "rejected", next_action: "fix-and-rerun" });
  } finally {
    await other.close();
  }
});

test("a run is named, listed under its name, and the name taken away", async () => {
  const saved = await api("/baselines", "POST", { name: "v1/é", run: "r1" });
  expect(saved.status, saved.text).toBe(200);
  const { data } = JSON.parse(saved.text);
  envelope(routeOf("saveBaseline").data).parse(JSON.parse(saved.text));
  expect(data).toMatchObject({ name: "v1/é", project: "default", environment: "ci", run: { runId: "r1" } });
  expect(JSON.parse((await api("/baselines?name=v1/é")).text).data.items).toEqual([data]);
  const path = `/baselines/${encodeURIComponent("v1/é")}?project=default`;
  expect(JSON.parse((await api(path, "DELETE")).text).data).toEqual(data);
  expect((await api(path, "DELETE")).status).toBe(404);
  for (const body of [{ name: "", run: "r1" }, { name: "v1" }, { name: "v1", run: "r1", x: 1 }])
    expect((await api("/baselines", "POST", body)).status).toBe(400);
  expect((await api("/baselines", "POST", { name: "v1", run: "none" })).status).toBe(404);
});

test("a suite is retired and renamed in its only project; the answer names where the configuration has it", async () => {
  const other = await testServer({
    settings: (config) => ({ ...config, suites: [{ suite: "unit" }] }) as typeof config,
  });
  try {
    const post = async (path: string, body: object) => {
      const headers = { "Content-Type": "application/json" };
      const answer = await send(`${other.url}/api/v1/suites/${path}`, { headers, body: JSON.stringify(body) });
      return { status: answer.status, document: JSON.parse(answer.text) };
    };
    const retired = await post("retire", { suite: "unit" });
    envelope(routeOf("retireSuite").data).parse(retired.document);
    expect(retired.document.data).toMatchObject({ project: "default", suite: "unit", configured: ["suites[0]"] });
    const renamed = await post("rename", { suite: "unit", to: "new" });
    envelope(routeOf("renameSuite").data).parse(renamed.document);
    expect(other.backend.events.filter((one) => one.includes("suite"))).toEqual([
      "command retire-suite",
      "command rename-suite",
    ]);
    for (const [path, body] of [
      ["retire", {}],
      ["retire", { suite: "" }],
      ["rename", { suite: "unit" }],
      ["rename", { suite: "unit", to: "" }],
      ["rename", { suite: "unit", to: "x", more: 1 }],
    ] as const)
      expect((await post(path, body)).status).toBe(400);
  } finally {
    await other.close();
  }
});

describe("a request that is wrong gets a problem document:", () => {
  test.each<[string, string, string, number, string]>([
    ["GET", "/runs/none", "NOT_FOUND", 404, "there is no run none"],
    ["GET", "/nothing", "NOT_FOUND", 404, "there is nothing at this address"],
    ["PUT", "/runs", "METHOD_NOT_ALLOWED", 405, "PUT is not allowed here; allowed: GET, HEAD"],
    ["GET", "/reports", "METHOD_NOT_ALLOWED", 405, "GET is not allowed here; allowed: POST"],
    ["GET", "/runs/%E0%A4%A", "REQUEST_INVALID", 400, "the address is not well-formed"],
    ["GET", "/runs?limit=0", "REQUEST_INVALID", 400, "limit: "],
    ["GET", "/runs?limit=x&status=green", "REQUEST_INVALID", 400, "status: "],
    ["GET", "/runs?limt=5", "REQUEST_INVALID", 400, 'unknown parameter "limt"; did you mean "limit"?'],
    ["GET", "/facets?x=1", "REQUEST_INVALID", 400, 'unknown parameter "x"; there are none here'],
    ["GET", "/runs?from=tomorrow", "REQUEST_INVALID", 400, "from: expected RFC 3339"],
    ["GET", "/runs?from=now&to=-1h", "REQUEST_INVALID", 400, "from is after to"],
    ["GET", "/flaky?state=flaki", "REQUEST_INVALID", 400, "state: expected new, stable"],
    ["GET", "/defects?runs=0", "REQUEST_INVALID", 400, "runs: "],
    ["GET", "/runs/r1/cases?outcome=green", "REQUEST_INVALID", 400, "outcome: expected passed"],
    ["POST", "/runs/r1/move", "REQUEST_INVALID", 400, "nothing to change"],
    ["POST", "/runs/r1/finish?state=partial", "REQUEST_INVALID", 400, "unknown parameter"],
  ])("%s %s is %s", async (method, path, code, status, detail) => {
    const answer = await api(path, method);
    const document = problem.parse(JSON.parse(answer.text));
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(document).toMatchObject({ code, status });
    expect(document.detail).toContain(detail);
    if (status === 405) expect(answer.headers.allow).toBeDefined();
  });

  test.each([
    ["{", "the body is not JSON"],
    ['{"runID":"x"}', 'did you mean "runId"?'],
    ['{"project":""}', "project: "],
    ["[]", "body: "],
    [JSON.stringify({ project: "a".repeat(70_000) }), "larger than"],
  ])("a body such as %.20s", async (body, detail) => {
    const answer = await send(`${server.url}/api/v1/runs/r1/move`, { body });
    expect(problem.parse(JSON.parse(answer.text)).detail).toContain(detail);
  });

  test("OPTIONS and HEAD are answered", async () => {
    const options = await api("/runs/r1", "OPTIONS");
    expect([options.status, options.headers.allow]).toEqual([204, "GET, HEAD, DELETE, OPTIONS"]);
    const head = await api("/runs", "HEAD");
    expect([head.status, head.text]).toEqual([200, ""]);
  });

  test.each([
    ["a target that is no path", "GET http:// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
    ["a strange host", "GET /api/v1/none HTTP/1.1\r\nHost: <script>\r\nConnection: close\r\n\r\n"],
  ])("%s", async (_, bytes) => {
    const answer = await rawExchange(server.url, bytes, { end: false });
    expect(answer).toMatch(/^HTTP\/1.1 40[04] /);
    expect(answer).not.toContain("<script>");
  });
});

describe("the OpenAPI document", () => {
  const state = { closing: false, responses: new Set<never>() };
  test("holds exactly the routes that exist", async () => {
    const parts = { state, area: new SpoolArea(server.spoolDir) };
    const document = JSON.parse((await api("/openapi.json")).text);
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item as object).map((method) => `${method} ${path}`),
    );
    type Layer = { route?: { path: string; methods: Record<string, boolean> } };
    const { stack } = createApi({} as never, parts, "") as unknown as { stack: Layer[] };
    const mounted = stack.flatMap(({ route }) =>
      Object.keys(route?.methods ?? {})
        .filter((method) => method !== "_all")
        .map((method) => `${method} /api/v1${route!.path.replace(/:(\w+)/g, "{$1}")}`),
    );
    expect(described.sort()).toEqual(mounted.sort());
    expect(described.length).toBeGreaterThan(14);
  });

  test("allows no body that the server refuses, and demands one that it needs", async () => {
    const { paths } = JSON.parse((await api("/openapi.json")).text);
    const body = (path: string) => paths[`/api/v1/runs/{id}/${path}`].post.requestBody;
    expect(body("move")).toMatchObject({ required: true });
    expect(body("move").content["application/json"].schema).toMatchObject({
      minProperties: 1,
      additionalProperties: false,
    });
    expect(body("finish")).toMatchObject({ required: false });
    expect(problem.parse(JSON.parse((await api("/runs/r1/move", "POST", {})).text)).code).toBe("REQUEST_INVALID");
  });

  test("has no dangling reference, and every operation has an id, parameters and answers", () => {
    const routes: readonly ApiRoute[] = apiRoutes({ state, area: new SpoolArea(server.spoolDir) }, "/p");
    const document = openApiDocument(routes, { version: "1", prefix: "/p" });
    const text = JSON.stringify(document);
    const schemas = (document.components as { schemas: object }).schemas;
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
      expect(schemas).toHaveProperty(name!);
    expect(text).not.toContain("$defs");
    expect(document).toMatchObject({ openapi: "3.1.0", servers: [{ url: "/p" }] });
    const ids = routes.map((route) => route.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const route of routes) {
      const operation = (document.paths as Record<string, Record<string, { parameters: { name: string }[] }>>)[
        `/api/v1${route.path}`
      ]![route.method]!;
      const names = operation.parameters.map((one) => one.name);
      expect(names).toEqual([
        ...Object.keys(route.params ?? {}),
        ...Object.keys((route.query as z.ZodObject)?.shape ?? {}),
      ]);
    }
  });
});

describe("exporter conventions:", () => {
  const get = (path: string, headers = {}, method = "GET") => send(`${server.url}${path}`, { method, headers });

  test("/metrics answers in the format asked for", async () => {
    expect(await get("/metrics")).toMatchObject({
      status: 200,
      text: "up 1\n",
      headers: { "content-type": "text/plain" },
    });
    const open = await get("/metrics", { Accept: "application/openmetrics-text" });
    expect(open.headers["content-type"]).toBe("application/openmetrics-text");
    expect((await get("/metrics", {}, "HEAD")).text).toBe("");
    expect((await get("/metrics", {}, "POST")).status).toBe(405);
  });

  test("/-/healthy, and /-/ready with the reason why not", async () => {
    expect((await get("/-/healthy")).status).toBe(200);
    expect((await get("/-/ready")).status).toBe(200);
    server.reader.broken = true;
    const answer = await get("/-/ready");
    server.reader.broken = false;
    expect([answer.status, answer.text]).toEqual([503, "Plumbline is not ready: the store cannot be read.\n"]);
    server.backend.writerLives = false;
    const dead = await get("/-/ready");
    server.backend.writerLives = true;
    expect([dead.status, dead.text]).toEqual([
      503,
      "Plumbline is not ready: the store's writer has stopped; restart the server.\n",
    ]);
    expect((await get("/-/healthy")).status).toBe(200);
  });

  test("/-/reload and /-/quit work when enabled", async () => {
    for (const method of ["POST", "PUT"]) {
      expect((await get("/-/reload", {}, method)).status).toBe(200);
      expect((await get("/-/quit", {}, method)).status).toBe(200);
    }
    expect((await get("/-/reload")).status).toBe(405);
    await expect.poll(() => lifecycle).toEqual({ reloads: 2, quits: 2 });
  });

  test("/-/reload and /-/quit are 403 when not enabled", async () => {
    const plain = await testServer();
    for (const path of ["/-/reload", "/-/quit"]) {
      const answer = await send(`${plain.url}${path}`, {});
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([403, "FORBIDDEN"]);
    }
    await plain.close();
  });

  test("pages: landing, problems, runbooks", async () => {
    expect((await get("/")).headers["content-type"]).toMatch(/^text\/html/);
    expect((await get("/problems/INPUT_CUT")).text).toContain("Body ended early");
    expect((await get("/problems/")).text).toContain('href="STORE_FULL"');
    expect((await get("/problems")).text).toContain('href="problems/STORE_FULL"');
    expect((await get("/problems/NOPE")).status).toBe(404);
    const page = await get("/runbooks/TestFailureSpike", { Accept: "text/html" });
    expect(page.text).toContain("<h2>Meaning</h2>\n<p>It &#60;b&#62;failed&#60;/b&#62;, see <code>x&#60;y</code>.</p>");
    expect((await get("/runbooks/TestFailureSpike.md")).headers["content-type"]).toMatch(/^text\/markdown/);
    for (const path of ["/runbooks/Nope", "/runbooks/..%2F..%2Fetc%2Fpasswd", "/runbooks/%00"]) {
      expect((await get(path)).status).toBe(404);
    }
  });

  test("every answer carries the security headers and names no software", async () => {
    for (const path of ["/", "/metrics", "/api/v1/runs", "/api/v1/none", "/-/healthy", "/problems/USAGE"]) {
      const { headers } = await get(path);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["content-security-policy"]).toMatch(/default-src '(none|self)'/);
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(headers).not.toHaveProperty("x-powered-by");
    }
  });

  test.each([
    ["another site", "http://evil.example", 403],
    ["a sandboxed page", "null", 403],
    ["another port", "http://127.0.0.1:1", 403],
    ["this server", "OWN", 200],
  ])("a change asked for by a page of %s is %s: %d", async (_, origin, status) => {
    const headers = { Origin: origin === "OWN" ? server.url : origin };
    expect((await get("/api/v1/runs/r1/finish", headers, "POST")).status).toBe(status);
    expect((await get("/api/v1/runs", headers)).status).toBe(200);
  });
});

test("an external address with a path prefixes everything", async () => {
  const prefixed = await testServer({ externalUrl: "https://ci.example/plumbline/", telemetryPath: "/m" });
  expect(prefixed.url).toMatch(/\/plumbline$/);
  expect((await send(`${prefixed.url}/m`, { method: "GET" })).status).toBe(200);
  expect((await send(`${prefixed.url}/metrics`, { method: "GET" })).status).toBe(404);
  const ack = await send(`${prefixed.url}/api/v1/reports`, {
    body: "passed a\n",
    headers: { Origin: "https://ci.example" },
  });
  expect(JSON.parse(ack.text).links.api).toMatch(/^https:\/\/ci.example\/plumbline\/api\/v1\/runs\//);
  const wrong = await send(`${prefixed.url}/api/v1/x`, { method: "GET" });
  expect(JSON.parse(wrong.text).type).toBe("https://ci.example/plumbline/problems/NOT_FOUND");
  const root = await send(new URL("/", prefixed.url).href, { method: "GET" });
  expect([root.status, root.headers.location]).toEqual([302, "/plumbline/"]);
  await prefixed.close();
});
