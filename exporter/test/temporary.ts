import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty folder; it goes away with the test run, see `setup`. */
export const temporaryFolder = (name: string): string => mkdtempSync(join(tmpdir(), `plumbline-${name}-`));

/**
 * Vitest's global setup: everything temporary, of tests and of the programs they start, lies in one folder that is removed when
 * all tests have ended, however they ended.
 */
export default function setup(): () => void {
  const folder = temporaryFolder("tests");
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
