/** Names of metrics in PromQL text, for the tests that hold rules, panels and runbooks to the catalogue. */
import { FAMILIES } from "../exporter/src/metrics/catalogue.ts";

const WORDS = new Set(
  (
    "and or unless by without on ignoring group_left group_right offset bool inf nan NaN Inf abs label_join " +
    "sum avg min max count group topk bottomk quantile stddev absent absent_over_time ceil changes clamp clamp_max " +
    "clamp_min count_over_time delta deriv floor histogram_quantile increase irate label_replace last_over_time " +
    "max_over_time min_over_time avg_over_time rate round scalar sort sort_desc sum_over_time time timestamp vector"
  ).split(" "),
);

/** Every identifier that is neither a word of the language, nor a label, nor inside a string. */
export function metricNames(expr: string): Set<string> {
  const bare = expr
    .replace(/"(?:\\.|[^"\\])*"|`[^`]*`/g, '""')
    .replace(/\{[^}]*\}/g, "")
    .replace(/\[[^\]]*\]/g, "")
    .replace(/@ (?:start|end)\(\)/g, "")
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, "");
  const names = bare.match(/(?<![\w:.])[A-Za-z_:][\w:]*/g) ?? [];
  return new Set(names.filter((name) => !WORDS.has(name)));
}

/** Every sample name that /metrics can show. */
export const exposedNames = (): Set<string> =>
  new Set(
    FAMILIES.flatMap(({ name, type }) =>
      type === "histogram" ? ["bucket", "sum", "count"].map((part) => `${name}_${part}`) : [name],
    ),
  );
