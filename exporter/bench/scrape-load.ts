/**
 * The scraper of `scrape.ts`, in a process of its own: asks each address every 20 ms, whether or not the answers before have come, and
 * notes the time to the last byte. Told `{ urls }` it starts, told `"stop"` it answers with milliseconds per address.
 */
import { Agent, get } from "node:http";

const EVERY_MS = 20;
const agent = new Agent({ keepAlive: true });

function scrape(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    // As Prometheus asks.
    const headers = { "accept-encoding": "gzip", accept: "text/plain;version=0.0.4" };
    get(url, { agent, headers }, (response) => {
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200 && response.statusCode !== 201)
          reject(new Error(`${url}: ${response.statusCode}`));
        else resolve(performance.now() - start);
      });
      response.resume();
    }).on("error", reject);
  });
}

let stop: (() => Promise<void>) | undefined;

function start(urls: readonly string[]): void {
  const times: number[][] = urls.map(() => []);
  const pending = new Set<Promise<void>>();
  const tick = setInterval(() => {
    urls.forEach((url, i) => {
      const one = scrape(url).then((ms) => {
        times[i]!.push(ms);
      });
      pending.add(one);
      one.finally(() => pending.delete(one)).catch(() => process.exit(1));
    });
  }, EVERY_MS);
  stop = async () => {
    clearInterval(tick);
    await Promise.all(pending);
    process.send?.(times);
  };
}

process.on("message", (message: "stop" | { urls: string[] }) => {
  if (message === "stop") void stop?.();
  else start(message.urls);
});
