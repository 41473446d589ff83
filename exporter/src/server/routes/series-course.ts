import { z } from "zod";
import type { Answer } from "../../analysis/answer.ts";
import { courseOf } from "../../analysis/course.ts";
import { explain } from "../../analysis/deviations/explain.ts";
import { type SeriesHistory, seriesName } from "../../model/series.ts";
import { pageOf, pageShape, queryRoute, timeOf } from "../api.ts";
import { paged, seriesHistory } from "../schemas.ts";
import { TIME_HELP } from "../time.ts";
import { filterOf, filterShape } from "./series.ts";

/** Of a run that was cut off nobody knows what its numbers are of; such values are shown and not judged. */
const UNFIT = new Set(["partial", "cancelled", "running"]);

const place = z.number().int().min(0).describe("Place in `points`.");
const change = z.strictObject({
  index: place.describe("First value of the new level: its place in `points`."),
  before: z.number(),
  after: z.number(),
  pValue: z.number(),
  direction: z.enum(["up", "down"]),
});
const course = seriesHistory
  .extend({
    state: z.enum(["insufficient_data", "ok", "suspected", "changed"]),
    summary: z.string().describe("One sentence with its numbers."),
    changePoints: z.array(change).describe("Confirmed ones."),
    suspected: z.array(change).describe("What the next runs have to confirm."),
    outliers: z.array(place),
    levels: z.array(
      z.strictObject({
        from: place.describe("First value of the level."),
        to: place.describe("Last value."),
        mean: z.number(),
        stddev: z.number().optional().describe("Sample standard deviation; absent for a single value."),
      }),
    ),
  })
  .meta({ id: "SeriesCourse" });

/** The newest change in the unit of the series and with its commits; else what the analysis says. */
function sentenceOf({ series, points }: SeriesHistory, fit: readonly number[], answer: Answer): string {
  const newest = [...answer.changePoints, ...answer.suspected].sort((a, b) => a.index - b.index).at(-1);
  if (newest === undefined) return answer.summary;
  const commitAt = (place: number): string | undefined => points[fit[place] ?? -1]?.commit;
  return explain({
    ...{
      what: seriesName(series),
      unit: series.unit,
      before: newest.before,
      after: newest.after,
      pValue: newest.pValue,
    },
    ...{ lastGood: commitAt(newest.index - 1), firstBad: commitAt(newest.index) },
    runs: fit.length - newest.index,
    confirmed: newest.state === "confirmed",
  });
}

/** Looked at afresh for what is shown, so an accepted or acknowledged deviation does not change what the values say. */
export const courseOfSeries = queryRoute({
  method: "get",
  path: "/series/course",
  operationId: "getSeriesCourse",
  summary: "Series with their values, the levels between confirmed changes, and odd runs.",
  query: z.strictObject({
    ...filterShape,
    last: z.coerce.number().int().min(1).max(1000).default(200).describe("Most values of one series, the newest."),
    until: z.string().max(40).optional().describe(`Values that ended at or before: ${TIME_HELP}.`),
    ...pageShape,
    limit: z.coerce.number().int().min(1).max(20).default(5).describe("Most series in one answer."),
  }),
  data: paged(course),
  errors: ["NOT_FOUND"],
  async handle(deps, { query }) {
    const window = { last: query.last, untilMs: timeOf("until", query.until, deps.now()) };
    const { items, nextCursor } = await deps.reader.measureHistory(filterOf(query), window, pageOf(query));
    return {
      nextCursor,
      items: items.map((history) => {
        const fit = history.points.flatMap(({ status }, index) => (UNFIT.has(status) ? [] : [index]));
        const { answer, levels } = courseOf(fit.map((index) => history.points[index]!.value));
        const at = (index: number): number => fit[index]!;
        const changes = (all: typeof answer.changePoints) =>
          all.map(({ index, before, after, pValue, direction }) => ({
            index: at(index),
            before,
            after,
            pValue,
            direction,
          }));
        return {
          ...history,
          state: answer.state,
          summary: sentenceOf(history, fit, answer),
          changePoints: changes(answer.changePoints),
          suspected: changes(answer.suspected),
          outliers: answer.outliers.map(at),
          levels: levels.map((level) => ({ ...level, from: at(level.from), to: at(level.to) })),
        };
      }),
    };
  },
});
