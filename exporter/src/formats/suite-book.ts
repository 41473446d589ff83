/** The suites of formats whose cases of different suites come in any order: each is told of once, at the end. */
import type { ReportSink } from "../model/format.ts";
import { MAX_NAME, type Outcome, type SuiteNode } from "../model/test.ts";
import { cut, own } from "./text.ts";

export interface SuiteInfo {
  durationSeconds?: number | undefined;
  startedAtMs?: number | undefined;
}

/** Passes on everything to the sink, and knows what has been passed on. */
export class SuiteBook {
  readonly #sink: ReportSink;
  readonly #byName = new Map<string, SuiteNode>();
  readonly #holding = new Set<SuiteNode>();
  cases = 0;
  bad = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  /** The suite of this name; the same object for the same name. */
  of(name: string, isFile = false): SuiteNode {
    let node = this.#byName.get(name);
    if (node === undefined) {
      const key = own(name);
      const kept = (key.length <= MAX_NAME ? key : cut(key, MAX_NAME)) || "(unnamed)";
      node = isFile ? { name: kept, file: kept } : { name: kept };
      this.#byName.set(key, node);
    }
    return node;
  }

  case(result: Parameters<ReportSink["case"]>[0]): void {
    this.cases++;
    if (isBad(result.outcome)) this.bad++;
    if (result.suite !== undefined) this.#holding.add(result.suite);
    this.#sink.case(result);
  }

  /** Tells of all suites that hold cases. */
  tell(info: (suite: SuiteNode) => SuiteInfo = () => ({})): void {
    for (const suite of this.#holding) this.#sink.suite(suite, info(suite));
  }
}

export const isBad = (outcome: Outcome): boolean => outcome === "failed" || outcome === "errored";

/** Times are whole milliseconds in the model; durations are taken before they are rounded. */
export const whole = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.round(ms));

/** To the microsecond, which is what the tools measure; undefined when the clock went back. */
export const secondsBetween = (fromMs: number | undefined, toMs: number | undefined): number | undefined =>
  fromMs === undefined || toMs === undefined || toMs < fromMs ? undefined : Number(((toMs - fromMs) / 1000).toFixed(6));
