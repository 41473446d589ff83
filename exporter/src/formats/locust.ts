import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { columnsOf, readCsv } from "./csv.ts";
import { fromMs, LoadBook, percentileOf, type StatedLoad } from "./load-book.ts";
import { endLoad } from "./load-end.ts";
import { LocustExceptions, LocustFailures } from "./locust-failures.ts";
import { LocustHistory } from "./locust-history.ts";
import { cellNumber, isAggregate, type LocustReader } from "./locust-row.ts";

/**
 * The files of `locust --csv PREFIX`, each a report of its own, and one run together: `_stats.csv` holds the requests, `_stats_history.csv`
 * the course of the run, whose request counts are told as measures so that nothing is counted twice, `_failures.csv` and `_exceptions.csv`
 * what went wrong. Locust rounds percentiles to two digits or to 10 and 100 ms.
 */
export const locust: Format = {
  id: "locust",
  title: "Locust CSV",
  yields: "measures",
  tools: ["Locust"],
  extensions: ["csv"],
  reads: "stream",
  notes:
    "locust --headless --csv PREFIX: send PREFIX_stats.csv, _stats_history.csv, _failures.csv and _exceptions.csv as one run.",
  sniff: (head) => (kindOf(/^\s*([^\r\n]*)/.exec(head)?.[1] ?? "") === undefined ? "no" : "certain"),
  parse: parseLocust,
};

type Kind = "stats" | "history" | "failures" | "exceptions";

function kindOf(header: string): Kind | undefined {
  const names = header.replaceAll('"', "").toLowerCase();
  if (/^timestamp,user count,type,name,requests\/s,/.test(names)) return "history";
  if (/^(?:type|method),name,(?:request count|# requests),(?:failure count|# failures),/.test(names)) return "stats";
  if (/^method,name,error,occurrences/.test(names)) return "failures";
  return /^count,message,traceback,nodes/.test(names) ? "exceptions" : undefined;
}

async function parseLocust(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  let reader: LocustReader | undefined;
  let columns: ReadonlyMap<string, number> = new Map();
  let width = 0;
  let bad = 0;
  let cut: string | undefined;
  await readCsv(
    source,
    limits,
    () => ",",
    ({ fields, line, last }) => {
      if (reader === undefined) {
        const kind = kindOf(fields.join(","));
        if (kind === undefined)
          throw new AppError("FORMAT_SCHEMA", "expected the header of one of Locust's CSV files", {
            file: source.name,
            line,
          });
        columns = columnsOf(fields);
        width = fields.length;
        sink.begin({ framework: "Locust" });
        reader = readerOf(kind, sink);
        return;
      }
      if (fields.length < width) {
        if (last) cut = "the last line is cut";
        else if (++bad <= 3) sink.warn({ code: "VALUE_SKIPPED", message: "a line with too few columns", line });
        return;
      }
      reader.row((name) => fields[columns.get(name) ?? -1], line);
    },
  );
  if (reader === undefined) throw new AppError("FORMAT_SCHEMA", "no header", { file: source.name, line: 1 });
  const { meta, incomplete = cut } = reader.finish();
  endLoad(sink, { framework: "Locust", ...meta }, incomplete);
}

function readerOf(kind: Kind, sink: ReportSink): LocustReader {
  switch (kind) {
    case "stats":
      return new LocustStats(sink);
    case "history":
      return new LocustHistory(sink);
    case "failures":
      return new LocustFailures(sink);
    default:
      return new LocustExceptions(sink);
  }
}

const PERCENTILE_COLUMNS = ["50%", "75%", "90%", "95%", "99%", "99.9%"];

class LocustStats implements LocustReader {
  readonly #book: LoadBook;
  #hasTotal = false;

  constructor(sink: ReportSink) {
    this.#book = new LoadBook(sink);
  }

  row(cell: (name: string) => string | undefined): void {
    const first = (...names: string[]): number | undefined =>
      names.map((name) => cellNumber(cell(name))).find((value) => value !== undefined);
    const type = cell("type") ?? cell("method");
    const name = cell("name");
    const isTotal = isAggregate(type, name);
    if (isTotal) this.#hasTotal = true;
    const requests = first("request count", "# requests");
    const stated: Record<string, number | undefined> = {
      avg: first("average response time"),
      min: first("min response time"),
      max: first("max response time"),
      p50: first("median response time"),
    };
    for (const column of PERCENTILE_COLUMNS) stated[percentileOf(column)!] ??= first(column);
    // Zeros where nothing was asked are no latencies.
    const latency: StatedLoad["latency"] =
      requests === 0
        ? {}
        : Object.fromEntries(Object.entries(stated).map(([stat, milliseconds]) => [stat, fromMs(milliseconds)]));
    this.#book.add({
      operation: isTotal ? undefined : (name ?? ""),
      method: isTotal ? undefined : type,
      requests,
      failures: first("failure count", "# failures"),
      requestsPerSecond: first("requests/s"),
      latency,
    });
  }

  finish(): { incomplete?: string } {
    this.#book.emit();
    return this.#hasTotal ? {} : { incomplete: "the row of all requests (Aggregated) is missing" };
  }
}
