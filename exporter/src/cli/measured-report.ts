/** What a report file measured, without a store. */
import { readReport } from "../formats/registry.ts";
import type { Limits, ReportMeta, ReportSource, Warning } from "../model/format.ts";
import type { LoadResult } from "../model/load.ts";
import type { Measure } from "../model/measure.ts";
import { runnerClass } from "../model/runner.ts";
import { loadMeasured, measuredValue, type Source } from "./compare-sides.ts";

export interface ReadOptions {
  readonly limits: Limits;
  /** Forced; undefined: recognised. */
  readonly format: string | undefined;
  /** Kind of machine: `stated` wins over the report's own, `host` stands in where it says nothing. As at ingest. */
  readonly stated: string | undefined;
  readonly host: string | undefined;
  warn(warning: Warning): void;
}

/** Throws as `readReport`. Its suite is undefined: only an ingest names one. */
export async function readMeasured(report: ReportSource, options: ReadOptions): Promise<Source> {
  const measures: Measure[] = [];
  const loads: LoadResult[] = [];
  let meta: ReportMeta = {};
  const sink = {
    begin: (begun: ReportMeta) => {
      meta = begun;
    },
    suite: () => {},
    case: () => {},
    measure: (measure: Measure) => {
      measures.push(measure);
    },
    load: (result: LoadResult) => {
      loads.push(result);
    },
    coverage: () => {},
    warn: options.warn,
    end: (ended: ReportMeta) => {
      meta = { ...meta, ...ended };
    },
  };
  const format = await readReport(report, sink, options.limits, options.format);
  const machine = options.stated ?? runnerClass(meta.runner) ?? options.host;
  const values = [
    ...measures.map((measure) => measuredValue(measure, undefined, machine)),
    ...loads.flatMap((result) => loadMeasured(result, undefined)),
  ];
  const { state, stateMessage } = meta;
  const notWhole =
    state === undefined ? undefined : `the report is ${state}${stateMessage === undefined ? "" : `: ${stateMessage}`}`;
  return { file: { name: report.name, format }, notWhole, values };
}
