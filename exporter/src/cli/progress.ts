import type { CliIo } from "./io.ts";

/** One line on a terminal that says what is going on, once it has taken a while. Silent elsewhere. */
export interface Progress {
  update(text: string): void;
  /** Removes the line, so that other output can follow. */
  clear(): void;
}

const QUIET_MS = 1_000;
const EVERY_MS = 100;

export function progress(io: CliIo): Progress {
  const startedAt = io.now().getTime();
  let shownAt = 0;
  let isShown = false;
  return {
    update(text) {
      if (!io.stderr.isTerminal) return;
      const now = io.now().getTime();
      if (now - startedAt < QUIET_MS || now - shownAt < EVERY_MS) return;
      shownAt = now;
      isShown = true;
      io.stderr.write(`\r\u001b[2K${text.slice(0, io.stderr.columns - 1)}`);
    },
    clear() {
      if (isShown) io.stderr.write("\r\u001b[2K");
      isShown = false;
    },
  };
}
