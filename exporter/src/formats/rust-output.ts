/** What a Rust test prints when it fails, read for people. */
import { type Failure, MAX_MESSAGE, MAX_STACK } from "../model/test.ts";
import { cut, messageFromOutput, plain } from "./text.ts";

export interface RustFailure {
  readonly failure: Failure;
  readonly file: string | undefined;
  readonly line: number | undefined;
}

/** Since 1.73 the message stands on its own lines after the place; before it was in quotes in front of it. */
const PANIC = /^thread '[^\n]*' (?:\(\d+\) )?panicked at ([^\n:']+):(\d+):\d+:\r?\n/m;
const OLD_PANIC = /^thread '[^\n]*' panicked at '([\s\S]*?)', ([^\n:']+):(\d+)(?::\d+)?$/m;
const PANIC_ENDS = /\n(?:stack backtrace:|note: |\s*$)/;

/** `message` is what the report says apart from the output, such as "test did not panic as expected". */
export function describeRust(printed: string, message?: string): RustFailure {
  const text = plain(printed).trim();
  const panic = PANIC.exec(text);
  if (panic !== null) {
    const after = text.slice(panic.index + panic[0].length);
    const end = after.search(PANIC_ENDS);
    const own = (end === -1 ? after : after.slice(0, end)).trimEnd();
    const note = /^note: panic did not contain expected string[\s\S]*?substring: .*$/m.exec(text)?.[0];
    const words = [message, note, own].filter((part) => part !== undefined && part !== "").join("\n");
    return of(words, text, "panic", panic[1], Number(panic[2]));
  }
  const old = OLD_PANIC.exec(text);
  if (old !== null) return of(old[1]!, text, "panic", old[2], Number(old[3]));
  const expected = /test did not panic as expected(?: at ([^\s:]+):(\d+))?/.exec(message ?? text);
  if (expected !== null)
    return of(expected[0], text, undefined, expected[1], expected[2] === undefined ? undefined : Number(expected[2]));
  const error = /^Error: [\s\S]*?$/m.exec(text)?.[0];
  return of(message ?? error ?? messageFromOutput(text), text, undefined, undefined, undefined);
}

function of(
  message: string,
  text: string,
  type: string | undefined,
  file: string | undefined,
  line: number | undefined,
): RustFailure {
  return {
    failure: {
      message: cut(message.trim(), MAX_MESSAGE) || "(no message)",
      type,
      stack: text === "" || text === message.trim() ? undefined : cut(text, MAX_STACK),
    },
    file: file === undefined ? undefined : cut(file, 1_000),
    line,
  };
}

/** "Running unittests src/lib.rs (target/debug/deps/shop-507999230d6984fa)" and "Doc-tests shop", as names of suites. */
export function binaryOf(line: string): string | undefined {
  if (line.length > 2_000) return undefined;
  const running = /^\s+Running (?:(?:unittests )?(\S.*?) \()?(\S*?)([^\s/\\]+?)-[0-9a-f]{8,}(?:\.\w+)?[)`]*$/.exec(
    line,
  );
  if (running !== null) return running[1] === undefined ? running[3] : `${running[3]} (${running[1]})`;
  const doc = /^\s+Doc-tests (\S+)$/.exec(line)?.[1];
  return doc === undefined ? undefined : `${doc} (doc tests)`;
}
