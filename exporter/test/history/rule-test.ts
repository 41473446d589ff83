/** A history as input of `promtool test rules`: the rules are then evaluated step by step, alerts with their `for` included. */
import { groupOrder } from "../../../prometheus/src/rules.ts";
import type { History } from "./replay.ts";

export interface RuleQuestion {
  /** PromQL, asked at the history's end; ALERTS and recorded series are there. */
  readonly expr: string;
  /** `{label="value"}` to the value that must come; nothing: no series may. */
  readonly samples?: Readonly<Record<string, number>>;
}

/**
 * The test file's text. Its time begins at 0, so moments (families that end in `_timestamp_seconds`) are moved there. Series that
 * `rules`, the text of the rule file, does not name are left out: promtool holds all samples at once.
 */
export function toRuleTest(
  history: History,
  options: { rulesFile: string; rules: string; questions: readonly RuleQuestion[] },
): string {
  const { stepSeconds, steps } = history;
  const named = new Set(options.rules.match(/[a-zA-Z_][a-zA-Z0-9_]*/g));
  const input = history.columns
    .entries()
    .filter(([key]) => named.has(nameOf(key)))
    .map(([series, values]) => ({ series, values: sequence(values, shiftOf(history, nameOf(series))) }));
  const interval = `${stepSeconds}s`;
  return JSON.stringify({
    rule_files: [options.rulesFile],
    evaluation_interval: interval,
    group_eval_order: groupOrder(history.config),
    tests: [
      {
        interval,
        input_series: input,
        promql_expr_test: options.questions.map(({ expr, samples = {} }) => ({
          expr,
          eval_time: `${(steps - 1) * stepSeconds}s`,
          exp_samples: Object.entries(samples).map(([labels, value]) => ({ labels, value })),
        })),
      },
    ],
  });
}

const nameOf = (key: string): string => key.slice(0, key.indexOf("{"));

const shiftOf = ({ startMs }: History, name: string): number =>
  name.endsWith("_timestamp_seconds") ? startMs / 1000 : 0;

/** promtool's notation; a series that ends is marked stale, as Prometheus does when a scrape no longer has it. */
function sequence(values: Float64Array, shift: number): string {
  const parts: string[] = [];
  for (let from = 0; from < values.length; ) {
    const value = values[from]!;
    let to = from + 1;
    while (to < values.length && Object.is(values[to], value)) to++;
    const count = to - from;
    if (!Number.isNaN(value)) {
      const text = `${value - shift}`;
      parts.push(count === 1 ? text : `${text}x${count - 1}`);
    } else {
      if (from > 0) parts.push("stale");
      const missing = from > 0 ? count - 1 : count;
      if (missing > 0) parts.push(`_x${missing}`);
    }
    from = to;
  }
  return parts.join(" ");
}
