import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { snakeCase } from "./benchmark-names.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { addCount, type Count } from "./callgrind-lines.ts";
import { arrayField, field, isObject, type JsonObject, objectField, stringField } from "./json.ts";
import { parseObjectLine } from "./json-lines.ts";
import { type Line, readLines } from "./lines.ts";

/**
 * Summaries of Gungraun (once iai-callgrind), `--output-format=json` and `pretty-json`: one object for each benchmark, among
 * the lines of Cargo. Versions: 2 (one `callgrind_summary`), 4 to 6 (`profiles`, a list of tools). The totals over all processes
 * and threads are read. Names of counts are those of the text, so that both give the same series.
 */
export const gungraunJson: Format = {
  id: "gungraun-json",
  title: "Gungraun JSON",
  yields: "measures",
  tools: ["Gungraun", "iai-callgrind"],
  extensions: ["json", "jsonl", "txt"],
  reads: "stream",
  notes: "cargo bench --bench NAME -- --output-format=json >FILE.",
  sniff: (head) =>
    /"(?:callgrind_summary|profiles)"\s*:/.test(head) &&
    /"benchmark_exe"\s*:/.test(head) &&
    /"module_path"\s*:/.test(head)
      ? "certain"
      : "no",
  parse: parseGungraunJson,
};

/** Kinds of events that Valgrind abbreviates, as the text has them. */
const EVENTS: Readonly<Record<string, string>> = {
  Ir: "Instructions",
  L1hits: "L1 Hits",
  L2hits: "L2 Hits",
  LLhits: "LL Hits",
  TotalRW: "Total read+write",
};

async function parseGungraunJson(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const meta = { framework: "gungraun" };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  const take = (value: JsonObject, line: number): boolean => {
    if (stringField(value, "module_path") === undefined) return false;
    addSummary(book, troubles, value, line);
    return true;
  };
  let taken = 0;
  let noise = 0;
  /** A pretty-printed object, from the line of its brace on. */
  let pretty: { text: string[]; size: number; readonly line: number } | undefined;
  const each = (line: Line): void => {
    const { text, number } = line;
    if (pretty !== undefined) {
      pretty.size += text.length + 1;
      if (pretty.size > limits.maxDocumentBytes)
        throw new AppError("INPUT_TOO_LARGE", `a JSON document of more than ${limits.maxDocumentBytes} bytes`);
      pretty.text.push(text);
      if (text !== "}") return;
      const object = parseObjectLine(pretty.text.join("\n"));
      if (object !== undefined && take(object, pretty.line)) taken++;
      else troubles.incomplete("an object is no summary of a benchmark", pretty.line);
      pretty = undefined;
      return;
    }
    if (text === "{") {
      pretty = { text: [text], size: 1, line: number };
      return;
    }
    if (text.trim() === "") return;
    const object = line.cut ? undefined : parseObjectLine(text);
    if (object !== undefined && take(object, number)) taken++;
    else if (text.startsWith('{"')) troubles.incomplete("a line is cut, or no summary of a benchmark", number);
    else noise++;
  };
  await readLines(source, limits, each);
  if (pretty !== undefined) troubles.incomplete("the file ends within a summary", pretty.line);
  if (taken === 0 && pretty === undefined)
    throw new AppError("FORMAT_SCHEMA", "no summary of Gungraun in the whole file", { file: source.name, line: 1 });
  if (noise > 0) sink.warn({ code: "NOISE_SKIPPED", message: `${noise} lines are no summaries` });
  sink.end(troubles.meta(meta));
}

function addSummary(book: BenchmarkBook, troubles: BenchmarkTroubles, summary: JsonObject, line: number): void {
  const path = stringField(summary, "module_path") ?? "";
  const id = stringField(summary, "id");
  const name = id === undefined || id === "" ? path : `${path}::${id}`;
  const common = { name, arguments: stringField(summary, "details"), line };
  let counts = 0;
  for (const { tool, metrics } of metricsOf(summary))
    for (const key of Object.keys(metrics)) {
      const metric = objectField(metrics, key);
      const value = metric === undefined ? undefined : newValue(field(metric, "metrics"));
      if (value === undefined) continue;
      const words = Object.hasOwn(EVENTS, key) ? EVENTS[key]! : key.replace(/^LL/, "Ll");
      const count: Count = {
        ...common,
        tool: /callgrind/i.test(tool) ? "" : `${snakeCase(tool.replace("DHAT", "Dhat"))}_`,
        words,
        value,
      };
      addCount(book, count);
      counts++;
    }
  if (counts === 0) troubles.failed(name, "its summary holds no count", line);
}

/** The totals of each tool that ran. */
function* metricsOf(summary: JsonObject): Generator<{ tool: string; metrics: JsonObject }> {
  const old = objectField(objectField(objectField(summary, "callgrind_summary") ?? {}, "callgrind_run") ?? {}, "total");
  const events = objectField(old ?? {}, "summary");
  if (events !== undefined) yield { tool: "Callgrind", metrics: events };
  for (const profile of arrayField(summary, "profiles") ?? []) {
    if (!isObject(profile)) continue;
    const total = objectField(objectField(objectField(profile, "summaries") ?? {}, "total") ?? {}, "summary") ?? {};
    // {"Callgrind": {…}}, or {"ErrorTool": {…}} of DRD, Memcheck and Helgrind.
    for (const kind of Object.keys(total)) {
      const metrics = objectField(total, kind);
      if (metrics !== undefined) yield { tool: stringField(profile, "tool") ?? kind, metrics };
    }
  }
}

/** `{"Left": {"Int": 6}}` is new alone, `{"Both": [new, old]}` has both; what is on the right only is of the run before. */
function newValue(metrics: unknown): number | undefined {
  if (!isObject(metrics)) return undefined;
  const both = arrayField(metrics, "Both");
  const value = both === undefined ? field(metrics, "Left") : both[0];
  const number = isObject(value) ? (field(value, "Int") ?? field(value, "Float")) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
