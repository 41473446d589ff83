/**
 * The built-in page: a few static files, so that results can be seen without Grafana. The pages have real addresses
 * (`/runs/{id}` and so on); one HTML shell serves them all and the browser code asks the API.
 *
 * Every address in the shell is relative, so the page works under any route prefix and behind a proxy that strips one.
 * Assets are addressed by the hash of their content and cached for a year; the shell is asked for again each time.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import express, { type Request, type Response, type Router } from "express";

/** Nothing inline, nothing from elsewhere. uPlot styles through the CSSOM, which this allows. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export const PAGES = [
  "/",
  "/runs/:id",
  "/errors",
  "/suites/:project/:suite",
  "/tests/:testId",
  "/measures",
  "/series",
  "/deviations",
  "/deviations/:id",
  "/alerts",
  "/alerts/:id",
  "/getting-started",
];

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly etag: string;
}

/** Reads all files once; a missing one fails at start, not at the first visit. */
export function pageRouter(): Router {
  const assets = readAssets();
  const version = createHash("sha256");
  for (const [name, one] of assets) version.update(`${name}\0${one.etag}\0`);
  const release = version.digest("hex").slice(0, 12);
  const shell = readFileSync(join(pageFolder(), "index.html"), "utf8");

  const router = express.Router();
  router.get("/assets/:release/:file", (request, response, next) => {
    const found = assets.get(request.params.file);
    if (found === undefined) return next();
    // A page opened before an upgrade may still ask under the old address; that answer must not be kept.
    const fresh = request.params.release === release;
    send(request, response, found, fresh ? "public, max-age=31536000, immutable" : "no-cache");
  });
  router.get(PAGES, (request, response) => {
    const [path = "", query] = request.originalUrl.split("?", 2);
    if (request.path === "/" && !path.endsWith("/")) {
      // Mounted at /prefix and asked for without the slash: relative addresses would miss the prefix.
      const last = path.slice(path.lastIndexOf("/") + 1);
      response.redirect(308, `${last}/${query === undefined ? "" : `?${query}`}`);
      return;
    }
    const depth = request.path.split("/").length - 2;
    const root = depth === 0 ? "./" : "../".repeat(depth);
    const html = shell.replaceAll("{root}", root).replaceAll("{assets}", `${root}assets/${release}/`);
    send(request, response, asset(Buffer.from(html), "text/html; charset=utf-8"), "no-cache");
  });
  return router;
}

/** The folder of the browser code. It is not compiled, so a compiled server finds it where the package keeps it. */
export function pageFolder(): string {
  const beside = join(import.meta.dirname, "page");
  return existsSync(beside) ? beside : join(import.meta.dirname, "../../../../exporter/src/server/page");
}

function readAssets(): ReadonlyMap<string, Asset> {
  const folder = pageFolder();
  const uplot = join(dirname(createRequire(import.meta.url).resolve("uplot/package.json")), "dist");
  const files = new Map(
    readdirSync(folder)
      .filter((name) => extname(name) in TYPES)
      .sort()
      .map((name) => [name, join(folder, name)]),
  );
  files.set("uplot.js", join(uplot, "uPlot.esm.js"));
  files.set("uplot.css", join(uplot, "uPlot.min.css"));
  return new Map([...files].map(([name, path]) => [name, asset(readFileSync(path), TYPES[extname(name)]!)]));
}

const asset = (plain: Buffer, type: string): Asset => ({
  type,
  plain,
  gzip: gzipSync(plain),
  etag: createHash("sha256").update(plain).digest("hex").slice(0, 32),
});

function send(request: Request, response: Response, { type, plain, gzip, etag }: Asset, cacheControl: string): void {
  const zipped = request.acceptsEncodings("gzip") === "gzip";
  response.set({
    "Content-Type": type,
    "Cache-Control": cacheControl,
    // Weak: the same content, plain or compressed.
    ETag: `W/"${etag}"`,
    Vary: "Accept-Encoding",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
  });
  if (zipped) response.set("Content-Encoding", "gzip");
  // Answers 304 itself when the client has this ETag.
  response.send(zipped ? gzip : plain);
}
