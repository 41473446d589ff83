import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Server, startServer } from "./processes.ts";

const MAIN = resolve(import.meta.dirname, "../../src/cli/main.ts");

export type PlumblineOptions = {
  /** YAML of the configuration. */
  config?: string;
  /** Folder of store and configuration, kept by `kill` and `stop`; left out: a new temporary one, removed by `stop`. */
  data?: string;
  port?: number;
  flags?: readonly string[];
};

export type Posted = { status: number; body: Record<string, unknown> };

export type Plumbline = Server & {
  readonly data: string;
  /** POST /api/v1/reports. */
  report(body: string | Uint8Array, params: Readonly<Record<string, string>>): Promise<Posted>;
  /** `data` of a query; throws with the problem document otherwise. */
  api<T>(path: string): Promise<T>;
  metrics(): Promise<string>;
  /** kill -9; start again with `startPlumbline({ data, port })`. */
  kill(): Promise<void>;
};

/** Starts `plumbline serve` as users do, on the Node that runs the tests. */
export async function startPlumbline(options: PlumblineOptions = {}): Promise<Plumbline> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), "plumbline-data-"));
  const config = join(data, "plumbline.yml");
  if (options.config !== undefined) writeFileSync(config, options.config);
  else if (options.data === undefined) writeFileSync(config, "");
  const server = await startServer({
    name: "exporter",
    command: process.execPath,
    args: ({ port }) => [
      "--disable-warning=ExperimentalWarning",
      MAIN,
      "serve",
      `--store=sqlite:${join(data, "plumbline.db")}`,
      `--config.file=${config}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...(options.flags ?? []),
    ],
    port: options.port,
    readyPath: "/-/ready",
  });
  const ended = async (signal: NodeJS.Signals): Promise<void> => {
    server.signal(signal);
    while (await alive(server.url)) await new Promise((done) => setImmediate(done));
  };
  return {
    ...server,
    data,
    async report(body, params) {
      const query = new URLSearchParams(params);
      const response = await fetch(`${server.url}/api/v1/reports?${query}`, {
        method: "POST",
        body: typeof body === "string" ? body : new Blob([body as Uint8Array<ArrayBuffer>]),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async api<T>(path: string) {
      const response = await fetch(`${server.url}/api/v1/${path}`);
      const answer = (await response.json()) as { data: T };
      if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
      return answer.data;
    },
    metrics: async () => (await fetch(`${server.url}/metrics`)).text(),
    async kill() {
      await ended("SIGKILL");
      await server.stop();
    },
    async stop() {
      await server.stop();
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}

async function alive(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/-/healthy`, { signal: AbortSignal.timeout(500) });
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** A small JUnit report: so many tests of each outcome. `seed` makes the content, and so its identity, another. */
export function junitReport(
  counts: { passed?: number; failed?: number; errored?: number; skipped?: number },
  seed: string | number = "",
): string {
  const { passed = 0, failed = 0, errored = 0, skipped = 0 } = counts;
  const cases = [
    ...Array.from({ length: passed }, (_, i) => `<testcase classname="demo" name="passes ${i}" time="0.01"/>`),
    ...Array.from(
      { length: failed },
      (_, i) =>
        `<testcase classname="demo" name="fails ${i}" time="0.02"><failure message="expected 1 to be 2" type="AssertionError"/></testcase>`,
    ),
    ...Array.from(
      { length: errored },
      (_, i) =>
        `<testcase classname="demo" name="errs ${i}" time="0.02"><error message="connect ECONNREFUSED 127.0.0.1:1" type="Error"/></testcase>`,
    ),
    ...Array.from({ length: skipped }, (_, i) => `<testcase classname="demo" name="skips ${i}"><skipped/></testcase>`),
  ];
  return `<testsuites name="demo"><testsuite name="demo"><properties><property name="seed" value="${seed}"/></properties>${cases.join("")}</testsuite></testsuites>`;
}
