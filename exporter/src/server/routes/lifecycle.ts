import type { RequestHandler } from "express";
import { AppError } from "../../errors.ts";
import type { Lifecycle, ServerDeps } from "../deps.ts";
import { answer } from "../problem.ts";

const TEXT = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };

function enabled(deps: ServerDeps): Lifecycle {
  if (deps.lifecycle !== undefined) return deps.lifecycle;
  throw new AppError("FORBIDDEN", "the lifecycle API is not enabled");
}

export const reload =
  (deps: ServerDeps): RequestHandler =>
  async (request, response) => {
    await enabled(deps).reload();
    answer(request, response, 200, TEXT, "Configuration loaded.\n");
  };

export const quit =
  (deps: ServerDeps): RequestHandler =>
  (request, response) => {
    const lifecycle = enabled(deps);
    // Only once the answer is out: the shutdown closes connections.
    response.on("close", () => lifecycle.quit());
    answer(request, response, 200, TEXT, "Shutting down.\n");
  };
