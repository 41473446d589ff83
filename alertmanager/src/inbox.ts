/**
 * Stands in for a pager and a chat channel: prints each message of Alertmanager as a line and shows the last ones at GET /.
 * docker-compose.yml runs it as `inbox` until real receivers are configured (notifications.* of the configuration).
 */
import { createServer, type Server } from "node:http";

interface Message {
  readonly status?: string;
  readonly alerts?: readonly {
    readonly status?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

const KEPT_LINES = 500;
const MAX_BODY_BYTES = 10 * 1024 ** 2;

/** One line per alert: `2026-11-20T10:00:00.000Z /pager firing TestFailureSpike shop/api …`. */
export function messageLines(path: string, body: string, now: Date): string[] {
  const { alerts = [] } = JSON.parse(body) as Message;
  return alerts.map(({ status = "?", labels = {}, annotations = {} }) =>
    [now.toISOString(), path, status, labels.alertname ?? "?", annotations.summary ?? ""]
      .map((field) => field.replace(/\s+/g, " "))
      .join(" "),
  );
}

export function createInbox(log: (line: string) => void, now: () => Date): Server {
  const lines: string[] = [];
  return createServer((request, response) => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
    };
    if (request.method !== "POST") {
      answer(200, lines.length === 0 ? "no messages yet\n" : `${lines.join("\n")}\n`);
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on("end", () => {
      try {
        if (size > MAX_BODY_BYTES) return answer(413, "message too large\n");
        const fresh = messageLines(request.url ?? "/", Buffer.concat(chunks).toString("utf8"), now());
        for (const line of fresh) log(line);
        lines.push(...fresh);
        lines.splice(0, lines.length - KEPT_LINES);
        answer(200, "ok\n");
      } catch (error) {
        if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
        answer(400, "not a message of Alertmanager\n");
      }
    });
  });
}

if (import.meta.main) {
  const server = createInbox(console.log, () => new Date());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.close(() => process.exit(0)));
  server.listen(10971, () => console.log("inbox: waiting for Alertmanager on port 10971"));
}
