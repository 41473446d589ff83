import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { headLines } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { arrayField, field, isObject, type JsonObject, objectField, readJson, show, stringField } from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { addTinybench } from "./tinybench-result.ts";
import { addTableRow, isTableHeader, parseTable } from "./tinybench-table.ts";

/**
 * tinybench, as scripts save it: `bench.table()` through `console.table` or as JSON, or the tasks as JSON (`[{name, result}]`; the array
 * may be a field "tasks", "results" or "benchmarks" of an object). A task without statistics threw or never ran.
 */
export const tinybench: Format = {
  id: "tinybench",
  title: "tinybench table or JSON",
  yields: "measures",
  tools: ["tinybench"],
  extensions: ["json", "txt", "log"],
  reads: "document",
  notes: "console.table(bench.table()), or JSON.stringify(bench.tasks.map(({ name, result }) => ({ name, result }))).",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape === undefined) return headLines(head).some(isTableHeader) ? "certain" : "no";
    if (/"Task [Nn]ame"\s*:/.test(head) && shape.kind === "array") return "certain";
    const lists = shape.kind === "array" ? ["[]"] : LISTS.map((key) => `${key}[]`);
    const tasks = lists.some(
      (list) =>
        shape.paths.has(`${list}.name`) &&
        ["latency", "hz", "throughput"].some((key) => shape.paths.has(`${list}.result.${key}`)),
    );
    return tasks ? "certain" : "no";
  },
  parse: parseTinybench,
};

const LISTS = ["tasks", "results", "benchmarks"];

async function parseTinybench(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.chunks) {
    size += chunk.length;
    if (size > limits.maxDocumentBytes)
      throw new AppError("INPUT_TOO_LARGE", `a report of more than ${limits.maxDocumentBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  async function* once(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const whole: ReportSource = { name: source.name, chunks: once() };
  if (jsonShape(bytes.subarray(0, 4_096).toString("utf8")) === undefined) await parseTable(whole, sink, limits);
  else await parseDocument(whole, sink, limits);
}

async function parseDocument(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const { value } = json;
  const list = Array.isArray(value) ? (value as unknown[]) : isObject(value) ? listOf(value) : undefined;
  if (list === undefined)
    throw new AppError("FORMAT_SCHEMA", `expected an array of tasks, found ${show(value)}`, json.place([]));
  const meta = { framework: "tinybench", ...(isObject(value) ? { name: stringField(value, "name") } : {}) };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  for (const entry of list) {
    if (!isObject(entry)) throw new AppError("FORMAT_SCHEMA", `expected a task, found ${show(entry)}`, json.place([]));
    if (Object.hasOwn(entry, "Task name") || Object.hasOwn(entry, "Task Name")) {
      addTableRow(book, troubles, new Map(Object.keys(entry).map((key) => [key, String(field(entry, key) ?? "")])));
      continue;
    }
    const name = stringField(entry, "name") ?? "";
    const result = objectField(entry, "result") ?? entry;
    if (!addTinybench(book, { name }, result)) troubles.failed(name, messageOf(result));
  }
  sink.end(troubles.meta(meta));
}

const listOf = (value: JsonObject): readonly unknown[] | undefined =>
  LISTS.map((key) => arrayField(value, key)).find((list) => list !== undefined);

/** JSON.stringify makes `{}` of an Error; some scripts write its message. */
function messageOf(result: JsonObject): string {
  const error = field(result, "error");
  const message = isObject(error) ? stringField(error, "message") : error;
  return typeof message === "string" ? message : `its state is ${stringField(result, "state") ?? "not told"}`;
}
