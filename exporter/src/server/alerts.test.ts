import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { alertDetail, alertReceipt, alertRecord } from "./alert-schemas.ts";
import { envelope, paged, problem } from "./schemas.ts";
import { ALERT, NOW, send, type TestServer, testServer } from "./test-support.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.backend.alertCommands.length = 0;
  server.reader.asked.length = 0;
});

const api = (path: string, method = "GET", body?: unknown) =>
  send(`${server.url}/api/v1/alerts${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
const post = (body: string | Buffer, headers = {}) => send(`${server.url}/api/v1/alerts`, { body, headers });

/** As Alertmanager 0.28 sends it. */
const MESSAGE = {
  receiver: "plumbline",
  status: "firing",
  alerts: [
    {
      status: "firing",
      labels: { alertname: "TestRunFailed", suite: "ünit \ud800" },
      annotations: { summary: "3 failed" },
      startsAt: "2026-05-20T11:58:26.739266876+02:00",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "http://prometheus:9090/graph?g0.expr=1",
      fingerprint: "8a6f",
    },
    { status: "resolved", labels: {}, startsAt: "2026-05-20T09:00:00Z", endsAt: "2026-05-20T09:01:00Z", imageURL: "" },
  ],
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: "http://alertmanager:9093",
  version: "4",
  groupKey: "{}:{}",
  truncatedAlerts: 0,
};

describe("a message of Alertmanager", () => {
  test("is read, with what it lacks filled in and what is not known ignored", async () => {
    const answer = await post(JSON.stringify(MESSAGE), { "Content-Type": "application/json" });
    expect(answer.status).toBe(200);
    expect(envelope(alertReceipt).parse(JSON.parse(answer.text)).data).toEqual({ received: 2, steps: { fired: 1 } });
    expect(server.backend.alertCommands).toEqual([
      {
        kind: "receive",
        message: {
          receiver: "plumbline",
          alerts: [
            {
              fingerprint: "8a6f",
              status: "firing",
              labels: { alertname: "TestRunFailed", suite: "ünit \ufffd" },
              annotations: { summary: "3 failed" },
              startsAtMs: Date.UTC(2026, 4, 20, 9, 58, 26, 739),
              endsAtMs: undefined,
              generatorUrl: "http://prometheus:9090/graph?g0.expr=1",
            },
            {
              fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
              status: "resolved",
              labels: {},
              annotations: {},
              startsAtMs: Date.UTC(2026, 4, 20, 9),
              endsAtMs: Date.UTC(2026, 4, 20, 9, 1),
              generatorUrl: undefined,
            },
          ],
        },
      },
    ]);
  });

  test("may be large, and packed", async () => {
    const alerts = Array.from({ length: 5000 }, (_, i) => ({
      ...MESSAGE.alerts[0],
      fingerprint: String(i),
      annotations: { description: "x".repeat(300) },
    }));
    const body = JSON.stringify({ ...MESSAGE, alerts });
    for (const answer of [await post(body), await post(gzipSync(body), { "Content-Encoding": "gzip" })])
      expect(JSON.parse(answer.text).data.received).toBe(5000);
    expect(server.backend.alertCommands).toHaveLength(2);
  });

  test("a made fingerprint is of the labels, whatever their order", async () => {
    const sent = async (labels: object) => {
      const alert = { status: "firing", startsAt: MESSAGE.alerts[0]!.startsAt, labels };
      await post(JSON.stringify({ alerts: [alert] }));
      const command = server.backend.alertCommands.at(-1);
      return command?.kind === "receive" ? command.message.alerts[0]!.fingerprint : undefined;
    };
    expect(await sent({ a: "1", b: "2" })).toBe(await sent({ b: "2", a: "1" }));
    expect(await sent({ a: "1", b: "3" })).not.toBe(await sent({ a: "1", b: "2" }));
  });

  const alert = MESSAGE.alerts[0]!;
  test.each<[string, unknown, number, string]>([
    ["no JSON", "{", 400, "the body is not JSON"],
    ["no body", "", 400, "alerts: "],
    ["an array", [], 400, "body: "],
    ["no alerts", { receiver: "x" }, 400, "alerts: "],
    ["a status that is none", { alerts: [{ ...alert, status: "on" }] }, 400, "alerts.0.status: "],
    ["no labels", { alerts: [alert, { ...alert, labels: undefined }] }, 400, "alerts.1.labels: "],
    ["a label that is no text", { alerts: [{ ...alert, labels: { a: 1 } }] }, 400, "alerts.0.labels.a: "],
    ["a time that is none", { alerts: [{ ...alert, startsAt: "yesterday" }] }, 400, "alerts.0.startsAt: "],
    ["a time without zone", { alerts: [{ ...alert, startsAt: "2026-05-20T09:00:00" }] }, 400, "alerts.0.startsAt: "],
    ["too much", "x".repeat(16 * 1024 ** 2 + 1), 413, "larger than"],
  ])("%s is refused and nothing of it kept", async (_, body, status, detail) => {
    const answer = await post(typeof body === "string" ? body : JSON.stringify(body));
    expect(answer.status).toBe(status);
    expect(problem.parse(JSON.parse(answer.text)).detail).toContain(detail);
    expect(server.backend.alertCommands).toEqual([]);
  });
});

describe("alerts", () => {
  const none = { alertname: undefined, severity: undefined, team: undefined, project: undefined };
  const nowhere = { ...none, suite: undefined, environment: undefined, branch: undefined, status: undefined };
  test.each<[string, object, object]>([
    ["", { open: undefined }, { limit: 100 }],
    ["?open=true&team=web&limit=5&cursor=c", { open: true, team: "web" }, { limit: 5, cursor: "c" }],
    [
      "?open=false&status=resolved&severity=critical",
      { open: false, status: "resolved", severity: "critical" },
      { limit: 100 },
    ],
    [
      "?alertname=A&project=p&suite=s&environment=e&branch=b",
      { alertname: "A", project: "p", suite: "s", environment: "e", branch: "b" },
      { limit: 100 },
    ],
  ])("are listed: %s", async (query, filter, page) => {
    const answer = await api(query);
    expect(envelope(paged(alertRecord)).parse(JSON.parse(answer.text)).data.items).toHaveLength(1);
    expect(server.reader.asked).toEqual([["alerts", { ...nowhere, open: undefined, ...filter }, page]]);
  });

  test("one has its life and its snapshot, and looking changes nothing", async () => {
    const { data } = envelope(alertDetail).parse(JSON.parse((await api("/12")).text));
    expect(data.steps).toHaveLength(1);
    expect(data.snapshot).toEqual({ takenAtMs: NOW });
    await api("/12", "HEAD");
    await api("/12/acknowledge");
    expect(server.backend.alertCommands).toEqual([]);
  });

  test.each<[unknown, object]>([
    [
      { by: "ann", reason: " mine ", forSeconds: 3600 },
      { by: "ann", reason: "mine", untilMs: NOW + 3_600_000 },
    ],
    [{}, { by: undefined, reason: undefined, untilMs: undefined }],
    [undefined, { by: undefined, reason: undefined, untilMs: undefined }],
  ])("acknowledged with %j", async (body, ack) => {
    const answer = await api("/12/acknowledge", "POST", body);
    expect(envelope(alertDetail).parse(JSON.parse(answer.text)).data.id).toBe(ALERT.id);
    expect(server.backend.alertCommands).toEqual([{ kind: "acknowledge", alert: "12", ack }]);
  });

  test("and taken back", async () => {
    const answer = await api("/12/acknowledge?by=bob", "DELETE");
    expect(answer.status).toBe(200);
    expect(server.backend.alertCommands).toEqual([{ kind: "unacknowledge", alert: "12", by: "bob" }]);
  });

  test.each<[string, string, unknown, number]>([
    ["/7", "GET", undefined, 404],
    ["/7/acknowledge", "POST", {}, 404],
    ["/7/acknowledge", "DELETE", undefined, 404],
    ["/12/acknowledge", "GET", undefined, 405],
    ["/12/acknowledge", "POST", { forSeconds: 0 }, 400],
    ["/12/acknowledge", "POST", { forSeconds: 1e12 }, 400],
    ["/12/acknowledge", "POST", { by: "" }, 400],
    ["/12/acknowledge", "POST", { untilMs: 5 }, 400],
    ["?status=open", "GET", undefined, 400],
    ["?open=yes", "GET", undefined, 400],
  ])("%s %s %j is refused with %i", async (path, method, body, status) => {
    const answer = await api(path, method, body);
    expect(answer.status).toBe(status);
    expect(problem.parse(JSON.parse(answer.text)).status).toBe(status);
  });

  test("a page of another site acknowledges nothing", async () => {
    const answer = await send(`${server.url}/api/v1/alerts/12/acknowledge`, {
      headers: { Origin: "https://evil.example" },
      body: "{}",
    });
    expect(answer.status).toBe(403);
    expect(server.backend.alertCommands).toEqual([]);
  });
});
