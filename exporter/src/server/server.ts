/** Sockets around the application: listening, TLS, and an end that loses nothing that was accepted. */
import { createServer as createHttp, type Server } from "node:http";
import { createServer as createHttps, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { AppError } from "../errors.ts";
import { createApp, routePrefix } from "./app.ts";
import { basicAuth, parseListenAddress, requireAuthForRemote } from "./auth.ts";
import type { ServerDeps, ServerState } from "./deps.ts";
import { SpoolArea } from "./spool.ts";
import { NO_WEB_CONFIG, type TlsSettings, WebConfigFile } from "./web-config.ts";

export interface ServerOptions {
  /** `HOST:PORT`, one or more; port 0 takes a free one. */
  readonly listen: string | readonly string[];
  /** `--web.config.file` */
  readonly webConfigFile?: string | undefined;
  /** `--web.allow-unauthenticated` */
  readonly allowUnauthenticated?: boolean | undefined;
  /** How long uploads under way may take when the server is to stop (10 s). */
  readonly graceMs?: number | undefined;
  readonly headersTimeoutMs?: number | undefined;
}

export interface RunningServer {
  /** Of the first listen address, with the route prefix and without a slash at the end. */
  readonly url: string;
  readonly urls: readonly string[];
  /**
   * Takes no new connection and no new report, lets uploads under way finish within the grace time, then closes the
   * ingest and the store. Resolves when all is durable; the same promise when called again.
   */
  close(): Promise<void>;
}

/** Resolves when all addresses listen. Throws CONFIG_INVALID or LISTEN_FAILED, and listens nowhere then. */
export async function startServer(deps: ServerDeps, options: ServerOptions): Promise<RunningServer> {
  const addresses = typeof options.listen === "string" ? [options.listen] : options.listen;
  const checkAuth = (config: typeof NO_WEB_CONFIG): void => {
    for (const address of addresses) requireAuthForRemote(address, config, options.allowUnauthenticated ?? false);
  };
  const file =
    options.webConfigFile === undefined ? undefined : new WebConfigFile(options.webConfigFile, deps.log, checkAuth);
  if (file === undefined) checkAuth(NO_WEB_CONFIG);

  const state: ServerState = { closing: false, responses: new Set() };
  const area = new SpoolArea(deps.spoolDir);
  const app = createApp(deps, { state, area, guard: file === undefined ? undefined : basicAuth(file) });
  const servers: (Server | HttpsServer)[] = [];
  try {
    for (const address of addresses) {
      const server = file?.current().tls === undefined ? createHttp(app) : createTls(app, file);
      // Uploads may take hours: only silence ends them, see pump().
      server.requestTimeout = 0;
      server.headersTimeout = options.headersTimeoutMs ?? 30_000;
      server.keepAliveTimeout = 75_000;
      server.maxHeadersCount = 200;
      await listen(server, address);
      servers.push(server);
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  const scheme = file?.current().tls === undefined ? "http" : "https";
  const urls = servers.map((server, i) => urlOf(scheme, server, addresses[i]!) + routePrefix(deps));
  let closing: Promise<void> | undefined;
  return {
    url: urls[0]!,
    urls,
    close() {
      closing ??= shutDown(deps, state, servers, options.graceMs ?? 10_000);
      return closing;
    },
  };
}

async function shutDown(
  deps: ServerDeps,
  state: ServerState,
  servers: readonly (Server | HttpsServer)[],
  graceMs: number,
): Promise<void> {
  state.closing = true;
  // Node keeps connections open; a server that wants to end must say so.
  for (const response of state.responses) if (!response.headersSent) response.setHeader("Connection", "close");
  const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  // Connections become idle one after the other, each when its answer is out.
  const sweep = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
  }, 50);
  const grace = setTimeout(() => {
    deps.log.warn("uploads that take too long are cut off", { graceSeconds: graceMs / 1000 });
    for (const server of servers) server.closeAllConnections();
  }, graceMs);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
    clearTimeout(grace);
  }
  try {
    await deps.ingest.close();
  } finally {
    await deps.reader.close();
  }
}

function listen(server: Server | HttpsServer, address: string): Promise<void> {
  const { host, port } = parseListenAddress(address);
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      const code = "code" in cause ? String(cause.code) : cause.message;
      const why: Readonly<Record<string, string>> = {
        EADDRINUSE: "another server is listening there",
        EACCES: "this needs more permissions",
        EADDRNOTAVAIL: "this machine has no such address",
        ENOTFOUND: "the host name is not known",
      };
      reject(new AppError("LISTEN_FAILED", `cannot listen on ${address}: ${why[code] ?? code}`, {}, { cause }));
    };
    server.once("error", onError);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function urlOf(scheme: string, server: Server | HttpsServer, listened: string): string {
  const { address, port, family } = server.address() as AddressInfo;
  const { host } = parseListenAddress(listened);
  const any = address === "::" || address === "0.0.0.0";
  const shown = any ? "localhost" : host === "localhost" ? host : family === "IPv6" ? `[${address}]` : address;
  return `${scheme}://${shown}:${port}`;
}

/** Certificates are read again when their files change; connections that are open keep theirs. */
function createTls(app: Parameters<typeof createHttps>[1], file: WebConfigFile): HttpsServer {
  let version = file.version;
  const settings = (): TlsSettings => file.current().tls!;
  const server = createHttps({ ...settings().context, ...clientOptions(settings()) }, app);
  // Before the handshake of the very connection that finds the change.
  server.prependListener("connection", () => {
    const { context, ...rest } = settings();
    if (version === file.version) return;
    version = file.version;
    server.setSecureContext(context);
    // tls.Server reads these two for each connection (Node 24).
    Object.assign(server, clientOptions({ context, ...rest }));
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    if (!clientAllowed(socket, settings())) socket.destroy();
  });
  return server;
}

function clientOptions({ clientAuth }: TlsSettings): { requestCert: boolean; rejectUnauthorized: boolean } {
  return {
    requestCert: clientAuth !== "NoClientCert",
    rejectUnauthorized: clientAuth === "RequireAndVerifyClientCert",
  };
}

/** What OpenSSL does not decide by itself. */
function clientAllowed(socket: TLSSocket, { clientAuth, allowedSans }: TlsSettings): boolean {
  if (clientAuth === "NoClientCert" || clientAuth === "RequestClientCert") return true;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return clientAuth === "VerifyClientCertIfGiven" && allowedSans.length === 0;
  if (clientAuth !== "RequireAnyClientCert" && !socket.authorized) return false;
  if (allowedSans.length === 0) return true;
  const sans = (certificate.subjectAltName ?? "").split(/, (?=[A-Za-z ]+:)/).map((san) => san.replace(/^[\w ]+:/, ""));
  return allowedSans.some((allowed) => sans.includes(allowed));
}
