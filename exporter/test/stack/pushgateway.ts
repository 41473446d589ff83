import { findStack } from "./install.ts";
import { type Server, startServer } from "./processes.ts";

export type Pushgateway = Server & {
  /** What Prometheus would scrape. */
  metrics(): Promise<string>;
};

export async function startPushgateway(options: { flags?: readonly string[] } = {}): Promise<Pushgateway> {
  const stack = await findStack(["pushgateway"]);
  const server = await startServer({
    name: "pushgateway",
    command: stack.path("pushgateway"),
    readyPath: "/-/ready",
    args: ({ port }) => [
      `--web.listen-address=127.0.0.1:${port}`,
      // Debian's build persists to /var/lib/prometheus unless told otherwise.
      "--persistence.file=",
      ...(options.flags ?? []),
    ],
  });
  return { ...server, metrics: async () => (await fetch(`${server.url}/metrics`)).text() };
}
