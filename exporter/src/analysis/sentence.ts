/** A verdict in one sentence with its numbers. */
import type { ChangePoint, Detection } from "./detect.ts";
import type { Trend } from "./limits.ts";

/** `values` in the order of time; the indices of `found` are places in them. */
export function sentence(
  values: readonly number[],
  found: Detection,
  { kind, trend }: { readonly kind: "values" | "outcomes"; readonly trend: Trend | null },
): string {
  const n = values.length;
  if (found.verdict === "insufficient_data")
    return `Insufficient data: ${count(n, "value")}, too few to tell a change.`;
  const newest = [...found.changePoints, ...found.suspected].sort((a, b) => a.index - b.index).at(-1);
  const tell = kind === "outcomes" ? outcomeChange : levelChange;
  const parts: string[] = [];
  if (newest !== undefined) {
    const since = n - newest.index;
    const word = newest.state === "confirmed" ? "" : "Suspected, not confirmed: ";
    parts.push(
      `${word}${tell(values, newest)}, ${since === 1 ? "1 run" : `${since} runs`} since, p = ${short(newest.pValue)}`,
    );
    const others = found.changePoints.length - (newest.state === "confirmed" ? 1 : 0);
    if (others > 0) parts.push(count(others, "earlier change"));
  } else parts.push(`No change in ${count(n, "run")}`);
  const drift = found.drifts?.at(-1);
  if (drift !== undefined)
    parts.push(`drifts ${drift.direction} (${short(drift.before, 4)} to ${short(drift.after, 4)})`);
  const spread = found.varianceChanges?.at(-1);
  if (spread !== undefined) parts.push(`the spread ${spread.direction === "up" ? "grew" : "shrank"}`);
  if (found.outliers.length > 0) parts.push(count(found.outliers.length, "odd run"));
  if (trend !== null) parts.push(`${trend.direction} over the last ten (r = ${short(trend.r)})`);
  const text = parts.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function levelChange(_: readonly number[], { before, after, direction }: ChangePoint): string {
  const verb = direction === "up" ? "rose" : "fell";
  const percent = before === 0 ? undefined : Math.abs((after - before) / before) * 100;
  const size = percent === undefined || !Number.isFinite(percent) ? "" : ` ${short(percent)} %`;
  return `${verb}${size} (${short(before, 4)} to ${short(after, 4)})`;
}

/** As counts: "1 in 24 of 30 runs" says more than a rate. */
function outcomeChange(values: readonly number[], { index, before, after, direction }: ChangePoint): string {
  const since = values.slice(index);
  const ones = since.reduce((sum, value) => sum + value, 0);
  const verb = direction === "up" ? "rose" : "fell";
  return `the share of ones ${verb} from ${short(before * 100)} % to ${short(after * 100)} % (${ones} of the last ${since.length} runs)`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
const short = (value: number, digits = 3): string => String(Number(value.toPrecision(digits)));
