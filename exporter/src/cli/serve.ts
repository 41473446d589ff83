/** The server: store, ingest, metrics and sockets put together, and taken apart again in an order that loses nothing. */
import { join } from "node:path";
import { type Command, Option } from "commander";
import { ConfigError, type ConfigProblem, formatProblem, loadConfig } from "../config/load.ts";
import { configNotes } from "../config/notes.ts";
import type { Config } from "../config/schema.ts";
import { storeSettings } from "../config/settings.ts";
import { AppError, formatPlace, toAppError } from "../errors.ts";
import type { Snapshots } from "../incidents/snapshots.ts";
import type { IngestService } from "../ingest/types.ts";
import type { Logger } from "../log.ts";
import type { StoreReader } from "../model/store.ts";
import type { RunningServer } from "../server/server.ts";
import { type Cli, configPath, type Flags, logger, nonEmpty, storeInCwd, storeOption, text } from "./common.ts";
import { ownPackage } from "./package.ts";

export const DEFAULT_ADDRESS = "127.0.0.1:10970";

/** A terminal's Ctrl+C reaches us directly and through the launcher: two signals within this time are one. */
const SAME_SIGNAL_MS = 500;

export function registerServe(program: Command, cli: Cli): void {
  program
    .command("serve")
    .summary("run the server: API, /metrics, pages")
    .description(
      "Runs the server that takes reports, exposes /metrics and shows results. SIGTERM ends it, SIGHUP reloads.",
    )
    .addOption(storeOption())
    .addOption(
      new Option("--web.listen-address <host:port>", "address to listen on; repeatable")
        .argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value])
        .default(undefined, DEFAULT_ADDRESS),
    )
    .addOption(new Option("--web.telemetry-path <path>", "where metrics are exposed").default("/metrics"))
    .addOption(new Option("--web.external-url <url>", "address under which users reach the server, for links"))
    .addOption(new Option("--web.route-prefix <path>", "prefix of all routes (default: the path of the external URL)"))
    .addOption(new Option("--web.config.file <path>", "TLS and basic authentication, in the exporters' common format"))
    .addOption(new Option("--web.enable-lifecycle", "allow POST /-/reload and /-/quit"))
    .addOption(new Option("--web.allow-unauthenticated", "listen beyond this machine without authentication"))
    .addHelpText(
      "after",
      `
Examples:
  $ plumbline serve
  $ plumbline serve --store sqlite:/var/lib/plumbline/plumbline.db --config.file /etc/plumbline.yml
  $ plumbline serve --web.listen-address 0.0.0.0:10970 --web.config.file web.yml`,
    )
    .action(async (_own, command: Command) => {
      const { io, version } = cli;
      const flags: Flags = command.optsWithGlobals();
      const log = logger(flags, io);
      let end: () => void = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const running = await startServing(cli, flags, log, end);
      const forget = onSignals({
        end,
        reload: () => void running.reload().catch(() => undefined),
        now: () => io.now(),
      });
      const { urls, store } = running;
      io.stdout.write(`plumbline ${version} listens on ${urls.join(" and ")} (store ${store})\n`);
      await ended;
      forget();
      log.info("shutting down");
      await running.close();
      log.info("stopped");
    });
}

export interface Serving {
  readonly url: string;
  readonly urls: readonly string[];
  readonly store: string;
  /** Rejects with CONFIG_INVALID and changes nothing then; logged and counted either way. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when all addresses listen. What was opened is closed again when a later step fails. */
export async function startServing(cli: Cli, flags: Flags, log: Logger, quit: () => void): Promise<Serving> {
  const { io, version } = cli;
  const { openStore, sqlitePath } = await import("../store/open.ts");
  const { createIngestService } = await import("../ingest/service.ts");
  const { createProcessMetrics } = await import("../metrics/process-metrics.ts");
  const { createSnapshots } = await import("../incidents/snapshots.ts");
  const { environmentNow } = await import("../performance/moment.ts");
  const { startServer } = await import("../server/server.ts");
  const { FORMATS } = await import("../formats/registry.ts");
  const now = () => io.now().getTime();

  const file = configPath(flags, io);
  let { config } = await loadConfig(file);
  const store = storeInCwd(io, text(flags, "store") ?? nonEmpty(io.env.PLUMBLINE_STORE) ?? config.store);
  const web = webFlags(flags);
  let ingest: (IngestService & { reconfigure(config: Config): void }) | undefined;
  let reader: StoreReader | undefined;
  let snapshots: Snapshots | undefined;
  try {
    const { detectionSeconds } = config.slo;
    const processMetrics = createProcessMetrics({ version, nodeVersion: process.version, now, detectionSeconds });
    ingest = await createIngestService({
      storeAddress: store,
      config,
      exclusive: true,
      onDetected: (seconds) => processMetrics.detected(seconds),
      onAlertSteps(steps) {
        processMetrics.alerts.steps(steps);
        if (steps.fired !== undefined) void snapshots?.take();
      },
      onTickError: (error) => log.error("a periodic task of the store failed", { error }),
    });
    const opened = openStore(store, storeSettings(config, now), "read");
    reader = opened;
    const writer = ingest;
    snapshots = createSnapshots({
      reader: opened,
      config: () => config,
      environment: (of) => environmentNow(of, now),
      save: (alerts, snapshot) => writer.alerts({ kind: "snapshot", alerts, snapshot }),
      now,
      onError: (error) => log.error("the snapshot of an alert failed", { error }),
    });
    void snapshots.take();
    let scrape = await createScraper(opened, config, processMetrics, now);

    const reload = async (): Promise<void> => {
      try {
        const next = (await loadConfig(file)).config;
        // The view first: when it cannot be built, nothing has changed.
        const nextScrape = await createScraper(opened, next, processMetrics, now);
        if (next.store !== config.store) log.warn("another store needs a restart; the present one stays", { store });
        writer.reconfigure(next);
        config = next;
        scrape = nextScrape;
        processMetrics.configReload(true);
        log.info("configuration loaded", { file: file ?? "defaults" });
        for (const note of configNotes(next, now())) log.warn(note);
      } catch (thrown) {
        processMetrics.configReload(false);
        const error = toAppError(thrown);
        log.error("configuration is not usable, the previous one stays", { error, ...problemsOf(thrown) });
        throw error;
      }
    };

    const server: RunningServer = await startServer(
      {
        config: () => config,
        reader: opened,
        ingest: writer,
        scrape: (request) => scrape(request),
        processMetrics,
        log,
        now,
        version,
        formats: FORMATS,
        spoolDir: `${sqlitePath(store)}-uploads`,
        runbooksDir: join(ownPackage().root, "prometheus/runbooks"),
        lifecycle: flags["web.enableLifecycle"] === true ? { reload, quit } : undefined,
        telemetryPath: web.telemetryPath,
        externalUrl: web.externalUrl,
        routePrefix: web.routePrefix,
      },
      {
        listen: web.listen,
        webConfigFile: text(flags, "web.config.file"),
        allowUnauthenticated: flags["web.allowUnauthenticated"] === true,
      },
    );
    for (const note of configNotes(config, now())) log.warn(note);
    const close = (): Promise<void> => {
      snapshots?.stop();
      return server.close();
    };
    return { url: server.url, urls: server.urls, store, reload, close };
  } catch (error) {
    snapshots?.stop();
    await ingest?.close();
    await reader?.close();
    throw error;
  }
}

async function createScraper(
  reader: StoreReader,
  config: Config,
  processMetrics: { render(format: "text" | "openmetrics"): Promise<string> },
  now: () => number,
) {
  const { createMetricsView } = await import("../metrics/view.ts");
  const { createExposition } = await import("../metrics/exposition.ts");
  const { createScrape } = await import("../metrics/scrape.ts");
  const view = createMetricsView({ store: reader, config, now });
  // Everything is read once before anyone waits for it.
  await view.refresh();
  const exposition = createExposition(view, { createdTimestamps: config.metrics.createdTimestamps });
  return createScrape({ view, exposition, own: (format) => processMetrics.render(format) });
}

function webFlags(flags: Flags) {
  const telemetryPath = text(flags, "web.telemetryPath") ?? "/metrics";
  if (!/^\/[^?#\s]+$/.test(telemetryPath)) {
    throw new AppError("USAGE", `--web.telemetry-path: expected a path such as /metrics, got "${telemetryPath}"`);
  }
  const externalUrl = text(flags, "web.externalUrl");
  const url = externalUrl !== undefined && URL.canParse(externalUrl) ? new URL(externalUrl) : undefined;
  if (externalUrl !== undefined && (url === undefined || !/^https?:$/.test(url.protocol))) {
    throw new AppError("USAGE", `--web.external-url: expected an http or https address, got "${externalUrl}"`);
  }
  const listen = (flags["web.listenAddress"] as readonly string[] | undefined) ?? [DEFAULT_ADDRESS];
  return { telemetryPath, externalUrl, routePrefix: text(flags, "web.routePrefix"), listen };
}

function problemsOf(error: unknown): { problems?: readonly string[] } {
  return error instanceof ConfigError ? { problems: error.problems.map(withFile) } : {};
}

const withFile = (problem: ConfigProblem): string =>
  `${problem.file === undefined ? "" : `${formatPlace({ file: problem.file, line: problem.line })}: `}${formatProblem(problem)}`;

/** Returns a function that removes the handlers. A second, later signal ends the process at once. */
function onSignals(on: { end: () => void; reload: () => void; now: () => Date }): () => void {
  let firstAt: number | undefined;
  const stop = (): void => {
    const at = on.now().getTime();
    if (firstAt === undefined) {
      firstAt = at;
      on.end();
    } else if (at - firstAt > SAME_SIGNAL_MS) process.exit(1);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop).on("SIGHUP", on.reload);
  return () => {
    // The stop handlers stay: whoever is impatient during the shutdown is heard.
    process.off("SIGHUP", on.reload);
  };
}
