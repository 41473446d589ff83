import type { RequestHandler } from "express";
import type { ServerDeps } from "../deps.ts";

/** Asking a file system takes its time; the size moves slowly. */
const SIZE_EVERY_MS = 15_000;

/** The bodies are kept ready by the metrics room, so a scrape never waits for an ingest. */
export function metricsHandler(deps: ServerDeps): RequestHandler {
  let sizeAskedAt = Number.NEGATIVE_INFINITY;

  function askSize(): void {
    if (deps.now() - sizeAskedAt < SIZE_EVERY_MS) return;
    sizeAskedAt = deps.now();
    deps.reader.size().then(
      ({ bytes }) => deps.processMetrics.storeSize(bytes),
      (error: unknown) => deps.log.warn("size of the store is not known", { error }),
    );
  }

  return async (request, response) => {
    deps.processMetrics.queueLength(deps.ingest.queueLength());
    askSize();
    const { accept, "accept-encoding": acceptEncoding } = request.headers;
    const { headers, chunks } = await deps.scrape({ accept, acceptEncoding });
    response.writeHead(200, { ...headers });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    for (const chunk of chunks) response.write(chunk);
    response.end();
  };
}
