/** Runs command lines inside the test, with everything they see and print in hand. */
import { Readable } from "node:stream";
import type { CliIo } from "./io.ts";
import { run } from "./main.ts";

export function testIo(options: { cwd?: string; env?: Record<string, string>; stdin?: Buffer | string } = {}) {
  const written = { out: "", err: "" };
  const sink = (name: "out" | "err") => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTerminal: false,
    columns: 110,
  });
  const io: CliIo = {
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    stdin: Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
    stdout: sink("out"),
    stderr: sink("err"),
    now: () => new Date(),
    host: () => ({ cpu: "Test CPU", cores: 2, memoryBytes: 4 * 2 ** 30, os: "linux", arch: "x64" }),
  };
  return { io, written };
}

export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** `argv` is the command line without the program's name. */
export async function plumbline(
  argv: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; stdin?: Buffer | string } = {},
): Promise<Outcome> {
  const { io, written } = testIo(options);
  const status = await run(argv, io);
  return { status, ...written };
}
