/** What the server is given. It owns none of it but the sockets and the spool folder. */
import type { ServerResponse } from "node:http";
import type { Config } from "../config/schema.ts";
import type { IngestService } from "../ingest/types.ts";
import type { Logger } from "../log.ts";
import type { ProcessMetrics } from "../metrics/process-metrics.ts";
import type { Scrape } from "../metrics/scrape.ts";
import type { Format } from "../model/format.ts";
import type { StoreReader } from "../model/store.ts";

export interface Lifecycle {
  /** Loads the configuration again; rejects with CONFIG_INVALID and changes nothing then. */
  reload(): Promise<void>;
  /** Begins the shutdown; returns at once. */
  quit(): void;
}

export interface ServerDeps {
  config(): Config;
  readonly reader: StoreReader;
  readonly ingest: IngestService;
  /** From `createScrape`; a function, since a new configuration needs a new view. */
  scrape(request: { accept?: string | undefined; acceptEncoding?: string | undefined }): Promise<Scrape>;
  readonly processMetrics: Pick<ProcessMetrics, "ingest" | "alerts" | "queueLength" | "storeSize">;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly version: string;
  readonly formats: readonly Pick<Format, "id" | "title" | "yields" | "tools" | "extensions" | "reads" | "notes">[];
  /** Uploads beyond `MEMORY_BYTES` wait here. Emptied at start (of what dead servers left). */
  readonly spoolDir: string;
  /** Markdown pages that alerts link to. */
  readonly runbooksDir: string;
  /** Undefined: `/-/reload` and `/-/quit` answer 403. */
  readonly lifecycle?: Lifecycle | undefined;
  /** `--web.telemetry-path`. */
  readonly telemetryPath?: string | undefined;
  /** `--web.external-url`: how users reach this server. Undefined: as the request did. */
  readonly externalUrl?: string | undefined;
  /** `--web.route-prefix`; undefined: the path of `externalUrl`. */
  readonly routePrefix?: string | undefined;
  /** A body that stays silent so long is given up (60 s). */
  readonly idleBodyMs?: number | undefined;
}

/** What the parts of one running server share. */
export interface ServerState {
  /** Set once: no report is accepted any more, and /-/ready says so. */
  closing: boolean;
  /** Not yet finished. */
  readonly responses: Set<ServerResponse>;
}
