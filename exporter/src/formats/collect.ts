/** A whole report in memory, for what writes it in another format. */
import type { ReportMeta, ReportSink, Warning } from "../model/format.ts";
import type { Coverage } from "../model/measure.ts";
import type { CaseResult, SuiteNode } from "../model/test.ts";

export interface CollectedReport {
  readonly meta: ReportMeta;
  readonly cases: readonly CaseResult[];
  readonly suiteSeconds: ReadonlyMap<SuiteNode, number>;
  readonly coverage: Coverage | undefined;
}

/** A sink, and what it received once `end` was called. */
export function reportCollector(onWarning?: (warning: Warning) => void): ReportSink & { result(): CollectedReport } {
  const cases: CaseResult[] = [];
  const suiteSeconds = new Map<SuiteNode, number>();
  let coverage: Coverage | undefined;
  let meta: ReportMeta = {};
  return {
    begin: () => {},
    suite: (suite, { durationSeconds }) => {
      if (durationSeconds !== undefined) suiteSeconds.set(suite, durationSeconds);
    },
    case: (result) => {
      cases.push(result);
    },
    measure: () => {},
    coverage: (value) => {
      coverage = { ...coverage, ...value };
    },
    warn: (warning) => onWarning?.(warning),
    end: (value) => {
      meta = value;
    },
    result: () => ({ meta, cases, suiteSeconds, coverage }),
  };
}
