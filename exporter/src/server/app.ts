/** The Express application: every room of the server put together. It listens to nothing; see server.ts. */
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from "express";
import { AppError } from "../errors.ts";
import type { ApiRoute, QueryRoute, RequestContext } from "./api.ts";
import { type ByteSink, contentDecoder, pump } from "./body.ts";
import type { ServerDeps, ServerState } from "./deps.ts";
import { pageRouter } from "./page.ts";
import { answerJson, answerProblem, isFault, requestError } from "./problem.ts";
import { parseParameters, queryOf } from "./query.ts";
import { healthy, ready } from "./routes/health.ts";
import { quit, reload } from "./routes/lifecycle.ts";
import { metricsHandler } from "./routes/metrics.ts";
import { openApiRoute } from "./routes/openapi.ts";
import { problemIndex, problemPage } from "./routes/problems.ts";
import { reportsRoute } from "./routes/reports.ts";
import { runbook, runbookIndex } from "./routes/runbooks.ts";
import { QUERY_ROUTES } from "./routes.ts";
import { sameOriginOnly, securityHeaders } from "./security.ts";
import type { SpoolArea } from "./spool.ts";

const MAX_JSON_BYTES = 64 * 1024;
const JSON_IDLE_MS = 10_000;

export interface AppParts {
  readonly state: ServerState;
  readonly area: SpoolArea;
  /** Runs before everything else; see auth.ts. */
  readonly guard?: RequestHandler | undefined;
}

export function createApp(deps: ServerDeps, parts: AppParts): express.Express {
  const prefix = routePrefix(deps);
  const root = express();
  root.disable("x-powered-by").disable("etag").set("query parser", false).set("trust proxy", false);
  root.use(securityHeaders);
  root.use((_request, response, next) => {
    const { closing, responses } = parts.state;
    if (closing) response.setHeader("Connection", "close");
    responses.add(response);
    response.on("close", () => responses.delete(response));
    next();
  });
  if (parts.guard !== undefined) root.use(parts.guard);
  root.use(sameOriginOnly(deps));
  root.use(prefix === "" ? "/" : prefix, createRouter(deps, parts, prefix));
  if (prefix !== "") root.get("/", (_request, response) => response.redirect(302, `${prefix}/`));
  root.use(() => {
    throw new AppError("NOT_FOUND", "there is nothing at this address");
  });
  root.use(errorHandler(deps, prefix));
  return root;
}

function createRouter(deps: ServerDeps, parts: AppParts, prefix: string): Router {
  const router = express.Router();
  // First: it takes the load.
  router.use("/api/v1", createApi(deps, parts, prefix));
  on(router, deps.telemetryPath ?? "/metrics", { get: metricsHandler(deps) });
  on(router, "/-/healthy", { get: healthy });
  on(router, "/-/ready", { get: ready(deps, parts.state) });
  on(router, "/-/reload", { post: reload(deps), put: reload(deps) });
  on(router, "/-/quit", { post: quit(deps), put: quit(deps) });
  on(router, "/problems", { get: problemIndex });
  on(router, "/problems/:code", { get: problemPage });
  on(router, "/runbooks", { get: runbookIndex(deps.runbooksDir) });
  on(router, "/runbooks/:name", { get: runbook(deps.runbooksDir) });
  router.use(pageRouter());
  return router;
}

/** Exported for the test that compares it with the document. */
export function apiRoutes(parts: AppParts, prefix: string): readonly ApiRoute[] {
  const routes: readonly ApiRoute[] = [
    reportsRoute(parts.area, parts.state),
    ...QUERY_ROUTES,
    openApiRoute(() => routes, prefix),
  ];
  return routes;
}

export function createApi(deps: ServerDeps, parts: AppParts, prefix: string): Router {
  const router = express.Router();
  for (const [path, routes] of Map.groupBy(apiRoutes(parts, prefix), (route) => route.path)) {
    const handlers = routes.map((route) => [route.method, apiHandler(deps, route, prefix)]);
    on(router, path.replace(/\{(\w+)\}/g, ":$1"), Object.fromEntries(handlers));
  }
  return router;
}

/** Mounts the methods of one path; any other is 405 with Allow. */
function on(router: Router, path: string, handlers: Readonly<Record<string, RequestHandler>>): void {
  const route = router.route(path);
  const allowed = Object.keys(handlers).flatMap((method) =>
    method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()],
  );
  for (const [method, handler] of Object.entries(handlers)) {
    route[method as "get" | "post" | "put" | "delete"](handler);
  }
  route.all((request, response) => {
    response.setHeader("Allow", [...allowed, "OPTIONS"].join(", "));
    if (request.method === "OPTIONS") {
      response.statusCode = 204;
      response.end();
      return;
    }
    throw new AppError("METHOD_NOT_ALLOWED", `${request.method} is not allowed here; allowed: ${allowed.join(", ")}`);
  });
}

function apiHandler(deps: ServerDeps, route: ApiRoute, prefix: string): RequestHandler {
  return async (request, response) => {
    if (route.kind === "query") return answerQuery(deps, route, request, response);
    const context: RequestContext = { deps, request, response, base: baseOf(deps, request, prefix) };
    return route.handle(context);
  };
}

async function answerQuery(deps: ServerDeps, route: QueryRoute, request: Request, response: Response): Promise<void> {
  const query = route.query ?? NO_PARAMETERS;
  const input = {
    params: request.params as Record<string, string>,
    query: parseParameters(query, queryOf(request.url)) as never,
    body: (route.body === undefined
      ? {}
      : parseParameters(route.body, await jsonBody(request, route.maxBodyBytes ?? MAX_JSON_BYTES))) as never,
  };
  const data = await route.handle(deps, input);
  answerJson(request, response, 200, { status: "success", data });
}

const NO_PARAMETERS = QUERY_ROUTES[0]!.query!.pick({});

/** A JSON document; an absent one is `{}`. */
async function jsonBody(request: Request, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  const sink: ByteSink = {
    write(chunk) {
      size += chunk.length;
      if (size > maxBytes) {
        throw new AppError("INPUT_TOO_LARGE", `the body is larger than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
      return undefined;
    },
    end: async () => undefined,
    abort: () => undefined,
  };
  await pump(request, contentDecoder(request, sink), JSON_IDLE_MS);
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new AppError("REQUEST_INVALID", "the body is not JSON", {}, { cause });
  }
}

function errorHandler(deps: ServerDeps, prefix: string): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = requestError(thrown);
    const fields = { method: request.method, path: request.originalUrl.split("?", 1)[0], code: error.code, error };
    if (isFault(error)) deps.log.error("request failed", fields);
    else deps.log.debug("request refused", fields);
    if (response.headersSent) response.destroy();
    else answerProblem(request, response, error, baseOf(deps, request, prefix));
  };
}

/** `""` or `/prefix`, without a slash at the end. */
export function routePrefix({ routePrefix, externalUrl }: Pick<ServerDeps, "routePrefix" | "externalUrl">): string {
  const path = routePrefix ?? (externalUrl === undefined ? "" : new URL(externalUrl).pathname);
  const trimmed = path.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "" : `/${trimmed}`;
}

/** How the client reaches this server: as configured, else as it just did. */
function baseOf(deps: ServerDeps, request: Request, prefix: string): string {
  if (deps.externalUrl !== undefined) return deps.externalUrl.replace(/\/+$/, "");
  const host = request.headers.host ?? "";
  // Only what can be a host: the header is the client's own text.
  if (!/^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host)) return prefix;
  return `${request.protocol}://${host}${prefix}`;
}
