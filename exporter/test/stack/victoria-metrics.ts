import { join } from "node:path";
import { findStack } from "./install.ts";
import { type Server, startServer } from "./processes.ts";
import { type QueryApi, queryApi } from "./prometheus-api.ts";

export type VictoriaMetrics = Server &
  QueryApi & {
    /** Imports Prometheus text. Lines without a timestamp are given the present one. */
    importPrometheus(text: string): Promise<void>;
    /** Makes what was written visible to queries at once; otherwise it takes up to two seconds. */
    flush(): Promise<void>;
  };

/** Remote write is at `/api/v1/write`, OTLP (protobuf only) at `/opentelemetry/v1/metrics`. */
export async function startVictoriaMetrics(options: { flags?: readonly string[] } = {}): Promise<VictoriaMetrics> {
  const stack = await findStack(["victoriaMetrics"]);
  const server = await startServer({
    name: "victoria-metrics",
    command: stack.path("victoriaMetrics"),
    readyPath: "/health",
    args: ({ port, folder }) => [
      `-storageDataPath=${join(folder, "data")}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      // The default month silently drops the older samples of a fixture.
      "-retentionPeriod=100y",
      // By default queries do not see the last 30 s.
      "-search.latencyOffset=0s",
      "-search.disableCache",
      ...(options.flags ?? []),
    ],
  });
  const api = queryApi(server.url);
  const must = async (path: string, init: RequestInit = {}): Promise<void> => {
    const response = await fetch(server.url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`victoria-metrics ${path} answered ${response.status}: ${text}`);
  };
  return {
    ...server,
    ...api,
    // Its own "now" is a clock of whole seconds, behind a sample of this moment.
    query: (expr, time = new Date()) => api.query(expr, time),
    importPrometheus: (text) => must("/api/v1/import/prometheus", { method: "POST", body: text }),
    flush: () => must("/internal/force_flush"),
  };
}
