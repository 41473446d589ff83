/** Every route under /api/v1, in the order of the OpenAPI document. */
import type { ApiRoute } from "./api.ts";
import { acknowledgeAlert, getAlert, listAlerts, receiveAlerts, unacknowledgeAlert } from "./routes/alerts.ts";
import { deleteBaseline, listBaselines, saveBaseline } from "./routes/baselines.ts";
import { daily } from "./routes/daily.ts";
import { acceptDeviation, acknowledgeDeviation, getDeviation, listDeviations } from "./routes/deviations.ts";
import { errors } from "./routes/errors.ts";
import { facets } from "./routes/facets.ts";
import { formats } from "./routes/formats.ts";
import { performance } from "./routes/performance.ts";
import { deleteRun, run } from "./routes/run.ts";
import { runCases } from "./routes/run-cases.ts";
import { finishRun } from "./routes/run-finish.ts";
import { moveRun } from "./routes/run-move.ts";
import { runs } from "./routes/runs.ts";
import { historyOfSeries, listSeries } from "./routes/series.ts";
import { courseOfSeries } from "./routes/series-course.ts";
import { listSuites, renameSuite, retireSuite } from "./routes/suites.ts";
import { summary } from "./routes/summary.ts";
import { targets } from "./routes/targets.ts";
import { listDefects, listFlaky, quarantineOfRun } from "./routes/test-health.ts";
import { history } from "./routes/test-history.ts";

export const QUERY_ROUTES: readonly ApiRoute[] = [
  runs,
  run,
  deleteRun,
  runCases,
  quarantineOfRun,
  finishRun,
  moveRun,
  history,
  summary,
  performance,
  listSeries,
  historyOfSeries,
  courseOfSeries,
  targets,
  listDeviations,
  getDeviation,
  acceptDeviation,
  acknowledgeDeviation,
  receiveAlerts,
  listAlerts,
  getAlert,
  acknowledgeAlert,
  unacknowledgeAlert,
  listBaselines,
  saveBaseline,
  deleteBaseline,
  listSuites,
  retireSuite,
  renameSuite,
  listFlaky,
  listDefects,
  errors,
  daily,
  facets,
  formats,
];
