import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type Place = { port: number; folder: string };

export type ServerSpec = {
  /** For messages and the name of the temporary folder. */
  name: string;
  /** For a Node program: `process.execPath`, so that it runs on the Node that runs the tests. */
  command: string;
  args: (at: Place) => readonly string[];
  /** A restarted server keeps its address; left out: a free port. */
  port?: number | undefined;
  /** Writes what the server needs into its folder. */
  prepare?: (at: Place) => void;
  /** Asked until it answers with 2xx. */
  readyPath: string;
  env?: Readonly<Record<string, string>>;
  timeoutMs?: number;
};

export type Server = {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Temporary; the server's working directory; removed by `stop`. */
  readonly folder: string;
  /** The newest part of stdout and stderr together. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after 5 s. Removes the folder. May be called twice. */
  stop(): Promise<void>;
};

const KEPT_OUTPUT = 64 * 1024;
const SETPRIV = "/usr/bin/setpriv";

type Running = { child: ChildProcess; folder: string };
const running = new Set<Running>();

process.on("exit", () => {
  for (const { child, folder } of running) {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Starts a server on a free loopback port in a folder of its own; returns once it is ready. */
export async function startServer(spec: ServerSpec): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(spec, spec.port ?? (await freePort()));
    } catch (error) {
      // Another process can take the port between the look and the start.
      if (attempt === 3 || !/address already in use|EADDRINUSE/i.test(String(error))) throw error;
    }
  }
}

async function startOnce(spec: ServerSpec, port: number): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), `plumbline-${spec.name}-`));
  const at = { port, folder };
  const one = { child: start(spec, at), folder };
  running.add(one);
  const { child } = one;

  let output = "";
  const keep = (chunk: string): void => {
    output = (output + chunk).slice(-KEPT_OUTPUT);
  };
  child.stdout?.setEncoding("utf8").on("data", keep);
  child.stderr?.setEncoding("utf8").on("data", keep);

  let end: string | undefined;
  let expected = false;
  const ended = new Promise<void>((done) => {
    const close = (how: string): void => {
      end ??= how;
      running.delete(one);
      done();
    };
    child.on("error", (error) => close(`could not be started: ${error.message}`));
    child.on("close", (code, signal) => {
      close(`ended with ${signal ?? `exit code ${code}`}`);
      if (!expected) process.stderr.write(`${describeEnd(spec.name, end ?? "", output)}\n`);
    });
  });

  const stop = async (): Promise<void> => {
    expected = true;
    if (end === undefined) {
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(kill);
    }
    rmSync(folder, { recursive: true, force: true });
  };

  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + (spec.timeoutMs ?? 30_000);
  expected = true;
  while (!(await answers(url + spec.readyPath))) {
    if (end === undefined && Date.now() < deadline) await Promise.race([sleep(25), ended]);
    else {
      await stop();
      throw new Error(describeEnd(spec.name, `${end ?? "is not ready"} (asked ${spec.readyPath})`, output));
    }
  }
  expected = false;
  return { url, port, pid: child.pid ?? 0, folder, output: () => output, signal: (name) => child.kill(name), stop };
}

function start(spec: ServerSpec, at: Place): ChildProcess {
  try {
    spec.prepare?.(at);
    // The kernel ends the server should this process be killed without a chance to run its exit hook.
    const guard = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", "--"] : [];
    const [command = spec.command, ...args] = [...guard, spec.command, ...spec.args(at)];
    return spawn(command, args, {
      cwd: at.folder,
      env: { ...process.env, ...spec.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    rmSync(at.folder, { recursive: true, force: true });
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

const describeEnd = (name: string, how: string, output: string): string =>
  `${name} ${how}; its last lines:\n${output.trim().split("\n").slice(-40).join("\n")}`;

/** A port that is free now, below the range the kernel gives to outgoing connections, so that none takes it meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? done(false) : fail(error)));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}
