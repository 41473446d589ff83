/** Times, counters and <RunInfo> of a TRX file, compared with the results. */
import type { ReportMeta } from "../model/format.ts";
import { noCounts, type Outcome, totalOf } from "../model/test.ts";
import { parseCount, parseTimestamp } from "./numbers.ts";
import { cut, firstLine } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

/** What the platform itself says when a run ended early. Adapters also write each failed test as an error here. */
const BROKEN =
  /test run (was )?(aborted|cancell?ed)|test ?host process (crashed|exited)|host process exited unexpectedly|run (was )?cancell?ed/i;

export class TrxSummary {
  outcome: string | undefined;
  readonly #counts = noCounts();
  #aggregates = 0;
  #badAggregates = 0;
  #total: number | undefined;
  #bad: number | undefined;
  #startedAtMs: number | undefined;
  #endedAtMs: number | undefined;
  #broken: string | undefined;
  #firstError: string | undefined;

  add(outcome: Outcome): void {
    this.#counts[outcome]++;
  }

  /** A result that only sums up others; vstest counted it too until 2026 (vstest #15643). */
  aggregate(bad: boolean): void {
    this.#aggregates++;
    if (bad) this.#badAggregates++;
  }

  times(attributes: XmlAttributes): void {
    this.#startedAtMs = parseTimestamp(attributes.get("start") ?? attributes.get("creation") ?? "");
    this.#endedAtMs = parseTimestamp(attributes.get("finish") ?? "");
  }

  counters(attributes: XmlAttributes): void {
    const count = (name: string): number | undefined => parseCount(attributes.get(name));
    this.#total = count("total");
    const bad = ["failed", "error", "timeout", "aborted", "disconnected"].map(count);
    if (bad.some((value) => value !== undefined)) this.#bad = bad.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  }

  runInfo(outcome: string, text: string): void {
    if (!/^(error|failed|aborted|timeout)$/i.test(outcome)) return;
    if (BROKEN.test(text) && !text.startsWith("[xUnit.net")) this.#broken ??= firstLine(text);
    this.#firstError ??= firstLine(text);
  }

  mismatch(): string | undefined {
    const found = totalOf(this.#counts);
    const foundBad = this.#counts.failed + this.#counts.errored;
    const wrong: string[] = [];
    if (this.#total !== undefined && (this.#total < found || this.#total > found + this.#aggregates))
      wrong.push(`${this.#total} tests (found ${found})`);
    if (this.#bad !== undefined && (this.#bad < foundBad || this.#bad > foundBad + this.#badAggregates))
      wrong.push(`${this.#bad} failures and errors (found ${foundBad})`);
    return wrong.length === 0 ? undefined : `the summary says ${wrong.join(" and ")}; the results count`;
  }

  meta(): ReportMeta {
    const start = this.#startedAtMs;
    const end = this.#endedAtMs;
    return {
      startedAtMs: start,
      endedAtMs: end,
      durationSeconds: start === undefined || end === undefined || end < start ? undefined : (end - start) / 1000,
      ...this.#state(),
    };
  }

  #state(): Pick<ReportMeta, "state" | "stateMessage"> {
    const broken = this.#broken;
    if (broken !== undefined)
      return { state: /cancell?ed/i.test(broken) ? "cancelled" : "error", stateMessage: cut(broken, 500) };
    if (/^aborted$/i.test(this.outcome ?? ""))
      return { state: "error", stateMessage: cut(this.#firstError ?? "the run was aborted", 500) };
    if (this.#counts.failed + this.#counts.errored > 0) return {};
    if ((this.#bad ?? 0) > 0)
      return { state: "error", stateMessage: `the summary says ${this.#bad} failures, but no result failed` };
    if (/^(failed|error|timeout|disconnected)$/i.test(this.outcome ?? ""))
      return { state: "error", stateMessage: cut(this.#firstError ?? "the run failed, but no result did", 500) };
    return {};
  }
}
