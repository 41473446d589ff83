/** What the report files of one scenario hold, together. */
import { readReport } from "../formats/registry.ts";
import type { Limits, ReportMeta, ReportSource } from "../model/format.ts";
import type { LoadResult } from "../model/load.ts";
import type { Measure } from "../model/measure.ts";

export interface ScenarioReports {
  readonly files: readonly { readonly name: string; readonly format: string }[];
  readonly loads: readonly LoadResult[];
  readonly measures: readonly Measure[];
  /** Criteria that the tool judged itself, such as k6's thresholds, and that were missed. */
  readonly missed: readonly string[];
  /** Undefined when no report tells. */
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  /** Why it is not whole; undefined: nothing says so. */
  readonly state: string | undefined;
}

/** Reads them one after the other. Throws AppError for the first that cannot be read. */
export async function readScenario(sources: readonly ReportSource[], limits: Limits): Promise<ScenarioReports> {
  const files: { name: string; format: string }[] = [];
  const loads: LoadResult[] = [];
  const measures: Measure[] = [];
  const missed: string[] = [];
  const metas: ReportMeta[] = [];
  for (const source of sources) {
    const format = await readReport(
      source,
      {
        begin: () => {},
        suite: () => {},
        case: ({ name, outcome }) => {
          if (outcome === "failed" || outcome === "errored") missed.push(name);
        },
        measure: (measure) => {
          measures.push(measure);
        },
        load: (load) => {
          loads.push(load);
        },
        coverage: () => {},
        warn: () => {},
        end: (meta) => {
          metas.push(meta);
        },
      },
      limits,
    );
    files.push({ name: source.name, format });
  }
  const starts = metas.flatMap(({ startedAtMs }) => (startedAtMs === undefined ? [] : [startedAtMs]));
  const ends = metas.flatMap(({ startedAtMs, endedAtMs, durationSeconds }) => {
    const end = endedAtMs ?? (startedAtMs === undefined ? undefined : startedAtMs + (durationSeconds ?? 0) * 1000);
    return end === undefined ? [] : [end];
  });
  const cut = metas.find(({ state }) => state !== undefined);
  const empty = loads.length + measures.length === 0 ? "empty" : undefined;
  return {
    files,
    loads,
    measures,
    missed,
    startedAtMs: starts.length === 0 ? undefined : Math.min(...starts),
    endedAtMs: ends.length === 0 ? undefined : Math.max(...ends),
    state: cut === undefined ? empty : `${cut.state}${cut.stateMessage === undefined ? "" : `: ${cut.stateMessage}`}`,
  };
}
