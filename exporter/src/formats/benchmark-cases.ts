/** Benchmark reports whose tool runs tests as well. */
import type { ReportSink } from "../model/format.ts";
import type { SuiteNode } from "../model/test.ts";
import type { BenchmarkTroubles } from "./benchmark-troubles.ts";

/**
 * A sink for a reader of tests that stands in a benchmark report: what failed is told as missing too, and makes the report
 * partial. Skipped cases are left out: a benchmark run skips every test there is. `qualified`: names bear their suite's, with a dot.
 */
export function tellFailures(sink: ReportSink, troubles: BenchmarkTroubles, qualified = false): ReportSink {
  const holding = new Set<SuiteNode>();
  return {
    ...sink,
    case: (result) => {
      const { outcome, suite, name, failure } = result;
      if (outcome === "skipped") return;
      if (suite !== undefined) holding.add(suite);
      if (outcome !== "passed")
        troubles.failed(qualified && suite !== undefined ? `${suite.name}.${name}` : name, failure?.message);
      sink.case(result);
    },
    suite: (suite, info) => {
      if (holding.has(suite)) sink.suite(suite, info);
    },
    end: (meta) => {
      const own = troubles.meta({});
      const messages = [own.stateMessage, meta.stateMessage].filter((message) => message !== undefined);
      sink.end(own.state === undefined ? meta : { ...meta, ...own, stateMessage: messages.join("; ") });
    },
  };
}
