import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createInbox } from "./inbox.ts";

const logged: string[] = [];
const server = createInbox(
  (line) => logged.push(line),
  () => new Date("2026-11-20T10:00:00Z"),
);
let address = "";

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const post = (body: string): Promise<Response> => fetch(`${address}/pager`, { method: "POST", body });

test("each alert of a message is one line, printed and shown", async () => {
  expect(await (await fetch(address)).text()).toBe("no messages yet\n");
  const alert = (name: string, summary: string) => ({
    status: "firing",
    labels: { alertname: name },
    annotations: { summary },
  });
  const answer = await post(JSON.stringify({ alerts: [alert("A", "one\nline"), alert("B", "two")] }));
  expect(answer.status).toBe(200);
  expect(logged).toEqual([
    "2026-11-20T10:00:00.000Z /pager firing A one line",
    "2026-11-20T10:00:00.000Z /pager firing B two",
  ]);
  expect(await (await fetch(address)).text()).toBe(`${logged.join("\n")}\n`);
});

test.each(["", "{", "null", '{"alerts":5}'])(
  "a body that is no message of Alertmanager is refused: %s",
  async (body) => {
    expect((await post(body)).status).toBe(400);
  },
);
