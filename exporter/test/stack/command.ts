import { spawn } from "node:child_process";
import { findStack } from "./install.ts";

export type Ran = { code: number; stdout: string; stderr: string };

/** Runs a program to its end. `code` is -1 when a signal ended it. Throws only when it cannot be started. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { stdin?: string; cwd?: string; env?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 60_000,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? -1, stdout, stderr }));
    // A program that ends without reading its input breaks the pipe; its exit code tells more than EPIPE.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin ?? "");
  });
}

type ToolOptions = { stdin?: string; cwd?: string; timeoutMs?: number };

export async function promtool(args: readonly string[], options: ToolOptions = {}): Promise<Ran> {
  return runCommand((await findStack(["promtool"])).path("promtool"), args, options);
}

export async function amtool(args: readonly string[], options: ToolOptions = {}): Promise<Ran> {
  return runCommand((await findStack(["amtool"])).path("amtool"), args, options);
}
