import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { asvMeasure, asvName } from "./asv-lines.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { numbersOf } from "./benchmark-stats.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { arrayField, field, isObject, type JsonObject, objectField, readJson, show, stringField } from "./json.ts";
import { jsonShape } from "./sniff.ts";

/**
 * asv's results of one commit (`results/MACHINE/COMMIT-ENVIRONMENT.json`, version 2). Each result is a row whose columns `result_columns` names; its
 * values are one per combination of the parameters, the last parameter first to change. Times are medians in seconds; units are not
 * in this file (asv keeps them in benchmarks.json) and follow from the benchmark's kind. null is failed, NaN skipped itself.
 */
export const asvJson: Format = {
  id: "asv-json",
  title: "asv results JSON",
  yields: "measures",
  tools: ["airspeed velocity (asv)"],
  extensions: ["json"],
  reads: "document",
  notes: ".asv/results/MACHINE/COMMIT-ENV.json; with samples after asv run --record-samples.",
  sniff: (head) => {
    const shape = jsonShape(head);
    return shape?.kind === "object" && shape.paths.has("result_columns") && shape.paths.has("commit_hash")
      ? "certain"
      : "no";
  },
  parse: parseAsvJson,
};

async function parseAsvJson(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson({ name: source.name, chunks: withoutNaN(source, limits) }, limits);
  const { value } = json;
  const columns = isObject(value) ? arrayField(value, "result_columns") : undefined;
  const results = isObject(value) ? objectField(value, "results") : undefined;
  if (!isObject(value) || columns === undefined || results === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected "result_columns" and "results", found ${show(value)}`,
      json.place([]),
    );
  const meta = {
    framework: "asv",
    startedAtMs: startOf(results, columns.indexOf("started_at")),
    runner: runnerOf(objectField(value, "params") ?? {}),
  };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  const environment = stringField(value, "env_name");
  const commit = stringField(value, "commit_hash");
  const tags = {
    ...(environment === undefined ? {} : { environment }),
    ...(commit === undefined ? {} : { commit }),
  };
  for (const bench of Object.keys(results)) {
    const row = field(results, bench);
    if (!Array.isArray(row))
      throw new AppError(
        "FORMAT_SCHEMA",
        `results.${bench}: expected an array, found ${show(row)}`,
        json.place(["results", bench]),
      );
    const column = (name: string): unknown =>
      columns.includes(name) ? (row as unknown[])[columns.indexOf(name)] : undefined;
    addResult(book, troubles, bench, column, tags);
  }
  sink.end(troubles.meta(meta));
}

function addResult(
  book: BenchmarkBook,
  troubles: BenchmarkTroubles,
  bench: string,
  column: (name: string) => unknown,
  tags: Readonly<Record<string, string>>,
): void {
  const values = column("result");
  if (!Array.isArray(values)) {
    troubles.failed(bench);
    return;
  }
  const at = (name: string, index: number): unknown => (column(name) as unknown[] | null | undefined)?.[index];
  const parameters = combinations(column("params"), values.length);
  const { measure, stat, unit } = asvMeasure(bench);
  (values as unknown[]).forEach((value, index) => {
    const name = asvName(bench, parameters[index] ?? [`#${index + 1}`]);
    if (value === NOT_A_NUMBER) return;
    if (typeof value !== "number") {
      troubles.failed(name);
      return;
    }
    const samples = numbersOf(at("samples", index));
    const stated = { name, measure, unit, tags };
    book.add({ ...stated, stat, value, ...(samples.length > 0 ? { samples } : {}) });
    const [low, high] = [at("stats_ci_99_a", index), at("stats_ci_99_b", index)];
    if (typeof low === "number" && typeof high === "number" && high >= low)
      book.add({ ...stated, stat: "margin", value: (high - low) / 2 });
    const upper = at("stats_q_75", index);
    if (typeof upper === "number") book.add({ ...stated, stat: "p75", value: upper });
  });
}

/** All combinations of the parameters, in the order of the values; one without any when there are none. */
function combinations(params: unknown, count: number): string[][] {
  let list: string[][] = [[]];
  for (const choices of Array.isArray(params) ? (params as unknown[]) : []) {
    if (!Array.isArray(choices)) continue;
    // A damaged file may name more combinations than it has values.
    if (list.length * choices.length > Math.max(count, 1)) return [];
    list = list.flatMap((chosen) => choices.map((choice) => [...chosen, String(choice)]));
  }
  return list;
}

/** Of the first benchmark, in milliseconds; `date` is the commit's. */
function startOf(results: JsonObject, column: number): number | undefined {
  const times = Object.values(results).flatMap((row) => (Array.isArray(row) ? numbersOf([row[column]]) : []));
  const first = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return first > 0 && Number.isFinite(first) ? first : undefined;
}

function runnerOf(params: JsonObject) {
  const cores = Number(stringField(params, "num_cpu"));
  const memory = /^(\d+(?:\.\d+)?) ?([KMG])i?B$/i.exec(stringField(params, "ram") ?? "");
  return {
    cpu: stringField(params, "cpu"),
    os: stringField(params, "os"),
    arch: stringField(params, "arch"),
    ...(cores >= 1 ? { cores } : {}),
    ...(memory === null ? {} : { memoryBytes: Number(memory[1]) * 1024 ** " KMG".indexOf(memory[2]!.toUpperCase()) }),
  };
}

const NOT_A_NUMBER = "NaN";

/** Python writes a bare NaN, which JSON has not: put in quotes, where it stands as a value. */
async function* withoutNaN(source: ReportSource, limits: Limits): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.chunks) {
    size += chunk.length;
    if (size > limits.maxDocumentBytes)
      throw new AppError("INPUT_TOO_LARGE", `a JSON document of more than ${limits.maxDocumentBytes} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  yield Buffer.from(text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|\bNaN\b/gs, (found) => (found === "NaN" ? '"NaN"' : found)));
}
