/** How both versions of Artillery write latencies. */
import { type JsonObject, numberField } from "./json.ts";
import { fromMs, percentileOf, type StatedLoad } from "./load-book.ts";

/** Milliseconds; `median` is p50, `mean` the average. */
export function summaryOf(summary: JsonObject | undefined): NonNullable<StatedLoad["latency"]> {
  if (summary === undefined || numberField(summary, "count") === 0) return {};
  const latency: Record<string, number | undefined> = {
    avg: fromMs(numberField(summary, "mean")),
    min: fromMs(numberField(summary, "min")),
    max: fromMs(numberField(summary, "max")),
    p50: fromMs(numberField(summary, "median")),
  };
  for (const key of Object.keys(summary)) {
    const stat = percentileOf(key);
    if (stat !== undefined) latency[stat] ??= fromMs(numberField(summary, key));
  }
  return latency;
}
