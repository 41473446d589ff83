import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hashSync } from "bcryptjs";
import { afterAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { createApp } from "./app.ts";
import { parseListenAddress, requireAuthForRemote } from "./auth.ts";
import type { ServerState } from "./deps.ts";
import { SpoolArea } from "./spool.ts";
import { rawExchange, send, testServer } from "./test-support.ts";
import { NO_WEB_CONFIG, readWebConfig } from "./web-config.ts";

const folder = temporaryFolder("web");
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const HASH = hashSync("s3cret:word", 4);
let files = 0;
function webConfig(text: string): string {
  files += 1;
  const path = join(folder, `web-${files}.yml`);
  writeFileSync(path, text);
  return path;
}
const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});
const status = async (url: string, headers = {}) => (await send(url, { method: "GET", headers })).status;

describe("shutdown", () => {
  test("finishes uploads under way, then closes ingest and store, and takes nothing new", async () => {
    const server = await testServer({}, { graceMs: 5_000 });
    let open!: () => void;
    server.backend.gate = new Promise((resolve) => {
      open = resolve;
    });
    const upload = send(`${server.url}/api/v1/reports`, { body: "passed a\n" });
    await expect.poll(() => server.backend.submissions.length).toBe(1);
    const closing = server.close();
    await expect(send(`${server.url}/api/v1/runs`, { method: "GET" })).rejects.toThrow(/ECONNREFUSED/);
    expect(server.backend.events).toEqual([]);
    open();
    expect((await upload).status).toBe(201);
    expect((await upload).headers.connection).toBe("close");
    await closing;
    expect(server.backend.events).toEqual(["ingest closed", "store closed"]);
  });

  test("is told to who still has a connection", async () => {
    const server = await testServer();
    const state: ServerState = { closing: true, responses: new Set() };
    const app = createApp(server.deps, { state, area: new SpoolArea(server.spoolDir) });
    const http = createServer(app).listen(0, "127.0.0.1");
    await once(http, "listening");
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const ready = await send(`${url}/-/ready`, { method: "GET" });
    expect([ready.status, ready.text]).toEqual([503, "Plumbline is not ready: it is shutting down.\n"]);
    const upload = await send(`${url}/api/v1/reports`, { body: "passed a" });
    expect([upload.status, JSON.parse(upload.text).code]).toEqual([503, "SHUTTING_DOWN"]);
    expect(upload.headers).toMatchObject({ connection: "close", "retry-after": "5" });
    http.close();
    await server.close();
  });

  test("cuts off uploads that take longer than the grace time", async () => {
    const server = await testServer({}, { graceMs: 200 });
    const head = "POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\npassed a";
    const exchange = rawExchange(server.url, head, { end: false });
    await sleep(50);
    const began = Date.now();
    await server.close();
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(await exchange).toBe("");
    expect(server.backend.submissions).toEqual([]);
  });

  test("idle connections do not hold it up", async () => {
    const server = await testServer({}, { graceMs: 5_000 });
    await fetch(`${server.url}/-/healthy`);
    const began = Date.now();
    await server.close();
    expect(Date.now() - began).toBeLessThan(1_000);
  });
});

describe("listening", () => {
  test("on a taken port is LISTEN_FAILED, and on several addresses works", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await expect(testServer({}, { listen: ["127.0.0.1:0", `127.0.0.1:${port}`] })).rejects.toMatchObject({
      code: "LISTEN_FAILED",
      message: `cannot listen on 127.0.0.1:${port}: another server is listening there`,
    });
    other.close();
    const server = await testServer({}, { listen: ["127.0.0.1:0", "localhost:0"] });
    for (const url of server.urls) expect(await status(`${url}/-/healthy`)).toBe(200);
    await server.close();
  });

  test.each([
    ["127.0.0.1:10970", "127.0.0.1", 10970],
    [":0", undefined, 0],
    ["[::1]:80", "::1", 80],
    ["host.name:65535", "host.name", 65535],
  ])("%s is understood", (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
  });
  test.each(["10970", "a:b", ":65536", "::1:80", "http://x:1", ""])("%j is CONFIG_INVALID", (text) => {
    expect(() => parseListenAddress(text)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });

  test.each([
    ["127.0.0.1:1", true],
    ["127.8.9.1:1", true],
    ["localhost:1", true],
    ["[::1]:1", true],
    [":1", false],
    ["0.0.0.0:1", false],
    ["[::]:1", false],
    ["192.168.0.1:1", false],
    ["127.0.0.1.example.com:1", false],
  ])("%s without authentication is allowed: %s", (address, allowed) => {
    const check = () => requireAuthForRemote(address, NO_WEB_CONFIG, false);
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(() => requireAuthForRemote(address, NO_WEB_CONFIG, true)).not.toThrow();
    expect(() =>
      requireAuthForRemote(address, { ...NO_WEB_CONFIG, users: new Map([["a", HASH]]) }, false),
    ).not.toThrow();
  });
});

describe("basic authentication", () => {
  test("guards everything, and follows the file", async () => {
    const file = webConfig(`basic_auth_users:\n  ann: ${HASH.replace("$2b$", "$2y$")}\n`);
    const server = await testServer({}, { webConfigFile: file, listen: "0.0.0.0:0" });
    const url = server.url;
    for (const path of ["/", "/metrics", "/-/healthy", "/api/v1/runs", "/nothing"]) {
      const answer = await send(`${url}${path}`, { method: "GET" });
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([401, "UNAUTHORIZED"]);
      expect(answer.headers["www-authenticate"]).toMatch(/^Basic /);
    }
    expect(await status(`${url}/metrics`, basic("ann", "s3cret:word"))).toBe(200);
    for (const headers of [
      basic("ann", "wrong"),
      basic("bob", "s3cret:word"),
      basic("ann", ""),
      { Authorization: "Basic !" },
      { Authorization: "Bearer x" },
      basic("ann", `s3cret:word${"x".repeat(100)}`),
      basic("__proto__", "x"),
    ]) {
      expect(await status(`${url}/metrics`, headers)).toBe(401);
    }
    // An upload is refused before it is read.
    const upload = await send(`${url}/api/v1/reports`, { body: Buffer.alloc(3_000_000) });
    expect([upload.status, server.backend.submissions.length]).toEqual([401, 0]);

    writeFileSync(
      file,
      `basic_auth_users:\n  bob: ${HASH}\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n`,
    );
    expect(await status(`${url}/metrics`, basic("ann", "s3cret:word"))).toBe(401);
    const answer = await send(`${url}/metrics`, { method: "GET", headers: basic("bob", "s3cret:word") });
    expect([answer.status, answer.headers["x-frame-options"]]).toEqual([200, "deny"]);

    // Neither a broken file nor one without users opens the server.
    for (const text of ["basic_auth_users: [", "{}\n", "basic_auth_user:\n  a: b\n"]) {
      writeFileSync(file, text);
      expect(await status(`${url}/metrics`)).toBe(401);
      expect(await status(`${url}/metrics`, basic("bob", "s3cret:word"))).toBe(200);
    }
    expect(server.logged.filter((line) => line.includes("the previous one stays"))).toHaveLength(3);
    expect(server.logged.join()).not.toContain(HASH);
    await server.close();
  });

  test("a second check of the same password costs nothing", async () => {
    const slow = hashSync("pw", 11);
    const server = await testServer({}, { webConfigFile: webConfig(`basic_auth_users: { ann: "${slow}" }\n`) });
    const timed = async (): Promise<number> => {
      const began = performance.now();
      expect(await status(`${server.url}/metrics`, basic("ann", "pw"))).toBe(200);
      return performance.now() - began;
    };
    const first = await timed();
    const second = Math.min(await timed(), await timed());
    expect(second).toBeLessThan(first / 3);
    await server.close();
  });

  test("is demanded before listening to other machines", async () => {
    await expect(testServer({}, { listen: ":0" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    const server = await testServer({}, { listen: ":0", allowUnauthenticated: true });
    expect(await status(`${server.url}/-/healthy`)).toBe(200);
    await server.close();
  });
});

describe("a web configuration that is wrong is CONFIG_INVALID with its place:", () => {
  test.each([
    ["basic_auth_users:\n  a: secret-in-plain\n", "basic_auth_users.a: expected a bcrypt hash"],
    ["basic_auth_user: {}\n", "basic_auth_user: unknown key; did you mean basic_auth_users?"],
    ["tls_server_config:\n  certfile: x\n", "tls_server_config.certfile: unknown key; did you mean cert_file?"],
    ["tls_server_config:\n  cert_file: x.pem\n", "x.pem cannot be read (ENOENT)"],
    ["tls_server_config: {}\n", "cert_file and key_file are needed"],
    ["tls_server_config: { cert: a, key: b }\n", "certificate and key cannot be used"],
    ["tls_server_config: { cert: a, key: b, client_auth_type: RequireAndVerifyClientCert }\n", "needs client_ca_file"],
    ["tls_server_config: { min_version: SSL3 }\n", "tls_server_config.min_version"],
    ["a: [\n", ""],
    ["- 1\n", "file: "],
  ])("%j", (text, detail) => {
    const path = webConfig(text);
    const read = () => readWebConfig(path);
    expect(read).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(detail) }));
    expect(read).not.toThrow(/secret-in-plain/);
  });

  test("an empty file configures nothing", () => {
    expect(readWebConfig(webConfig("")).config).toEqual(NO_WEB_CONFIG);
    expect(readWebConfig(webConfig("basic_auth_users:\n")).config).toEqual(NO_WEB_CONFIG);
  });
});

describe("TLS", () => {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  function certificate(name: string, issuer?: string): void {
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`];
    const ca = issuer === undefined ? [] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`];
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      ...subject,
      ...ca,
    );
  }
  function get(url: string, options: object): Promise<{ status: number; cn: string }> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(url, { rejectUnauthorized: false, agent: false, ...options }, (response) => {
        const { subject } = (response.socket as import("node:tls").TLSSocket).getPeerCertificate();
        response.resume().on("end", () => resolve({ status: response.statusCode!, cn: String(subject.CN) }));
      });
      request.on("error", reject).end();
    });
  }
  const client = (name: string) => ({
    cert: readFileSync(join(folder, `${name}.pem`)),
    key: readFileSync(join(folder, `${name}.key`)),
  });

  test("serves, takes a new certificate for new connections, and keeps the old one when the new is broken", async () => {
    certificate("first");
    certificate("second");
    const file = webConfig("tls_server_config:\n  cert_file: first.pem\n  key_file: first.key\n  min_version: TLS13\n");
    const server = await testServer({}, { webConfigFile: file });
    expect(server.url).toMatch(/^https:/);
    expect(await get(`${server.url}/-/healthy`, {})).toEqual({ status: 200, cn: "first" });
    await expect(get(`${server.url}/-/healthy`, { maxVersion: "TLSv1.2" })).rejects.toThrow();
    writeFileSync(join(folder, "first.pem"), readFileSync(join(folder, "second.pem")));
    // Half of a renewal: the certificate without its key.
    expect((await get(`${server.url}/-/healthy`, {})).cn).toBe("first");
    writeFileSync(join(folder, "first.key"), readFileSync(join(folder, "second.key")));
    utimesSync(join(folder, "first.key"), new Date(), new Date());
    expect((await get(`${server.url}/-/healthy`, {})).cn).toBe("second");
    await server.close();
  });

  test.each([
    ["RequireAndVerifyClientCert", "", { none: false, good: true, stranger: false }],
    ["VerifyClientCertIfGiven", "", { none: true, good: true, stranger: false }],
    ["RequireAnyClientCert", "", { none: false, good: true, stranger: true }],
    ["RequestClientCert", "", { none: true, good: true, stranger: true }],
    ["RequireAndVerifyClientCert", "client_allowed_sans: [elsewhere]", { none: false, good: false, stranger: false }],
    ["RequireAndVerifyClientCert", "client_allowed_sans: [good]", { none: false, good: true, stranger: false }],
  ])("client_auth_type %s %s", async (type, extra, expected) => {
    certificate("host");
    certificate("authority");
    certificate("good", "authority");
    certificate("stranger");
    const file = webConfig(
      `tls_server_config:\n  cert_file: host.pem\n  key_file: host.key\n  client_ca_file: authority.pem\n  client_auth_type: ${type}\n  ${extra}\n`,
    );
    const server = await testServer({}, { webConfigFile: file });
    for (const [who, allowed] of Object.entries(expected)) {
      const answer = get(`${server.url}/-/healthy`, who === "none" ? {} : client(who));
      if (allowed) expect((await answer).status, who).toBe(200);
      else await expect(answer, who).rejects.toThrow();
    }
    await server.close();
  });
});
