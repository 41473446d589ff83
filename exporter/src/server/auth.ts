/** Basic authentication against bcrypt hashes, as every exporter does it: all paths, health included. */
import { createHmac, randomBytes } from "node:crypto";
import { compare } from "bcryptjs";
import type { RequestHandler } from "express";
import { AppError } from "../errors.ts";
import { hasAuth, isTooLong, type WebConfig } from "./web-config.ts";

/** Compared when the user is unknown, so that time does not tell which users exist. Hash of a random password. */
const NOBODY = "$2b$10$utu2YXMwyIRzd2mZryiPmerp.Qc8bSAY/qLcyKzzTuFVInmB85kcO";
const CACHED = 1000;
/** Wrong passwords cost time too: beyond this many waiting checks, requests are refused unheard. */
const MAX_WAITING = 20;

export interface WebConfigSource {
  current(): WebConfig;
  readonly version: number;
}

export function basicAuth(source: WebConfigSource): RequestHandler {
  const check = cachedCheck();
  return async (request, response, next) => {
    const { users, headers } = source.current();
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (users.size === 0) return next();
    const given = credentialsOf(request.headers.authorization);
    if (given !== undefined && (await check(users.get(given.user), given, source.version))) return next();
    response.setHeader("WWW-Authenticate", 'Basic realm="plumbline", charset="UTF-8"');
    throw new AppError(
      "UNAUTHORIZED",
      given === undefined ? "this server asks for a user and a password" : "user or password is wrong",
    );
  };
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

function credentialsOf(header: string | undefined): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * A bcrypt comparison takes some 50 ms and more, too much for every scrape: results are kept, good and bad, under a keyed
 * hash of what was compared. One comparison runs at a time.
 */
function cachedCheck(): (hash: string | undefined, given: Credentials, version: number) => Promise<boolean> {
  const key = randomBytes(32);
  const known = new Map<string, boolean>();
  let knownVersion = 0;
  let waiting = 0;
  let tail: Promise<unknown> = Promise.resolve();
  return async (hash, { user, password }, version) => {
    if (isTooLong(password)) return false;
    if (version !== knownVersion) {
      known.clear();
      knownVersion = version;
    }
    const id = createHmac("sha256", key)
      .update(JSON.stringify([user, hash ?? "", password]))
      .digest("base64");
    const before = known.get(id);
    if (before !== undefined) return before;
    if (waiting >= MAX_WAITING) throw new AppError("UNAUTHORIZED", "too many password checks at once; try again");
    waiting += 1;
    const comparison = tail.then(() => compare(password, (hash ?? NOBODY).replace(/^\$2[xy]\$/, "$2b$")));
    tail = comparison.catch(() => undefined);
    try {
      const good = (await comparison) && hash !== undefined;
      if (known.size >= CACHED) known.delete(known.keys().next().value!);
      known.set(id, good);
      return good;
    } finally {
      waiting -= 1;
    }
  };
}

/**
 * Only this machine may come without a password, unless the user says so: reports hold names, messages and addresses,
 * and anybody could delete runs. Throws CONFIG_INVALID.
 */
export function requireAuthForRemote(address: string, webConfig: WebConfig, allowUnauthenticated: boolean): void {
  if (allowUnauthenticated || hasAuth(webConfig) || isLoopback(parseListenAddress(address).host)) return;
  throw new AppError(
    "CONFIG_INVALID",
    `listening on ${address} needs authentication: other machines can reach it`,
    {},
    {
      hint: "name users in --web.config.file (basic_auth_users), listen on 127.0.0.1, or state --web.allow-unauthenticated",
    },
  );
}

export interface ListenAddress {
  /** Undefined: all of them. */
  readonly host: string | undefined;
  readonly port: number;
}

/** `127.0.0.1:10970`, `[::1]:10970`, `:10970` (all addresses), `localhost:0` (any free port). */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([\da-f:.%\w]+)\]|([\w.-]*)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new AppError(
      "CONFIG_INVALID",
      `cannot listen on ${JSON.stringify(text)}: expected HOST:PORT`,
      {},
      {
        hint: "for example 127.0.0.1:10970, [::1]:10970, or :10970 for all addresses",
      },
    );
  }
  const host = match[1] ?? match[2];
  return { host: host === "" ? undefined : host, port };
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && (host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host));
}
