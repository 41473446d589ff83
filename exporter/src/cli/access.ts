/** Reading and changing what is stored: a local store or a server's API behind one interface. */
import { reportTargets, type TargetReport } from "../analysis/target-report.ts";
import { namesSuite, placesNaming, suiteKeyOf } from "../config/named-suites.ts";
import type { Config } from "../config/schema.ts";
import { storeSettings } from "../config/settings.ts";
import { AppError } from "../errors.ts";
import { escalationPolicy } from "../incidents/escalation.ts";
import { checkNames } from "../ingest/context.ts";
import { judgesOf } from "../ingest/judge-series.ts";
import type { AlertAcknowledgement, AlertFilter } from "../model/alert.ts";
import type { BaselineFilter, BaselineKey } from "../model/baseline.ts";
import type { Acknowledgement, DeviationFilter } from "../model/deviation.ts";
import type { RunDetail, RunKey, RunSummary } from "../model/run.ts";
import type { KnownSuite, Page, RunFilter, StoreReader, SuiteKey, SuitesFilter } from "../model/store.ts";
import {
  type DefectReport,
  defectReport,
  type FlakyReport,
  flakyReport,
  type HealthQuery,
} from "../reports/test-health.ts";
import { type Cli, type Flags, loadedConfig, target } from "./common.ts";
import { callApi, type Query } from "./http.ts";

export interface Access extends Pick<StoreReader, "runs" | "run" | "cases" | "summary" | "errors" | "measureHistory"> {
  performance(filter: RunFilter): ReturnType<StoreReader["performance"]>;
  daily(filter: RunFilter, days: number): ReturnType<StoreReader["daily"]>;
  targets(within: Parameters<typeof reportTargets>[2]): Promise<readonly TargetReport[]>;
  flaky(query: Parameters<typeof flakyReport>[1]): Promise<FlakyReport>;
  defects(query: HealthQuery): Promise<DefectReport>;
  deviations(filter: DeviationFilter, page: Page): ReturnType<StoreReader["deviations"]>;
  deviation(id: string): ReturnType<StoreReader["deviation"]>;
  accept(id: string, reason: string): Promise<void>;
  acknowledge(id: string, ack: Acknowledgement): Promise<void>;
  alerts(filter: AlertFilter, page: Page): ReturnType<StoreReader["alerts"]>;
  alert(id: string): ReturnType<StoreReader["alert"]>;
  acknowledgeAlert(id: string, ack: Pick<AlertAcknowledgement, "by" | "reason"> & AckTime): Promise<void>;
  unacknowledgeAlert(id: string, by: string | undefined): Promise<void>;
  baselines(filter: BaselineFilter, page: Page): ReturnType<StoreReader["baselines"]>;
  saveBaseline(name: string, run: RunDetail): Promise<void>;
  deleteBaseline(baseline: BaselineKey): Promise<void>;
  suites(filter: SuitesFilter): Promise<readonly KnownSuite[]>;
  retireSuite(which: SuiteChoice): Promise<ChangedSuite>;
  renameSuite(which: SuiteChoice, to: string): Promise<ChangedSuite>;
  finish(run: RunDetail, state: "cancelled" | "partial" | undefined): Promise<RunSummary>;
  remove(run: RunDetail): Promise<void>;
  move(run: RunDetail, to: Partial<RunKey>): Promise<RunSummary>;
}

/** Undefined: until the alert resolves. */
interface AckTime {
  readonly forSeconds: number | undefined;
}

/** Without a project: the only one that has it. */
export type SuiteChoice = { readonly suite: string; readonly project?: string | undefined };
/** `configured`: places of the configuration that name it, of a rename: by its old label. */
export type ChangedSuite = KnownSuite & { readonly configured: readonly string[] };

/** Where a run id is looked for: the same may exist in several projects and environments. */
export type Within = Pick<RunFilter, "project" | "environment">;

/** By uuid, or by a run id that is unique there. Throws NOT_FOUND, and REQUEST_INVALID with the candidates when several match. */
export async function findRun(access: Access, id: string, within: Within): Promise<RunDetail> {
  const { project, environment } = within;
  const where = `in ${[project, environment].filter((one) => one !== undefined).join("/")}`;
  try {
    const run = await access.run(id);
    const fits = (project ?? run.project) === run.project && (environment ?? run.environment) === run.environment;
    if (fits) return run;
    throw new AppError("NOT_FOUND", `no run "${id}" ${where}; there is one in ${run.project}/${run.environment}`);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "REQUEST_INVALID")) throw error;
    if (project === undefined && environment === undefined) {
      const hint = "name --project and --environment (of move: --from-project, --from-environment), or the run's uuid";
      throw new AppError(error.code, error.message, error.place, { cause: error, hint });
    }
  }
  const found: RunSummary[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await access.runs(within, { limit: PAGE, cursor });
    found.push(...page.items.filter((run) => run.runId === id));
    cursor = page.nextCursor;
  }
  const [first, second] = found;
  if (first === undefined) throw new AppError("NOT_FOUND", `no run "${id}" ${where}`);
  if (second === undefined) return access.run(first.id);
  const names = found.map((run) => `${run.project}/${run.environment}`).sort();
  const hint = project === undefined ? "name its project too" : "name its environment too";
  throw new AppError(
    "REQUEST_INVALID",
    `run id "${id}" exists ${found.length} times: ${names.join(", ")}`,
    {},
    { hint },
  );
}
const PAGE = 1000;

/** Opens what the flags mean, does the work, closes it again. */
export async function withAccess<T>(cli: Cli, flags: Flags, work: (access: Access) => Promise<T>): Promise<T> {
  const { config } = await loadedConfig(flags, cli.io);
  const where = target(flags, cli.io, config.store);
  if (where.kind === "server") return work(serverAccess(where.url));
  return withStore(cli, where.address, config, work);
}

async function withStore<T>(
  cli: Cli,
  address: string,
  config: Config,
  work: (access: Access) => Promise<T>,
): Promise<T> {
  const { openStore } = await import("../store/open.ts");
  const now = () => cli.io.now().getTime();
  const settings = storeSettings(config, now);
  // Read first: a wrong address must not create an empty store.
  const reader = openStore(address, settings, "read");
  const write = async <R>(change: Parameters<ReturnType<typeof openWriter>["write"]>[0]): Promise<R> => {
    const store = openWriter();
    try {
      return (await store.write(change)) as R;
    } finally {
      await store.close();
    }
  };
  const openWriter = () => openStore(address, settings, "write");
  const changed = async (key: SuiteKey, before: string): Promise<ChangedSuite> => {
    const [found] = await reader.suites(key);
    const known = found ?? { ...key, retiredAtMs: undefined, lastRunAtMs: undefined, formerNames: [] };
    return { ...known, configured: placesNaming(config, { ...key, suite: before }) };
  };
  try {
    return await work({
      runs: (filter, page) => reader.runs(filter, page),
      run: (id) => reader.run(id),
      cases: (id, filter, page) => reader.cases(id, filter, page),
      summary: (filter) => reader.summary(filter),
      errors: (filter, limit) => reader.errors(filter, limit),
      performance: (filter) => reader.performance(filter, config.measures.limits),
      daily: (filter, days) => reader.daily(filter, days, now()),
      targets: async (within) => reportTargets(config.targets, await reader.lastRuns(), within),
      measureHistory: (filter, window, page) => reader.measureHistory(filter, window, page),
      flaky: (query) => flakyReport(reader, query, { quarantine: config.quarantine, nowMs: now() }),
      defects: (query) => defectReport(reader, query, { quarantine: config.quarantine, nowMs: now() }),
      deviations: (filter, page) => reader.deviations(filter, page),
      deviation: (id) => reader.deviation(id),
      accept: (id, reason) =>
        write(async (tx) => {
          await tx.acceptDeviation(id, reason);
          await tx.judge(
            1_000,
            judgesOf(config.deviations, "manual", () => cli.io.now()),
          );
        }),
      acknowledge: (id, ack) => write((tx) => tx.acknowledgeDeviation(id, ack)),
      alerts: (filter, page) => reader.alerts(filter, page),
      alert: (id) => reader.alert(id),
      acknowledgeAlert(id, { by, reason, forSeconds }) {
        const untilMs = forSeconds === undefined ? undefined : now() + forSeconds * 1000;
        return write((tx) => tx.acknowledgeAlert(id, { by, reason, untilMs }, escalationPolicy(config, now())));
      },
      unacknowledgeAlert: (id, by) => write((tx) => tx.unacknowledgeAlert(id, by, escalationPolicy(config, now()))),
      baselines: (filter, page) => reader.baselines(filter, page),
      saveBaseline: (name, run) => {
        checkNames({ name });
        return write((tx) => tx.saveBaseline(name, keyOf(run)));
      },
      deleteBaseline: (baseline) => write((tx) => tx.deleteBaseline(baseline)),
      suites: (filter) => reader.suites(filter),
      async retireSuite(which) {
        const key = await suiteKeyOf((filter) => reader.suites(filter), config, which);
        await write((tx) => tx.retireSuite(key, namesSuite(config, key.project, key.suite)));
        return changed(key, key.suite);
      },
      async renameSuite(which, to) {
        checkNames({ name: to });
        const key = await suiteKeyOf((filter) => reader.suites(filter), config, which);
        await write((tx) => tx.renameSuite(key, to));
        return changed({ ...key, suite: to }, key.suite);
      },
      finish: (run, state) => write((tx) => tx.finishRun(keyOf(run), state)),
      remove: (run) => write((tx) => tx.deleteRun(keyOf(run))),
      move: (run, to) => write((tx) => tx.moveRun(keyOf(run), to)),
    });
  } finally {
    await reader.close();
  }
}

const keyOf = ({ project, environment, runId }: RunKey): RunKey => ({ project, environment, runId });

const TIMEOUT_MS = 60_000;

function serverAccess(server: URL): Access {
  const get = async <T>(path: string, query: Query): Promise<T> =>
    (await callApi(server, { path: `api/v1/${path}`, query, timeoutMs: TIMEOUT_MS })) as T;
  const change = async <T>(
    method: "POST" | "DELETE",
    path: string,
    body: object = {},
    query: Query = {},
  ): Promise<T> => {
    const headers = { "Content-Type": "application/json" };
    const request = { method, path: `api/v1/${path}`, query, headers, timeoutMs: TIMEOUT_MS };
    return (await callApi(server, method === "DELETE" ? request : { ...request, body: JSON.stringify(body) })) as T;
  };
  const path = (id: string) => `runs/${encodeURIComponent(id)}`;
  return {
    runs: (filter, page) => get("runs", { ...queryOf(filter), ...page }),
    run: (id) => get(path(id), {}),
    cases: (id, { outcome, suite, search, finalOnly }, page) =>
      get(`${path(id)}/cases`, { outcome: outcome?.join(","), suite, search, final_only: finalOnly, ...page }),
    summary: (filter) => get("summary", queryOf(filter)),
    errors: (filter, limit) => get("errors", { ...queryOf(filter), limit }),
    performance: (filter) => get("performance", queryOf(filter)),
    daily: (filter, days) => get("daily", { ...queryOf(filter), days }),
    targets: (within) => get("targets", { ...within }),
    measureHistory: ({ runnerClass, ids: _, ...filter }, { last, untilMs }, page) =>
      get("series/history", {
        ...filter,
        runner_class: runnerClass,
        last,
        until: untilMs === undefined ? undefined : new Date(untilMs).toISOString(),
        ...page,
      }),
    flaky: ({ states, ...query }) => get("flaky", { ...query, state: states?.join(",") }),
    defects: (query) => get("defects", { ...query }),
    deviations: (filter, page) => get("deviations", { ...filter, ...page }),
    deviation: (id) => get(`deviations/${encodeURIComponent(id)}`, {}),
    accept: (id, reason) => change("POST", `deviations/${encodeURIComponent(id)}/accept`, { reason }),
    acknowledge: (id, { untilMs, by, reason }) =>
      change("POST", `deviations/${encodeURIComponent(id)}/acknowledge`, {
        until: new Date(untilMs).toISOString(),
        by,
        reason,
      }),
    alerts: (filter, page) => get("alerts", { ...filter, ...page }),
    alert: (id) => get(`alerts/${encodeURIComponent(id)}`, {}),
    acknowledgeAlert: (id, ack) => change("POST", `alerts/${encodeURIComponent(id)}/acknowledge`, ack),
    unacknowledgeAlert: (id, by) => change("DELETE", `alerts/${encodeURIComponent(id)}/acknowledge`, {}, { by }),
    baselines: (filter, page) => get("baselines", { ...filter, ...page }),
    saveBaseline: (name, run) => change("POST", "baselines", { name, run: run.id }),
    deleteBaseline: ({ project, environment, name }) =>
      change("DELETE", `baselines/${encodeURIComponent(name)}`, {}, { project, environment }),
    suites: async (filter) => (await get<{ items: KnownSuite[] }>("suites", filter)).items,
    retireSuite: (which) => change("POST", "suites/retire", which),
    renameSuite: (which, to) => change("POST", "suites/rename", { ...which, to }),
    finish: (run, state) => change("POST", `${path(run.id)}/finish`, state === undefined ? {} : { state }),
    remove: (run) => change("DELETE", path(run.id)),
    move: (run, to) => change("POST", `${path(run.id)}/move`, to),
  };
}

function queryOf({ fromMs, toMs, ...rest }: RunFilter): Query {
  const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  return { ...rest, from: iso(fromMs), to: iso(toMs) };
}
