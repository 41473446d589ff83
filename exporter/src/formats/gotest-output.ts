/** What the testing package of Go prints, read for people. */
import { type Failure, MAX_MESSAGE, MAX_OUTPUT, MAX_STACK } from "../model/test.ts";
import { cut, firstLine, plain } from "./text.ts";

/** Without the lines that the testing package prints around a test's own. */
export function withoutFrames(output: string): string {
  return output.replace(
    /^\s*(=== (RUN|PAUSE|CONT|NAME)\b.*|--- (FAIL|PASS|SKIP): .*|FAIL(\s.*)?|PASS|ok\s.*|exit status \d+|Benchmark(?![a-z])\S*(?=\r?$))\r?\n?/gm,
    "",
  );
}

export interface Description {
  readonly failure: Failure;
  readonly crashed: boolean;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly output: string | undefined;
}

/** What a failed test printed. A panic or fatal error at the start of a line is the process's, not an assertion. */
export function describeOutput(printed: string, childFailed: boolean): Description {
  const text = withoutFrames(plain(printed));
  const crash = /^(panic: |fatal error: ).*$/m.exec(text);
  // In a panic's stack the first file of a test is the culprit's caller at least; the runtime's own files come before it.
  const place =
    /^\s+(?:Error Trace:\s*)?(\S+_test\.go):(\d+)/m.exec(text) ??
    (crash === null ? /^\s+(\S+\.go):(\d+):/m.exec(text) : null);
  const own = crash !== null ? text.slice(crash.index) : text.replace(/^ {4}/gm, "").trim();
  const message =
    crash !== null ? crash[0].trim() : own !== "" ? own : childFailed ? "a subtest failed" : "(no message)";
  return {
    failure: {
      message: cut(message, MAX_MESSAGE),
      type: crash === null ? undefined : crash[0].startsWith("panic: test timed out") ? "timeout" : "panic",
      stack: own !== message && own !== "" ? cut(own, MAX_STACK) : undefined,
    },
    crashed: crash !== null,
    file: place?.[1],
    line: place === null ? undefined : Number(place[2]),
    output: text.trim() === "" || firstLine(text) === text.trim() ? undefined : cut(text, MAX_OUTPUT),
  };
}
