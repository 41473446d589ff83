/** The API, and where this server's addresses are. Nothing is assumed about the path the server is mounted on. */

/** @typedef {import("../../model/run.ts").RunSummary} RunSummary */
/** @typedef {import("../../model/run.ts").RunDetail} RunDetail */
/** @typedef {import("../../model/run.ts").CaseRecord} CaseRecord */
/** @typedef {import("../../model/store.ts").DailyPoint} DailyPoint */
/** @typedef {import("../../model/store.ts").FailureGroup} FailureGroup */
/** @typedef {import("../../model/store.ts").HistoryPoint} HistoryPoint */
/** @typedef {import("../../model/store.ts").ExecutionSummary} ExecutionSummary */
/** @typedef {import("../../model/series.ts").Series} Series */
/** @typedef {import("../../model/series.ts").SeriesHistory} SeriesHistory */
/** @typedef {import("../../model/deviation.ts").Deviation} Deviation */
/** @typedef {import("../../model/deviation.ts").DeviationDetail} DeviationDetail */
/** @typedef {import("../../model/alert.ts").AlertRecord} AlertRecord */
/** @typedef {import("../../model/alert.ts").AlertDetail} AlertDetail */
/** @typedef {{ index: number, before: number, after: number, pValue: number, direction: "up" | "down" }} Change */
/**
 * @typedef {SeriesHistory & {
 *   state: "insufficient_data" | "ok" | "suspected" | "changed",
 *   summary: string,
 *   changePoints: readonly Change[],
 *   suspected: readonly Change[],
 *   outliers: readonly number[],
 *   levels: readonly { from: number, to: number, mean: number, stddev?: number }[],
 * }} SeriesCourse
 */
/** @typedef {{ projects: string[], environments: string[], suites: string[], branches: string[] }} Facets */
/**
 * @template T
 * @typedef {{ items: T[], nextCursor?: string | null }} Paged
 */
/** @typedef {Record<string, string | number | boolean | undefined>} Query */

/** This file is {root}assets/{release}/api.js. */
export const ROOT = new URL("../../", import.meta.url);

const TIMEOUT_MS = 15_000;
/** How far the server's clock is ahead of the browser's, so that "3 min ago" is right on a machine whose clock is not. */
let aheadMs = 0;
export const now = () => Date.now() + aheadMs;

/** The server answered, but not with data. */
export class ApiProblem extends Error {
  /** @param {number} status @param {string} message @param {string} [hint] */
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}
/** The server did not answer. */
export class Unreachable extends Error {}

/**
 * @param {string} path under api/v1/
 * @param {Query} [query] undefined and empty values are left out
 * @returns {Promise<any>}
 */
const get = (path, query = {}) => request(link(`api/v1/${path}`, query), {});
/**
 * @param {"POST" | "DELETE"} method
 * @param {string} path under api/v1/
 * @param {object} [body]
 * @returns {Promise<any>}
 */
const send = (method, path, body) =>
  request(link(`api/v1/${path}`), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });

/** @param {string} address @param {RequestInit} init @returns {Promise<any>} */
async function request(address, init) {
  const asked = Date.now();
  let response;
  let body;
  try {
    response = await fetch(address, {
      ...init,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { Accept: "application/json", ...init.headers },
      cache: "no-store",
    });
    body = await response.text();
  } catch (error) {
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  }
  const date = Date.parse(response.headers.get("date") ?? "");
  // The header has whole seconds; differences that small are not worth a correction.
  if (!Number.isNaN(date)) aheadMs = Math.abs(date - asked) > 5000 ? date - asked : 0;
  const json = parse(body);
  if (response.ok && json?.status === "success") return json.data;
  // A proxy in front answers for a server that is away.
  if ([502, 503, 504].includes(response.status)) throw new Unreachable(json?.detail ?? `answered ${response.status}`);
  throw new ApiProblem(
    response.status,
    json?.detail ?? json?.title ?? `The server answered ${response.status}.`,
    json?.hint,
  );
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const id = encodeURIComponent;

export const api = {
  /** @param {Query} query @returns {Promise<Paged<RunSummary>>} */
  runs: (query) => get("runs", query),
  /** @param {string} run @returns {Promise<RunDetail>} */
  run: (run) => get(`runs/${id(run)}`),
  /** @param {string} run @param {Query} query @returns {Promise<Paged<CaseRecord>>} */
  cases: (run, query) => get(`runs/${id(run)}/cases`, query),
  /** @param {string} test @param {Query} query @returns {Promise<{ test: Pick<CaseRecord, "testId" | "suite" | "path" | "name">, points: HistoryPoint[] }>} */
  history: (test, query) => get(`tests/${id(test)}/history`, query),
  /** @param {Query} query @returns {Promise<FailureGroup[]>} */
  errors: (query) => get("errors", query),
  /** @param {Query} query @returns {Promise<ExecutionSummary>} */
  summary: (query) => get("summary", query),
  /** @param {Query} query @returns {Promise<DailyPoint[]>} */
  daily: (query) => get("daily", query),
  /** @returns {Promise<Facets>} */
  facets: () => get("facets"),
  /** @param {Query} query @returns {Promise<Paged<SeriesHistory>>} */
  seriesHistory: (query) => get("series/history", query),
  /** @param {Query} query @returns {Promise<Paged<SeriesCourse>>} */
  seriesCourse: (query) => get("series/course", query),
  /** @param {Query} query @returns {Promise<Paged<Deviation>>} */
  deviations: (query) => get("deviations", query),
  /** @param {string} deviation @returns {Promise<DeviationDetail>} */
  deviation: (deviation) => get(`deviations/${id(deviation)}`),
  /** @param {string} deviation @param {{ until: string, by?: string, reason?: string }} body */
  acknowledgeDeviation: (deviation, body) => send("POST", `deviations/${id(deviation)}/acknowledge`, body),
  /** @param {string} deviation @param {{ reason: string }} body */
  acceptDeviation: (deviation, body) => send("POST", `deviations/${id(deviation)}/accept`, body),
  /** @param {Query} query @returns {Promise<Paged<AlertRecord>>} */
  alerts: (query) => get("alerts", query),
  /** @param {string} alert @returns {Promise<AlertDetail>} */
  alert: (alert) => get(`alerts/${id(alert)}`),
  /** @param {string} alert @param {{ by?: string, reason?: string, forSeconds?: number }} body */
  acknowledgeAlert: (alert, body) => send("POST", `alerts/${id(alert)}/acknowledge`, body),
  /** @param {string} alert */
  unacknowledgeAlert: (alert) => send("DELETE", `alerts/${id(alert)}/acknowledge`),
};

/** @param {string} path relative to the root, already encoded @param {Query} [query] */
export function link(path, query = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** @param {string} run */
export const runLink = (run) => link(`runs/${id(run)}`);
/** @param {string} test */
export const testLink = (test) => link(`tests/${id(test)}`);
/** @param {string} project @param {string} suite */
export const suiteLink = (project, suite) =>
  // "." and ".." cannot be path segments.
  [project, suite].some((name) => /^\.{0,2}$/.test(name))
    ? link("", { project, suite })
    : link(`suites/${id(project)}/${id(suite)}`);

/** The page of one series. @param {Omit<Series, "id" | "better">} series */
export const seriesLink = ({
  project,
  suite,
  environment,
  branch,
  kind,
  name,
  measure,
  stat,
  unit,
  component,
  scenario,
  operation,
  runnerClass,
}) =>
  link("series", {
    ...{ project, suite, environment, branch, kind, name, measure, stat, unit },
    ...{ component, scenario, operation, runner_class: runnerClass },
  });

/**
 * The page this address means.
 * @typedef {{ page: "home" | "errors" | "measures" | "series" | "deviations" | "alerts" | "getting-started" | "run" | "test" | "suite", parameters: string[] }} Route
 * @param {string} href
 * @returns {Route}
 */
export function route(href) {
  const path = new URL(href).pathname.slice(ROOT.pathname.length);
  const [first = "", ...rest] = path
    .split("/")
    .filter((part) => part !== "")
    .map(decode);
  if (first === "runs") return { page: "run", parameters: rest };
  if (first === "tests") return { page: "test", parameters: rest };
  if (first === "suites") return { page: "suite", parameters: rest };
  if (first === "measures" || first === "series" || first === "deviations" || first === "alerts")
    return { page: first, parameters: rest };
  if (first === "errors" || first === "getting-started") return { page: first, parameters: [] };
  return { page: "home", parameters: [] };
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}
