import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

export type Mail = {
  from: string;
  to: readonly string[] /** Headers and body as they came, dots unstuffed. */;
  text: string;
};

export type MailServer = {
  /** HOST:PORT. */
  readonly smarthost: string;
  readonly received: readonly Mail[];
  stop(): Promise<void>;
};

/** An SMTP server in this process that takes every mail, without TLS and login. */
export async function startMailServer(): Promise<MailServer> {
  const received: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    let pending = "";
    let data: string[] | undefined;
    let from = "";
    let to: string[] = [];
    const answer = (line: string): void => void socket.write(`${line}\r\n`);
    const command = (line: string): void => {
      if (/^MAIL FROM:/i.test(line)) from = /<(.*)>/.exec(line)?.[1] ?? "";
      if (/^RCPT TO:/i.test(line)) to.push(/<(.*)>/.exec(line)?.[1] ?? "");
      if (/^DATA/i.test(line)) {
        data = [];
        answer("354 go on");
      } else if (/^QUIT/i.test(line)) {
        answer("221 bye");
        socket.end();
      } else answer("250 ok");
    };
    answer("220 test");
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      pending += chunk;
      const lines = pending.split("\r\n");
      pending = lines.pop() ?? "";
      for (const line of lines) {
        if (data === undefined) command(line);
        else if (line === ".") {
          received.push({ from, to, text: data.join("\n") });
          data = undefined;
          to = [];
          answer("250 taken");
        } else data.push(line.replace(/^\./, ""));
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    smarthost: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
