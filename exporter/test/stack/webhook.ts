import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { until } from "./until.ts";

export type Received = {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  /** Parsed JSON; the text itself where it is not JSON. */
  body: unknown;
  at: Date;
};

export type Webhook = {
  readonly url: string;
  /** Every request so far, oldest first, whatever it was answered with. */
  readonly received: readonly Received[];
  /** The first request, past or future, that the predicate accepts. */
  waitFor(predicate: (request: Received) => boolean, timeoutMs?: number): Promise<Received>;
  /** Requests from now on are answered with this; 200 at the start. */
  answerWith(status: number, headers?: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
};

/** An HTTP receiver in this process that records what it is sent. */
export async function startWebhook(): Promise<Webhook> {
  const received: Received[] = [];
  let answer: { status: number; headers: Readonly<Record<string, string>> } = { status: 200, headers: {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      received.push({ method, path: url, headers, body: parsed(Buffer.concat(chunks).toString()), at: new Date() });
      // What Slack answers: Alertmanager counts anything else as a failed delivery.
      response.writeHead(answer.status, answer.headers).end("ok");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    waitFor: async (predicate, timeoutMs = 15_000) => {
      const what = "a request to the webhook";
      // The last answer shown on a failure is every body so far.
      const accept = (found: Received | readonly unknown[]): boolean => !Array.isArray(found);
      const find = () => received.find(predicate) ?? received.map((request) => request.body);
      return (await until(find, { what, timeoutMs, accept })) as Received;
    },
    answerWith: (status, headers = {}) => {
      answer = { status, headers };
    },
    stop: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
