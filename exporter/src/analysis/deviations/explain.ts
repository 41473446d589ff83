/** A verdict in one sentence with its numbers. */
import type { Unit } from "../../model/measure.ts";
import { quantities } from "../../model/quantity.ts";

export interface Explained {
  /** "p95 latency of GET /cart". */
  readonly what: string;
  readonly unit: Unit;
  readonly before: number;
  readonly after: number;
  readonly pValue: number;
  /** Commits around the change: the last of the old level, the first of the new. */
  readonly lastGood: string | undefined;
  readonly firstBad: string | undefined;
  /** Runs at the new level, the first one included. */
  readonly runs: number;
  readonly confirmed: boolean;
}

/** "p95 of checkout rose 12.4 % (184 to 207 ms) between a1b2 and c3d4, 6 runs since, p = 2e-6" */
export function explain(of: Explained): string {
  const { before, after } = of;
  const way = after > before ? "rose" : "fell";
  const share = before === 0 ? "" : ` ${Number((Math.abs((after - before) / before) * 100).toPrecision(3))} %`;
  const between =
    of.firstBad === undefined
      ? ""
      : of.lastGood === undefined
        ? ` at ${short(of.firstBad)}`
        : of.lastGood === of.firstBad
          ? ` within ${short(of.firstBad)}`
          : ` between ${short(of.lastGood)} and ${short(of.firstBad)}`;
  const since = `, ${of.runs} ${of.runs === 1 ? "run" : "runs"} since`;
  const certainty = of.confirmed ? "" : " (suspected: may still be a spike)";
  return `${of.what} ${way}${share} (${quantities(before, after, of.unit)})${between}${since}, p = ${probability(of.pValue)}${certainty}`;
}

const short = (commit: string): string => (/^[0-9a-f]{12,}$/i.test(commit) ? commit.slice(0, 8) : commit);

const probability = (p: number): string => (p >= 0.001 ? String(Number(p.toPrecision(2))) : p.toExponential(0));
