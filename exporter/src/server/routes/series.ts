import { z } from "zod";
import { STATS, UNITS } from "../../model/measure.ts";
import { SERIES_KINDS, type SeriesFilter } from "../../model/series.ts";
import { pageOf, pageShape, queryRoute, timeOf } from "../api.ts";
import { paged, series as schema, seriesHistory } from "../schemas.ts";
import { TIME_HELP } from "../time.ts";

const text = z.string().max(1000).optional();
export const filterShape = {
  run: text.describe("Only series that this run gave a value of: its uuid, or its run id where that is unique."),
  project: text,
  suite: text,
  environment: text,
  branch: text.describe("As exposed in metrics: a configured name or pattern, else pull_request."),
  kind: z.enum(SERIES_KINDS).optional(),
  name: text.describe("Of a benchmark."),
  measure: text.describe("Of load tests: latency, requests_per_second, received_bytes_per_second, error_ratio."),
  stat: z.enum(STATS).optional(),
  unit: z.enum(UNITS).optional(),
  component: text,
  scenario: text,
  operation: text.describe("Of a load test; __all__ is a scenario as a whole."),
  runner_class: text.describe("Of a benchmark: the kind of machine it ran on."),
};
type FilterQuery = z.output<z.ZodObject<typeof filterShape>>;

export const filterOf = ({ runner_class: runnerClass, ...query }: FilterQuery): SeriesFilter => {
  const { run, project, suite, environment, branch, kind, name, measure, stat, unit } = query;
  const { component, scenario, operation } = query;
  const place = { run, project, suite, environment, branch, component, scenario, operation, runnerClass };
  return { ...place, kind, name, measure, stat, unit };
};

export const listSeries = queryRoute({
  method: "get",
  path: "/series",
  operationId: "listSeries",
  summary: "Numbers that runs give again and again: statistics of benchmarks, measures and load tests.",
  query: z.strictObject({ ...filterShape, ...pageShape }),
  data: paged(schema),
  errors: ["NOT_FOUND"],
  handle: (deps, { query }) => deps.reader.series(filterOf(query), pageOf(query)),
});

export const historyOfSeries = queryRoute({
  method: "get",
  path: "/series/history",
  operationId: "getSeriesHistory",
  summary: "The same series with their values over completed runs, oldest first.",
  query: z.strictObject({
    ...filterShape,
    last: z.coerce.number().int().min(1).max(10_000).default(50).describe("Most values of one series, the newest."),
    until: z.string().max(40).optional().describe(`Values that ended at or before: ${TIME_HELP}.`),
    ...pageShape,
    limit: pageShape.limit.describe("Most series in one answer."),
  }),
  data: paged(seriesHistory),
  errors: ["NOT_FOUND"],
  handle: (deps, { query }) => {
    const window = { last: query.last, untilMs: timeOf("until", query.until, deps.now()) };
    return deps.reader.measureHistory(filterOf(query), window, pageOf(query));
  },
});
