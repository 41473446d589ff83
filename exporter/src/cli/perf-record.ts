/** `plumbline perf record`: the raw files kept, read, stored, and what the environment did meanwhile. */
import { createHash } from "node:crypto";
import { copyFile, mkdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { ResourceUse } from "../analysis/performance/contention.ts";
import { courseOf } from "../analysis/performance/course.ts";
import type { Config } from "../config/schema.ts";
import { formatLimits } from "../config/settings.ts";
import { AppError } from "../errors.ts";
import { FORMATS } from "../formats/registry.ts";
import { type Cycle, findCycle, type ScenarioRecord, saveCycle, slug, stampOf } from "../performance/cycle.ts";
import { hostReadings, hostSnapshot, prometheusReadings, type Reading } from "../performance/resources.ts";
import { readScenario } from "../performance/scenario.ts";
import { type Cli, type Flags, inCwd, loadedConfig, target, text } from "./common.ts";
import { serverTarget, storeTarget } from "./ingest-target.ts";
import { expandInputs, type Input } from "./inputs.ts";
import { clean } from "./io.ts";
import { reportChunks } from "./report-file.ts";
import { printDocument } from "./show.ts";

/** Named one by one in the verdict; a test report among the files may hold thousands. */
const MAX_MISSED = 50;

export async function recordScenario({ io }: Cli, patterns: readonly string[], flags: Flags): Promise<void> {
  const { config } = await loadedConfig(flags, io);
  const home = inCwd(io, config.performance.folder);
  const cycle = await findCycle(home, text(flags, "cycle"));
  if (cycle.status !== "open")
    throw new AppError(
      "CONTEXT_INVALID",
      `cycle ${cycle.id} has ended (${cycle.status})`,
      {},
      { hint: "begin a new one" },
    );
  const name = text(flags, "scenario") ?? "";
  const { files, errors } = await expandInputs(patterns, {
    cwd: io.cwd,
    extensions: [...new Set(FORMATS.flatMap((format) => format.extensions))],
  });
  if (errors[0] !== undefined) throw errors[0];
  const nowMs = io.now().getTime();
  const folder = `${slug(name)}_${stampOf(nowMs)}`;
  // First kept, then read: a file that cannot be read is evidence as well.
  const kept = await keep(files, join(home, folder), io.cwd);
  const limits = formatLimits(config);
  const reports = await readScenario(
    kept.map((input) => ({ name: input.name, chunks: reportChunks(io, input) })),
    limits,
  );
  const startedAtMs = reports.startedAtMs ?? cycle.scenarios.at(-1)?.endedAtMs ?? cycle.startedAtMs;
  const endedAtMs = reports.endedAtMs ?? nowMs;
  const resources = await resourcesOf(cycle, config, startedAtMs, endedAtMs, nowMs);
  const runId = `${cycle.id}/${slug(name)}-${contentId(
    reports.files.map((file) => file.name),
    nowMs,
  )}`;
  const record: ScenarioRecord = {
    name,
    folder: relative(home, join(home, folder)),
    files: reports.files.map(({ name: file, format }) => ({ name: basename(file), format })),
    runId,
    startedAtMs,
    endedAtMs,
    state: reports.state,
    missed: reports.missed.slice(0, MAX_MISSED),
    loads: reports.loads,
    measures: reports.measures.map(({ samples: _, ...measure }) => measure),
    resources: resources.uses,
  };
  await store(io, config, flags, cycle, record, kept);
  await saveCycle(home, { ...cycle, hostMark: resources.mark, scenarios: [...cycle.scenarios, record] });
  if (flags.json === true) return printDocument(io, record);
  const wholes = record.loads.filter(({ operation }) => operation === undefined);
  // k6's summary tells once more of the requests that its points hold.
  const isSplit = wholes.some(({ scenario, requests }) => scenario !== undefined && requests !== undefined);
  const counted = isSplit ? wholes.filter(({ scenario }) => scenario !== undefined) : wholes;
  const requests = counted.reduce((sum, load) => sum + (load.requests ?? 0), 0);
  io.stdout.write(
    `${clean(name)}: ${record.files.length} file(s) kept in ${clean(join(home, folder))}; ` +
      `${record.loads.length} load results${requests > 0 ? ` of ${requests} requests` : ""}, ${record.measures.length} measures\n`,
  );
  if (endedAtMs < cycle.startedAtMs)
    io.stderr.write(
      `${clean(name)}: WARNING: the load ended before the cycle began (${new Date(endedAtMs).toISOString()}): are these the right files?\n`,
    );
  if (record.state !== undefined)
    io.stderr.write(`${clean(name)}: WARNING: the report is not whole (${clean(record.state)})\n`);
  for (const { name: resource } of resources.uses.filter((use) => use.during === undefined))
    io.stderr.write(`${clean(name)}: WARNING: ${clean(resource)} could not be measured during the load\n`);
}

/** Copies of the raw files under their own names; a second file of one name gets a number. */
async function keep(files: readonly Input[], folder: string, cwd: string): Promise<Input[]> {
  await mkdir(folder, { recursive: true });
  const taken = new Set<string>();
  const kept: Input[] = [];
  for (const input of files) {
    if (input.path === undefined)
      throw new AppError("USAGE", "perf record keeps the raw files: name them, standard input cannot be kept");
    let name = basename(input.path);
    for (let n = 2; taken.has(name); n++) name = `${n}-${basename(input.path)}`;
    taken.add(name);
    const path = join(folder, name);
    await copyFile(input.path, path);
    kept.push({ name: relative(cwd, path).startsWith("..") ? path : relative(cwd, path), path });
  }
  return kept;
}

async function resourcesOf(
  cycle: Cycle,
  config: Config,
  fromMs: number,
  toMs: number,
  nowMs: number,
): Promise<{ uses: ResourceUse[]; mark: Cycle["hostMark"] }> {
  const { prometheus, resources } = config.performance;
  if (prometheus !== undefined) {
    const during = await prometheusReadings(prometheus, resources, fromMs, toMs);
    return { uses: during.map((reading) => useOf(reading, cycle, config)), mark: undefined };
  }
  const mark = await hostSnapshot(nowMs);
  const during = cycle.hostMark === undefined ? [] : hostReadings(cycle.hostMark, mark);
  return { uses: during.map((reading) => useOf(reading, cycle, config)), mark };
}

function useOf(reading: Reading, cycle: Cycle, config: Config): ResourceUse {
  const { name, unit, value, peak, samples } = reading;
  const limit = config.performance.resources.find((resource) => resource.name === name)?.limit;
  return {
    name,
    unit,
    before: cycle.baseline.find((one) => one.name === name)?.value,
    during: value,
    peak,
    limit,
    ...(samples.length > 0 ? { course: courseOf(samples, { better: "lower" }) } : {}),
  };
}

/** Stored as any load test, so that metrics, history and deviations see it. */
async function store(
  io: Cli["io"],
  config: Config,
  flags: Flags,
  cycle: Cycle,
  record: ScenarioRecord,
  files: readonly Input[],
): Promise<void> {
  const where = target(flags, io, config.store);
  const place = await (where.kind === "store" ? storeTarget(where.address, config, io) : serverTarget(where.url, io));
  const branch = text(flags, "branch");
  const commit = text(flags, "commit") ?? cycle.build.actual;
  try {
    for (const [i, input] of files.entries())
      await place.submit(
        input,
        {
          project: cycle.project,
          environment: cycle.environment,
          suite: text(flags, "suite") ?? cycle.component,
          runId: record.runId,
          part: `${i + 1}-${basename(input.name)}`,
          parts: files.length,
          ...(branch === undefined ? {} : { branch }),
          ...(commit === undefined ? {} : { commit }),
        },
        undefined,
        config.limits.maxReportBytes,
      );
  } finally {
    await place.close();
  }
}

const contentId = (names: readonly string[], nowMs: number): string =>
  createHash("sha256")
    .update(JSON.stringify([names, nowMs]))
    .digest("hex")
    .slice(0, 8);
