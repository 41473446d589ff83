/** What protects a browser's user: headers on every answer, and no state change on behalf of another site. */
import type { RequestHandler } from "express";
import { AppError } from "../errors.ts";
import type { ServerDeps } from "./deps.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Pages set a wider policy of their own. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
  response.setHeader("Referrer-Policy", "same-origin");
  next();
};

/**
 * Browsers send Origin with every request that changes something; command-line clients send none. A page of another site
 * must not post reports or delete runs with the credentials the browser remembers.
 */
export function sameOriginOnly(deps: Pick<ServerDeps, "externalUrl">): RequestHandler {
  const external = deps.externalUrl === undefined ? undefined : new URL(deps.externalUrl).host;
  return (request, _response, next) => {
    const { origin, host } = request.headers;
    if (origin !== undefined && !SAFE.has(request.method)) {
      const from = URL.canParse(origin) ? new URL(origin).host : undefined;
      // A header may spell the default port that an origin leaves out.
      const own = [host?.replace(/:(80|443)$/, ""), host, external];
      if (from === undefined || from === "" || !own.includes(from)) {
        throw new AppError(
          "FORBIDDEN",
          "requests from pages of another site are refused",
          {},
          {
            hint: "send the request from a program, or from a page of this server",
          },
        );
      }
    }
    next();
  };
}
