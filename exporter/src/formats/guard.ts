/** What `readReport` puts between a parser and the receiver, so that no format has to think of it. */
import type { Format, ReportMeta, ReportSink, Warning } from "../model/format.ts";
import { type CaseResult, MAX_NAME } from "../model/test.ts";
import type { EncodingNotes } from "./source.ts";
import { cut, plain } from "./text.ts";

/** Warnings of one code that are passed on one by one; the rest is counted. */
const MAX_PER_CODE = 20;

/**
 * Counts cases, so that a report without any says NO_TESTS; keeps their names and places within bounds; bounds the warnings per code, so that a million unreadable times
 * are twenty warnings and a sum; reports the encoding once all bytes were seen.
 */
export function guard(sink: ReportSink, format: Format, encoding: EncodingNotes): ReportSink {
  let cases = 0;
  let others = 0;
  const counts = new Map<Warning["code"], number>();
  const warn = (warning: Warning): void => {
    const count = (counts.get(warning.code) ?? 0) + 1;
    counts.set(warning.code, count);
    if (count <= MAX_PER_CODE) sink.warn(warning);
  };
  /** Durations below zero, which a clock that was set back makes, are left out like those that cannot be read. */
  const timed = <T extends { readonly durationSeconds?: number | undefined }>(of: T): T => {
    if (isDuration(of.durationSeconds)) return of;
    warn({ code: "TIME_UNREADABLE", message: `${of.durationSeconds} s is no duration` });
    return { ...of, durationSeconds: undefined };
  };
  return {
    begin: (meta) => sink.begin(timed(meta)),
    suite: (suite, info) => sink.suite(suite, timed(info)),
    case: (result) => {
      cases++;
      sink.case(timed(isWithinBounds(result) ? result : bounded(result, warn)));
    },
    measure: (measure) => {
      others++;
      sink.measure(measure);
    },
    load: (result) => {
      others++;
      sink.load?.(result);
    },
    coverage: (coverage) => {
      others++;
      sink.coverage(coverage);
    },
    ...(sink.coverageFile === undefined ? {} : { coverageFile: (file) => sink.coverageFile?.(file) }),
    warn,
    end: (meta: ReportMeta) => {
      const known = timed(meta);
      if (encoding.unknownLabel !== undefined)
        warn({ code: "ENCODING", message: `unknown encoding ${encoding.unknownLabel}; read as UTF-8` });
      if (encoding.invalid && format.binary !== true)
        warn({ code: "ENCODING", message: "some bytes are not text in its encoding; they became U+FFFD" });
      if (cases === 0 && format.yields === "tests") warn({ code: "NO_TESTS", message: "the report holds no test" });
      if (cases + others === 0 && format.yields !== "tests")
        warn({ code: "NO_TESTS", message: "the report holds no value" });
      for (const [code, count] of counts)
        if (count > MAX_PER_CODE)
          sink.warn({ code, message: `${count - MAX_PER_CODE} more like the ${MAX_PER_CODE} above` });
      sink.end(known);
    },
  };
}

const isDuration = (seconds: number | undefined): boolean =>
  seconds === undefined || (seconds >= 0 && seconds < Number.POSITIVE_INFINITY);
const isLine = (line: number): boolean => Number.isSafeInteger(line) && line > 0;

/** Almost every case is, so that nothing is copied. */
function isWithinBounds({ name, className, file, line }: CaseResult): boolean {
  return (
    name !== "" &&
    name.length <= MAX_NAME &&
    !name.includes("\0") &&
    (className === undefined || className.length <= MAX_NAME) &&
    (file === undefined || file.length <= MAX_NAME) &&
    (line === undefined || isLine(line))
  );
}

/** Lines that cannot be are left out: reports write 0 and -1 for places they do not know. */
function bounded(result: CaseResult, warn: (warning: Warning) => void): CaseResult {
  const { name, className, file, line } = result;
  if (name === "") warn({ code: "NAME_MISSING", message: "a test has no name" });
  for (const text of [name, className, file])
    if (text !== undefined && text.length > MAX_NAME)
      warn({ code: "TEXT_CUT", message: `a name of ${text.length} characters was cut` });
  return {
    ...result,
    name: cut(plain(name), MAX_NAME) || "(unnamed)",
    className: className === undefined ? undefined : cut(className, MAX_NAME),
    file: file === undefined ? undefined : cut(file, MAX_NAME),
    line: line !== undefined && isLine(line) ? line : undefined,
  };
}
