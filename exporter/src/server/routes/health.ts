import type { RequestHandler } from "express";
import type { ServerDeps, ServerState } from "../deps.ts";
import { answer } from "../problem.ts";

const READY_MS = 2_000;
const TEXT = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };

/** Alive: the process answers. */
export const healthy: RequestHandler = (request, response) => {
  answer(request, response, 200, TEXT, "Plumbline is healthy.\n");
};

/** Ready: reports are taken and the store answers. Not while shutting down, so that a balancer turns away. */
export function ready(deps: ServerDeps, state: ServerState): RequestHandler {
  return async (request, response) => {
    const reason = state.closing
      ? "it is shutting down"
      : deps.ingest.alive()
        ? await storeProblem(deps)
        : "the store's writer has stopped; restart the server";
    if (reason === undefined) answer(request, response, 200, TEXT, "Plumbline is ready.\n");
    else answer(request, response, 503, { ...TEXT, "Retry-After": "5" }, `Plumbline is not ready: ${reason}.\n`);
  };
}

async function storeProblem(deps: ServerDeps): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`the store did not answer within ${READY_MS / 1000} s`), READY_MS);
  });
  try {
    return await Promise.race([deps.reader.generation().then(() => undefined), late]);
  } catch (error) {
    deps.log.warn("the store does not answer", { error });
    return "the store cannot be read";
  } finally {
    clearTimeout(timer);
  }
}
