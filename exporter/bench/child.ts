/** Work in a process of its own: clean memory, no other work's garbage, nobody else's compiled code. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";

const EXEC_ARGV = ["--disable-warning=ExperimentalWarning"];

/** Runs a file that calls `answer` once. Rejects when it ends without an answer; its output is ours. */
export async function runChild<T>(file: string, args: readonly string[] = [], execArgv = EXEC_ARGV): Promise<T> {
  const child = startChild(file, args, execArgv);
  const answered = nextMessage<T>(child);
  const value = await answered;
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return value;
}

/** For a child that answers more than once, or that is told when to stop. */
export function startChild(file: string, args: readonly string[] = [], execArgv = EXEC_ARGV): ChildProcess {
  const child = fork(file, args, { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  children.add(child);
  child.on("exit", () => children.delete(child));
  return child;
}

export function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null): void =>
      reject(
        new Error(
          `${basename(child.spawnargs.find((one) => one.endsWith(".ts")) ?? "a child")} ended without an answer (${signal ?? `exit code ${code}`})`,
        ),
      );
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as T);
    });
  });
}

/** In the child: the figures, as plain data. */
export function answer(value: unknown): void {
  if (process.send === undefined) console.log(JSON.stringify(value, null, 2));
  else process.send(value as object);
}

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
