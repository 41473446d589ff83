/** What a command sees of the world: the process, or what a test put in its place. */
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import type { Readable } from "node:stream";
import { styleText } from "node:util";
import type { RunnerInfo } from "../model/runner.ts";

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  now(): Date;
  /** This machine, for results that do not say where they were measured. */
  host(): RunnerInfo;
}

/** The process itself. A reader that goes away (`| head`) ends the output, not the work. */
export function processIo(): CliIo {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    now: () => new Date(),
    host: () => ({
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      os: platform(),
      arch: arch(),
    }),
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  let gone = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    gone = true;
  });
  return {
    write: (text) => {
      if (!gone) stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 100,
  };
}

export type Color = "red" | "green" | "yellow" | "bold" | "dim";
export type Paint = (color: Color, text: string) => string;

/** Colours only on a terminal; https://no-color.org and FORCE_COLOR are respected. */
export function painter(io: CliIo, output: Output): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = io.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0";
  const refused = (NO_COLOR ?? "") !== "" || FORCE_COLOR === "0" || TERM === "dumb";
  const on = forced || (output.isTerminal && !refused);
  return on ? (color, text) => styleText(color, text, { validateStream: false }) : (_, text) => text;
}

/** Text from reports, safe to print: a test's name must not move the cursor or recolour the screen. */
export function clean(text: string): string {
  return text.replace(/\u001b\[[0-9;:]*m/g, "").replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}
