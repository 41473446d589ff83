/**
 * The real benchmark of regression.ts, in a process of its own as a CI step would be: requests to a local server that waits for its
 * answer, as one does that asks a database. Waiting is what a busy machine changes least; arithmetic alone swings by a third from minute
 * to minute on the virtual machines this is developed on.
 */
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { answer } from "./child.ts";

const REQUESTS = 100;
const AT_ONCE = 4;
const waitMs = Number(process.argv[2]);

const server = createServer((_, response) => {
  setTimeout(() => response.end("ok"), waitMs);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;

function request(): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port }, (response) => {
      response.resume().on("end", () => resolve((performance.now() - start) / 1000));
    }).on("error", reject);
  });
}

const seconds: number[] = [];
async function user(): Promise<void> {
  while (seconds.length < REQUESTS) seconds.push(await request());
}
await Promise.all(Array.from({ length: AT_ONCE }, user));
server.close();
answer(seconds);
