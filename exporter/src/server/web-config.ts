/**
 * `--web.config.file` in the exporters' common format (prometheus/exporter-toolkit, docs/web-configuration.md): TLS and
 * basic authentication. Read again when it changes; a file that went bad keeps what was good and is logged.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { createSecureContext, type SecureContextOptions, type SecureVersion } from "node:tls";
import { truncates } from "bcryptjs";
import { parseDocument } from "yaml";
import { z } from "zod";
import { nearest } from "../config/suggest.ts";
import { AppError, toAppError } from "../errors.ts";
import type { Logger } from "../log.ts";

const TLS_VERSIONS = { TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const;
const CLIENT_AUTH = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;
export type ClientAuth = (typeof CLIENT_AUTH)[number];

/** Go's names of the suites OpenSSL can be told to use; those of TLS 1.3 are not a choice in either. */
const CIPHERS: Readonly<Record<string, string>> = {
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_RSA_WITH_AES_128_GCM_SHA256: "AES128-GCM-SHA256",
  TLS_RSA_WITH_AES_256_GCM_SHA384: "AES256-GCM-SHA384",
  TLS_AES_128_GCM_SHA256: "TLS_AES_128_GCM_SHA256",
  TLS_AES_256_GCM_SHA384: "TLS_AES_256_GCM_SHA384",
  TLS_CHACHA20_POLY1305_SHA256: "TLS_CHACHA20_POLY1305_SHA256",
};
const CURVES: Readonly<Record<string, string>> = {
  CurveP256: "P-256",
  CurveP384: "P-384",
  CurveP521: "P-521",
  X25519: "X25519",
};
const HEADERS = [
  "Content-Security-Policy",
  "Strict-Transport-Security",
  "X-Content-Type-Options",
  "X-Frame-Options",
  "X-XSS-Protection",
] as const;

const namesOf = (table: Readonly<Record<string, string>>) => z.enum(Object.keys(table) as [string, ...string[]]);

const schema = z.strictObject({
  tls_server_config: z
    .strictObject({
      cert_file: z.string().min(1).optional(),
      key_file: z.string().min(1).optional(),
      cert: z.string().min(1).optional(),
      key: z.string().min(1).optional(),
      client_auth_type: z.enum(CLIENT_AUTH).or(z.literal("RequireClientCert")).default("NoClientCert"),
      client_ca_file: z.string().min(1).optional(),
      client_ca: z.string().min(1).optional(),
      client_allowed_sans: z.array(z.string()).default([]),
      cipher_suites: z.array(namesOf(CIPHERS)).optional(),
      prefer_server_cipher_suites: z.boolean().default(true),
      curve_preferences: z.array(namesOf(CURVES)).optional(),
      min_version: z.enum(["TLS10", "TLS11", "TLS12", "TLS13"]).default("TLS12"),
      max_version: z.enum(["TLS10", "TLS11", "TLS12", "TLS13"]).default("TLS13"),
    })
    .optional(),
  http_server_config: z
    .strictObject({
      // Accepted for the format's sake: this server speaks HTTP/1.1.
      http2: z.boolean().optional(),
      headers: z.partialRecord(z.enum(HEADERS), z.string()).default({}),
    })
    .optional(),
  basic_auth_users: z
    .record(z.string().min(1), z.string().regex(/^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/, "expected a bcrypt hash"))
    .nullable()
    .default({}),
});

export interface TlsSettings {
  readonly context: SecureContextOptions;
  readonly clientAuth: ClientAuth;
  readonly allowedSans: readonly string[];
}

export interface WebConfig {
  readonly tls: TlsSettings | undefined;
  /** bcrypt hash by user. Empty: no authentication by password. */
  readonly users: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string>>;
}

export const NO_WEB_CONFIG: WebConfig = { tls: undefined, users: new Map(), headers: {} };

/** Whether a client has to prove who it is. */
export const hasAuth = ({ users, tls }: WebConfig): boolean =>
  users.size > 0 || tls?.clientAuth === "RequireAndVerifyClientCert";

/** Reads and checks all of it, certificates included. Throws CONFIG_INVALID with every problem; no secret is in it. */
export function readWebConfig(path: string): { config: WebConfig; files: readonly string[] } {
  const document = parseDocument(readText(path, path), { prettyErrors: true });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const [place] = mistake.linePos ?? [];
    throw new AppError("CONFIG_INVALID", mistake.message.split("\n", 1)[0]!, {
      file: path,
      line: place?.line,
      column: place?.col,
    });
  }
  const result = schema.safeParse(document.toJS() ?? {});
  if (!result.success) throw invalid(path, result.error.issues.map(describeIssue).join("; "));
  const { tls_server_config: tls, basic_auth_users: users, http_server_config: http } = result.data;
  const files: string[] = [path];
  return {
    config: {
      tls: tls === undefined ? undefined : tlsSettings(path, tls, files),
      users: new Map(Object.entries(users ?? {})),
      headers: (http?.headers ?? {}) as Record<string, string>,
    },
    files,
  };
}

function tlsSettings(
  path: string,
  tls: NonNullable<z.output<typeof schema>["tls_server_config"]>,
  files: string[],
): TlsSettings {
  const load = (key: string, inline: string | undefined, file: string | undefined): string | undefined => {
    if (inline !== undefined && file !== undefined) {
      throw invalid(path, `tls_server_config: ${key} and ${key}_file exclude each other`);
    }
    if (file === undefined) return inline;
    const full = isAbsolute(file) ? file : join(dirname(path), file);
    files.push(full);
    return readText(full, `${path}: tls_server_config.${key}_file`);
  };
  const cert = load("cert", tls.cert, tls.cert_file);
  const key = load("key", tls.key, tls.key_file);
  const ca = load("client_ca", tls.client_ca, tls.client_ca_file);
  const clientAuth = tls.client_auth_type === "RequireClientCert" ? "RequireAnyClientCert" : tls.client_auth_type;
  if (cert === undefined || key === undefined)
    throw invalid(path, "tls_server_config: cert_file and key_file are needed");
  if (ca !== undefined && clientAuth === "NoClientCert") {
    throw invalid(path, "tls_server_config: client_ca_file needs a client_auth_type that asks for certificates");
  }
  if (ca === undefined && /Verify/.test(clientAuth)) {
    throw invalid(path, `tls_server_config: client_auth_type ${clientAuth} needs client_ca_file`);
  }
  if (tls.client_allowed_sans.length > 0 && !/Verify/.test(clientAuth)) {
    throw invalid(path, "tls_server_config: client_allowed_sans needs a client_auth_type that verifies");
  }
  const context: SecureContextOptions = {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    minVersion: TLS_VERSIONS[tls.min_version] satisfies SecureVersion,
    maxVersion: TLS_VERSIONS[tls.max_version] satisfies SecureVersion,
    honorCipherOrder: tls.prefer_server_cipher_suites,
    ...(tls.cipher_suites !== undefined && { ciphers: tls.cipher_suites.map((name) => CIPHERS[name]).join(":") }),
    ...(tls.curve_preferences !== undefined && {
      ecdhCurve: tls.curve_preferences.map((name) => CURVES[name]).join(":"),
    }),
  };
  try {
    createSecureContext(context);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.replace(/^error:[\dA-F]+:/, "") : String(cause);
    throw new AppError("CONFIG_INVALID", `tls_server_config: certificate and key cannot be used (${detail})`, {
      file: path,
    });
  }
  return { context, clientAuth, allowedSans: tls.client_allowed_sans };
}

function readText(path: string, place: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new AppError("CONFIG_INVALID", `${path} cannot be read (${code})`, { file: place }, { cause });
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") return `${place || "file"}: ${issue.message}`;
  const known =
    issue.path[0] === "tls_server_config"
      ? Object.keys(schema.shape.tls_server_config.unwrap().shape)
      : issue.path[0] === "http_server_config"
        ? ["http2", "headers"]
        : Object.keys(schema.shape);
  return issue.keys
    .map((key) => {
      const near = nearest(key, known);
      const help = near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`;
      return `${place === "" ? key : `${place}.${key}`}: unknown key; ${help}`;
    })
    .join("; ");
}

const invalid = (path: string, detail: string): AppError =>
  new AppError(
    "CONFIG_INVALID",
    detail,
    { file: path },
    {
      hint: "the format is that of all exporters: tls_server_config, http_server_config, basic_auth_users",
    },
  );

/** The file as it is now. Looking is a few `stat` calls per request; reading happens when one of its files changed. */
export class WebConfigFile {
  readonly #path: string;
  readonly #log: Logger;
  /** A file that turns out wrong after the start must not open the server: what this refuses is not taken. */
  readonly #accept: (config: WebConfig) => void;
  #files: readonly string[];
  #stamp: string;
  #config: WebConfig;
  /** Raised by each successful reading. */
  version = 1;

  constructor(path: string, log: Logger, accept: (config: WebConfig) => void = () => undefined) {
    this.#path = path;
    this.#log = log;
    this.#accept = accept;
    const { config, files } = readWebConfig(path);
    accept(config);
    this.#config = config;
    this.#files = files;
    this.#stamp = stampOf(files);
    this.#warn();
  }

  current(): WebConfig {
    const stamp = stampOf(this.#files);
    if (stamp === this.#stamp) return this.#config;
    this.#stamp = stamp;
    try {
      const { config, files } = readWebConfig(this.#path);
      if ((config.tls === undefined) !== (this.#config.tls === undefined)) {
        throw invalid(this.#path, "turning TLS on or off needs a restart");
      }
      this.#accept(config);
      this.#config = config;
      this.#files = files;
      this.#stamp = stampOf(files);
      this.version += 1;
      this.#log.info("web configuration loaded", { file: this.#path });
      this.#warn();
    } catch (error) {
      this.#log.error("web configuration is not usable, the previous one stays", { error: toAppError(error) });
    }
    return this.#config;
  }

  #warn(): void {
    if (this.#config.tls?.context.minVersion === "TLSv1" || this.#config.tls?.context.minVersion === "TLSv1.1") {
      this.#log.warn("TLS below 1.2 is allowed by the web configuration", { file: this.#path });
    }
  }
}

function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
      return stat === undefined ? "-" : `${stat.mtimeNs}:${stat.size}:${stat.ino}`;
    })
    .join(" ");
}

/** bcrypt reads 72 bytes; a longer password would match by its beginning alone. */
export const isTooLong = truncates;
