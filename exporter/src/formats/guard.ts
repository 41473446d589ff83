/** What `readReport` puts between a parser and the receiver, so that no format has to think of it. */
import type { Format, ReportMeta, ReportSink, Warning } from "../model/format.ts";
import type { EncodingNotes } from "./source.ts";

/** Warnings of one code that are passed on one by one; the rest is counted. */
const MAX_PER_CODE = 20;

/**
 * Counts cases, so that a report without any says NO_TESTS; bounds the warnings per code, so that a million unreadable times
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
  return {
    begin: (meta) => sink.begin(meta),
    suite: (suite, info) => sink.suite(suite, info),
    case: (result) => {
      cases++;
      sink.case(result);
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
      sink.end(meta);
    },
  };
}
