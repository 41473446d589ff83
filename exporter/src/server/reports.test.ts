import { createHash, randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { jointRunId } from "../ingest/joint-run.ts";
import { acknowledgement, batchAcknowledgement, problem } from "./schemas.ts";
import { SpoolArea } from "./spool.ts";
import { rawExchange, send, type TestServer, testServer } from "./test-support.ts";

const MAX = 4 * 1024 * 1024;
let server: TestServer;
beforeAll(async () => {
  server = await testServer({
    idleBodyMs: 400,
    settings: (config) => ({ ...config, limits: { ...config.limits, maxReportBytes: MAX, maxPartsPerRequest: 5 } }),
  });
});
afterAll(() => server.close());
beforeEach(() => {
  server.backend.submissions.length = 0;
  server.rejected.length = 0;
});

const post = (body: Buffer | string, headers: Record<string, string> = {}, query = "") =>
  send(`${server.url}/api/v1/reports${query}`, { headers, body });
const fresh = (outcome = "passed"): string => `${outcome} ${randomBytes(8).toString("hex")}\n`;

function form(parts: { name: string; filename?: string; content: string | Buffer }[], end = true) {
  const chunks: Buffer[] = [];
  for (const { name, filename, content } of parts) {
    const file = filename === undefined ? "" : `; filename="${filename}"`;
    chunks.push(Buffer.from(`--BB\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`));
    chunks.push(Buffer.from(content), Buffer.from("\r\n"));
  }
  if (end) chunks.push(Buffer.from("--BB--\r\n"));
  return Buffer.concat(chunks);
}
const FORM = { "Content-Type": "multipart/form-data; boundary=BB" };
const postForm = (parts: Parameters<typeof form>[0], query = "", end = true) => post(form(parts, end), FORM, query);

/** Whatever happened, no upload stays behind. */
async function expectNothingSpooled(): Promise<void> {
  for (let i = 0; i < 100 && server.spooled().length > 0; i++) await sleep(20);
  expect(server.spooled()).toEqual([]);
}

describe("a raw body", () => {
  test("is stored, hashed and acknowledged", async () => {
    const body = fresh();
    const { status, text } = await post(
      body,
      { "X-Plumbline-Filename": "results/a.xml", traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` },
      "?project=shop&run_id=r7&task_id=T1&parts=2&history=true&started_at=2026-05-01&branch=",
    );
    expect(status).toBe(201);
    const ack = acknowledgement.parse(JSON.parse(text));
    expect(ack).toMatchObject({
      task_id: "T1",
      status: "approved",
      next_action: "create-pr",
      outcome: "stored",
      run: { project: "shop" },
    });
    expect(ack.links.run).toBe(`${server.url}/runs/${ack.run.id}`);
    const [submission] = server.backend.submissions;
    expect(submission).toMatchObject({
      name: "results/a.xml",
      sizeBytes: body.length,
      contentHash: createHash("sha256").update(body).digest("hex"),
      context: {
        project: "shop",
        runId: "r7",
        parts: 2,
        history: true,
        branch: undefined,
        startedAtMs: Date.UTC(2026, 4, 1),
        traceParent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      },
    });
    expect(submission!.context).not.toHaveProperty("environment");
  });

  test("is a duplicate the second time", async () => {
    const body = fresh();
    expect((await post(body)).status).toBe(201);
    const again = await post(body);
    expect(again.status).toBe(200);
    expect(JSON.parse(again.text)).toMatchObject({
      outcome: "duplicate",
      message: "1 test: 1 passed (already stored)",
    });
  });

  test.each([
    ["in memory", 1000, "bytes"],
    ["in memory at the very limit", 256 * 1024, "bytes"],
    ["in a file beyond it", 256 * 1024 + 1, "file"],
    ["in a file when large", 3 * 1024 * 1024, "file"],
  ])("waits %s (%d bytes)", async (_, size, kind) => {
    const body = randomBytes(size);
    for (const headers of [{}, { "Content-Encoding": "gzip" }]) {
      const sent = "Content-Encoding" in headers ? gzipSync(body) : body;
      expect((await post(sent, headers as Record<string, string>)).status).toBeLessThan(300);
    }
    for (const submission of server.backend.submissions) {
      expect(submission.body.kind).toBe(kind);
      expect(submission.sizeBytes).toBe(size);
      expect(submission.contentHash).toBe(createHash("sha256").update(body).digest("hex"));
      // Its own memory, so that it can be handed to a worker.
      if (submission.body.kind === "bytes") expect(submission.body.bytes.buffer.byteLength).toBe(size);
    }
    await expectNothingSpooled();
  });

  test.each(["gzip", "x-gzip", "GZIP"])("is decoded from Content-Encoding: %s", async (coding) => {
    const body = fresh();
    expect((await post(gzipSync(body), { "Content-Encoding": coding })).status).toBe(201);
    expect(server.backend.submissions[0]!.text).toBe(body);
  });

  test("may be a gzip file, sent in single bytes, also gzip-encoded on the way", async () => {
    const body = fresh();
    expect((await post(gzipSync(body))).status).toBe(201);
    expect((await post(gzipSync(gzipSync(body)), { "Content-Encoding": "gzip" })).status).toBe(200);
    const chunked = [...gzipSync(body)].map((b) =>
      Buffer.concat([Buffer.from("1\r\n"), Buffer.from([b]), Buffer.from("\r\n")]),
    );
    const head = "POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    const answer = await rawExchange(
      server.url,
      Buffer.concat([Buffer.from(head), ...chunked, Buffer.from("0\r\n\r\n")]),
      { end: false },
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
    expect(server.backend.submissions.map((one) => one.text)).toEqual([body, body, body]);
  });

  test.each([
    ["failures", "failed a\npassed b\n", "fix-and-rerun"],
    ["no test", "~\n", "add-tests-and-rerun"],
    ["low coverage", "%0.7\npassed c\n", "add-tests-and-rerun"],
  ])("with %s is stored and rejected", async (_, body, next) => {
    const { status, text } = await post(body, {}, `?run_id=${encodeURIComponent(body)}`.replaceAll("%0A", "-"));
    expect(status).toBe(201);
    expect(acknowledgement.parse(JSON.parse(text))).toMatchObject({ status: "rejected", next_action: next });
  });
});

describe("a bad request is refused with one problem document, and nothing is stored:", () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  const good = fresh();
  test.each<[string, string, number, Buffer | string, Record<string, string>, string]>([
    ["no body", "INPUT_EMPTY", 422, "", {}, ""],
    ["an empty gzip", "INPUT_EMPTY", 422, gzipSync(""), {}, ""],
    ["a body beyond the limit", "INPUT_TOO_LARGE", 413, Buffer.alloc(MAX + 1, 65), {}, ""],
    ["a gzip bomb, encoded", "INPUT_TOO_LARGE", 413, bomb, { "Content-Encoding": "gzip" }, ""],
    ["a gzip bomb, as a file", "INPUT_TOO_LARGE", 413, bomb, {}, ""],
    ["a gzip bomb in gzip", "INPUT_TOO_LARGE", 413, gzipSync(bomb), { "Content-Encoding": "gzip" }, ""],
    ["plain text called gzip", "INPUT_ENCODING", 400, good, { "Content-Encoding": "gzip" }, ""],
    ["another encoding", "INPUT_ENCODING", 400, good, { "Content-Encoding": "br" }, ""],
    ["two encodings", "INPUT_ENCODING", 400, good, { "Content-Encoding": "gzip, gzip" }, ""],
    ["half a gzip", "INPUT_CUT", 400, gzipSync(randomBytes(900_000)).subarray(0, 450_000), {}, ""],
    ["the first bytes of a gzip", "INPUT_CUT", 400, gzipSync(good).subarray(0, 12), {}, ""],
    ["a damaged gzip", "INPUT_ENCODING", 400, damaged(gzipSync(randomBytes(100_000))), {}, ""],
    ["an unknown parameter", "REQUEST_INVALID", 400, good, {}, "?runid=7"],
    ["a parameter twice", "REQUEST_INVALID", 400, good, {}, "?suite=a&suite=b"],
    ["a prototype's name", "REQUEST_INVALID", 400, good, {}, "?__proto__=1"],
    ["control characters", "CONTEXT_INVALID", 400, good, {}, "?suite=a%0Ab"],
    ["a number that is none", "CONTEXT_INVALID", 400, good, {}, "?parts=many"],
    ["a time that is none", "CONTEXT_INVALID", 400, good, {}, "?started_at=yesterday"],
    ["an address that runs code", "CONTEXT_INVALID", 400, good, {}, "?run_url=javascript:alert(1)"],
    ["a report that does not parse", "FORMAT_SYNTAX", 422, "!FORMAT_SYNTAX", {}, "?filename=x.xml"],
    ["a full disk", "STORE_FULL", 507, "!STORE_FULL", {}, ""],
  ])("%s is %s", async (_, code, status, body, headers, query) => {
    const runs = server.backend.runs.size;
    const answer = await post(body, headers, query);
    expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    const document = problem.parse(JSON.parse(answer.text));
    expect(document).toMatchObject({ code, status, type: `${server.url}/problems/${code}` });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/node:internal|\.ts:\d|\/tmp\//);
    expect(server.rejected).toEqual([code]);
    expect(server.backend.runs.size).toBe(runs);
    await expectNothingSpooled();
  });

  test("what is not the client's doing is logged as an error, all else is not", async () => {
    const faults: [Buffer | string, Record<string, string>][] = [
      ["!STORE_FULL", {}],
      [form(["!STORE_FULL", fresh()].map((content, i) => ({ name: "f", filename: `${i}`, content }))), FORM],
    ];
    for (const [body, headers] of faults) {
      server.logged.length = 0;
      await post(body, headers);
      expect(server.logged).toEqual([expect.stringMatching(/^error: (request|report) failed .*"code":"STORE_FULL"/)]);
    }
    server.logged.length = 0;
    for (const code of ["FORMAT_SYNTAX", "STORE_CONFLICT", "SHUTTING_DOWN"]) await post(`!${code}`);
    expect(server.logged).toEqual([]);
  });

  test("the nearest known parameter is named", async () => {
    const { text } = await post("x", {}, "?runId=7&tasks_id=1");
    expect(JSON.parse(text).detail).toBe(
      'unknown parameter "runId"; did you mean "run_id"?; unknown parameter "tasks_id"; did you mean "task_id"?',
    );
  });

  test("place and hint come along", async () => {
    const { text } = await post("!FORMAT_SYNTAX", {}, "?filename=../../etc/x.xml");
    expect(JSON.parse(text)).toMatchObject({
      place: { file: "etc/x.xml", line: 4, column: 2 },
      hint: "the file looks cut short or damaged; did the test process exit early?",
    });
  });

  test("a fault of our own does not show its message", async () => {
    const { status, text } = await post("!INTERNAL secret path");
    expect(status).toBe(500);
    expect(JSON.parse(text).detail).toBe("an unexpected fault; the server's log has the details");
    expect(server.logged.at(-1)).toContain("refused by the test");
  });

  test.each([
    ["in memory", 1_000],
    ["in a file", 1_000_000],
  ])("a client that goes away, %s", async (_, size) => {
    const head = `POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: ${size * 2}\r\n\r\n`;
    await rawExchange(server.url, Buffer.concat([Buffer.from(head), Buffer.alloc(size, "passed a\n")]));
    await expect.poll(() => server.rejected).toEqual(["INPUT_CUT"]);
    expect(server.backend.submissions).toEqual([]);
    await expectNothingSpooled();
  });

  test("a client that falls silent is answered", async () => {
    const head = "POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\npassed a";
    const answer = await rawExchange(server.url, head, { end: false, waitMs: 2_000 });
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain("INPUT_CUT");
    expect(server.backend.submissions).toEqual([]);
  });

  test("both lengths at once never reach the handler", async () => {
    const head =
      "POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    expect(await rawExchange(server.url, head)).toMatch(/^HTTP\/1.1 400 /);
    expect(server.backend.submissions).toEqual([]);
  });

  test("a header too large is refused by the parser", async () => {
    const head = `POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(17_000)}\r\n\r\n`;
    expect(await rawExchange(server.url, head, { end: false })).toMatch(/^HTTP\/1.1 431 /);
  });
});

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xff, 1000, 1100);
  return copy;
}

describe("multipart", () => {
  test("one file answers like a raw body; fields win over the query", async () => {
    const body = fresh();
    const { status, text } = await postForm(
      [
        { name: "suite", content: "unit" },
        { name: "file", filename: "dir\\a.xml", content: gzipSync(body) },
        { name: "run_id", content: "r9" },
        { name: "commit", content: "" },
      ],
      "?suite=other&project=p",
    );
    expect(status).toBe(201);
    expect(acknowledgement.parse(JSON.parse(text)).name).toBe("dir/a.xml");
    expect(server.backend.submissions[0]).toMatchObject({
      text: body,
      name: "dir/a.xml",
      context: { suite: "unit", runId: "r9", project: "p" },
    });
  });

  test("a browser's form works", async () => {
    const data = new FormData();
    data.set("project", "web");
    data.append("file", new File([fresh()], "später.xml"));
    const response = await fetch(`${server.url}/api/v1/reports`, { method: "POST", body: data });
    expect(response.status).toBe(201);
    expect(server.backend.submissions[0]).toMatchObject({ name: "später.xml", context: { project: "web" } });
  });

  test("several files each have their result; the good ones are stored", async () => {
    const files = [
      { name: "f", filename: "a.xml", content: fresh() },
      { name: "f", filename: "b.xml", content: "!FORMAT_SYNTAX" },
      { name: "f", filename: "c.xml", content: gzipSync(Buffer.alloc(50 * 1024 * 1024)) },
      { name: "f", filename: "d.xml", content: gzipSync(randomBytes(1000)).subarray(0, 500) },
      { name: "f", filename: "e.xml", content: fresh("failed") },
    ];
    const { status, text } = await postForm([...files, { name: "run_id", content: "batch" }], "?part=shard1&task_id=T");
    expect(server.logged.filter((line) => line.includes("FORMAT_SYNTAX"))).toEqual([]);
    expect(status).toBe(207);
    const batch = batchAcknowledgement.parse(JSON.parse(text));
    expect(batch.status).toBe("rejected");
    expect(batch.message).toBe("2 of 5 files stored, 3 refused, 2 stored with problems");
    expect(
      batch.results.map((one) => [one.name, one.outcome, one.outcome === "refused" ? one.problem.code : one.part]),
    ).toEqual([
      ["a.xml", "stored", "shard1/a.xml"],
      ["b.xml", "refused", "FORMAT_SYNTAX"],
      ["c.xml", "refused", "INPUT_TOO_LARGE"],
      ["d.xml", "refused", "INPUT_CUT"],
      ["e.xml", "stored", "shard1/e.xml"],
    ]);
    expect(server.rejected).toEqual(["FORMAT_SYNTAX", "INPUT_TOO_LARGE", "INPUT_CUT"]);
    await expectNothingSpooled();
  });

  test.each([
    ["all stored", 201, [fresh(), fresh()]],
    ["all refused alike", 507, ["!STORE_FULL", "!STORE_FULL"]],
    ["all refused", 422, ["!STORE_FULL", "!FORMAT_UNKNOWN"]],
  ])("a batch %s is %d", async (_, status, contents) => {
    const parts = contents.map((content, i) => ({ name: "f", filename: `${i}.xml`, content }));
    const answer = await postForm(parts);
    expect(answer.status).toBe(status);
    batchAcknowledgement.parse(JSON.parse(answer.text));
  });

  test("files of a batch with the same base name are parts by their path", async () => {
    const names = ["a/report.xml", "b/report.xml", "c/other.xml"];
    const files = names.map((filename) => ({ name: "f", filename, content: fresh() }));
    expect((await postForm(files, "?run_id=paths")).status).toBe(201);
    const parts = server.backend.submissions.map((one) => one.context.part);
    expect(parts).toEqual(["a/report.xml", "b/report.xml", undefined]);
  });

  describe("without a run id", () => {
    const files = (...names: string[]) =>
      names.map((filename, i) => ({ name: `f${i}`, filename, content: gzipSync(`passed ${names[i]} ${i}\n`) }));
    const contexts = () => server.backend.submissions.map(({ context }) => context);
    const hashes = () => server.backend.submissions.map(({ contentHash }) => ({ contentHash }));

    test("is one run of its contents, complete with the last of its parts", async () => {
      const [a, b] = files("r/a.xml", "r/b.xml.gz") as [never, never];
      expect((await postForm([a, b], "?part=p")).status).toBe(201);
      const runId = jointRunId(hashes());
      expect(contexts()).toMatchObject([
        { runId, part: "p/a.xml", parts: 2 },
        { runId, part: "p/b.xml", parts: 2 },
      ]);
      // In any order.
      await postForm([b, a], "?part=p");
      expect(new Set(contexts().map((context) => `${context.runId} ${context.part}`)).size).toBe(2);
    });

    test("tells files of one name apart by their contents, and takes one that is sent twice once", async () => {
      const [a, b] = files("T.xml", "T.xml") as [never, never];
      expect((await postForm([a, b, b])).status).toBe(201);
      const [first, second] = hashes().map(({ contentHash }) => `T.xml~${contentHash.slice(0, 8)}`);
      expect(contexts().map(({ part, parts }) => [part, parts])).toEqual([
        [first, 2],
        [second, 2],
        [second, 2],
      ]);
    });

    test("old runs stay one per file", async () => {
      await postForm(files("a.xml", "b.xml"), "?history=true");
      expect(contexts().map(({ runId, part, parts }) => [runId, part, parts])).toEqual(
        Array.from({ length: 2 }, () => [undefined, undefined, undefined]),
      );
    });
  });

  test.each<[string, string, string, boolean]>([
    ["a joint run", "", "!FORMAT_SYNTAX", true],
    ["a joint run with a file that was not read", "", "", true],
    ["a named run", "?run_id=half", "!FORMAT_SYNTAX", true],
    ["a run of announced parts waits", "?run_id=announced&parts=2", "!FORMAT_SYNTAX", false],
  ])("a refused file ends the run as partial: %s", async (_, query, bad, ends) => {
    server.backend.events.length = 0;
    server.backend.open = true;
    try {
      const contents = [fresh(), bad].map((content, i) => ({ name: "f", filename: `${i}.xml`, content }));
      const { results } = batchAcknowledgement.parse(JSON.parse((await postForm(contents, query)).text));
      expect(server.backend.events).toEqual(ends ? ["command finish partial"] : []);
      expect(results[0]).toMatchObject(
        ends ? { status: "rejected", run: { status: "partial" } } : { status: "approved", run: { status: "running" } },
      );
    } finally {
      server.backend.open = false;
    }
  });

  const file = { name: "f", filename: "a.xml", content: fresh() };
  test.each<[string, string, Parameters<typeof form>[0], boolean]>([
    ["no file", "REQUEST_INVALID", [{ name: "suite", content: "x" }], true],
    ["no end boundary", "INPUT_CUT", [file], false],
    ["too many files", "INPUT_TOO_LARGE", Array.from({ length: 6 }, () => file), true],
    [
      "a thousand fields",
      "REQUEST_INVALID",
      Array.from({ length: 1000 }, (_, i) => ({ name: `f${i}`, content: "x" })),
      true,
    ],
    [
      "a field twice",
      "REQUEST_INVALID",
      [file, { name: "suite", content: "a" }, { name: "suite", content: "b" }],
      true,
    ],
    ["an unknown field", "REQUEST_INVALID", [file, { name: "sweet", content: "a" }], true],
    ["a huge field", "REQUEST_INVALID", [file, { name: "suite", content: "a".repeat(100_000) }], true],
    ["a wrong value", "CONTEXT_INVALID", [file, { name: "parts", content: "-1" }], true],
    ["only an empty file", "INPUT_EMPTY", [{ ...file, content: "" }], true],
  ])("%s is %s and stores nothing", async (_, code, parts, end) => {
    const answer = await postForm(parts, "", end);
    expect(problem.parse(JSON.parse(answer.text)).code).toBe(code);
    expect(server.backend.submissions).toEqual([]);
    await expectNothingSpooled();
  });

  test.each([
    ["multipart/form-data", "REQUEST_INVALID"],
    ["multipart/form-data; boundary=XX", "INPUT_CUT"],
  ])("content type %s is %s", async (type, code) => {
    const answer = await post(form([file]), { "Content-Type": type });
    expect(problem.parse(JSON.parse(answer.text)).code).toBe(code);
    expect(server.backend.submissions).toEqual([]);
  });

  test.each([
    ["../../../etc/passwd", "etc/passwd"],
    ["C:\\\\Users\\\\me\\\\a.xml", "Users/me/a.xml"],
    ["/abs/a.xml", "abs/a.xml"],
    ["..", "f"],
    ["a\u0085b\u202e.xml", "ab.xml"],
  ])("file name %j is shown as %s", async (filename, name) => {
    await postForm([{ name: "f", filename, content: fresh() }]);
    expect(server.backend.submissions[0]!.name).toBe(name);
  });
});

describe("the spool", () => {
  test("is emptied at start of what dead servers left, and of nothing else", async () => {
    for (const name of ["upload-999999999-1", `upload-${process.pid}-77`, "upload-1-1", "mine.xml"]) {
      writeFileSync(join(server.spoolDir, name), "x");
    }
    new SpoolArea(server.spoolDir);
    // Process 1 is alive.
    expect(server.spooled().sort()).toEqual(["mine.xml", "upload-1-1"]);
    for (const name of server.spooled()) rmSync(join(server.spoolDir, name));
  });

  test("uses the disk when memory is taken, and gives memory back", async () => {
    const area = new SpoolArea(server.spoolDir, 20_000);
    const budget = { left: 1e9, limit: 1e9 };
    const [a, b] = [area.spool(budget), area.spool(budget)];
    await a.write(Buffer.alloc(100));
    await b.write(Buffer.alloc(100));
    expect((await a.end()).body.kind).toBe("bytes");
    expect((await b.end()).body.kind).toBe("file");
    await a.discard();
    await b.discard();
    expect(area.memoryInUse).toBe(0);
    expect(server.spooled()).toEqual([]);
  });

  test.each([
    ["ENOSPC", "STORE_FULL"],
    ["EDQUOT", "STORE_FULL"],
    ["EIO", "INTERNAL"],
  ])("that meets %s answers %s and leaves nothing", async (code, expected) => {
    const probe = await open(join(server.folder, "probe"), "w");
    await probe.close();
    const write = vi.spyOn(Object.getPrototypeOf(probe) as typeof probe, "write");
    write.mockRejectedValue(Object.assign(new Error("disk"), { code }));
    try {
      const answer = await post(Buffer.alloc(1_000_000, 65));
      expect(problem.parse(JSON.parse(answer.text)).code).toBe(expected);
    } finally {
      write.mockRestore();
    }
    expect(server.backend.submissions).toEqual([]);
    await expectNothingSpooled();
  });
});
