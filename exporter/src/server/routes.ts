/** Every route under /api/v1, in the order of the OpenAPI document. */
import type { ApiRoute } from "./api.ts";
import { daily } from "./routes/daily.ts";
import { errors } from "./routes/errors.ts";
import { facets } from "./routes/facets.ts";
import { formats } from "./routes/formats.ts";
import { performance } from "./routes/performance.ts";
import { deleteRun, run } from "./routes/run.ts";
import { runCases } from "./routes/run-cases.ts";
import { finishRun } from "./routes/run-finish.ts";
import { moveRun } from "./routes/run-move.ts";
import { runs } from "./routes/runs.ts";
import { summary } from "./routes/summary.ts";
import { history } from "./routes/test-history.ts";

export const QUERY_ROUTES: readonly ApiRoute[] = [
  runs,
  run,
  deleteRun,
  runCases,
  finishRun,
  moveRun,
  history,
  summary,
  performance,
  errors,
  daily,
  facets,
  formats,
];
