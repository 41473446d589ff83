import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { columnsOf, readCsv } from "./csv.ts";
import { K6Points } from "./k6-points.ts";
import { K6TagCache } from "./k6-tags.ts";
import { parseTimestamp } from "./numbers.ts";

/**
 * `k6 run --out csv=FILE`: the same points, without the metrics' types: custom metrics are told as average, extremes and percentiles,
 * and times are whole seconds unless K6_CSV_TIME_FORMAT says otherwise. Tags that k6 has no column for stand in `extra_tags`.
 */
export const k6Csv: Format = {
  id: "k6-csv",
  title: "k6 CSV points",
  yields: "measures",
  tools: ["k6"],
  extensions: ["csv"],
  reads: "stream",
  notes: "k6 run --out csv=FILE. The JSON output says more (types of custom metrics, times below a second).",
  sniff: (head) => (/^\s*metric_name,timestamp,metric_value(?:,|\r?\n|$)/.test(head) ? "certain" : "no"),
  parse: parseK6Csv,
};

async function parseK6Csv(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const points = new K6Points(sink, limits);
  let columns: ReadonlyMap<string, number> | undefined;
  let width = 0;
  let bad = 0;
  let firstBad: number | undefined;
  let incomplete: string | undefined;
  const column = (name: string): number => columns?.get(name) ?? -1;
  const NAMES = ["scenario", "name", "url", "method", "check", "group"] as const;
  let tagColumns: readonly number[] = [];
  const cache = new K6TagCache((raw) => {
    const values = raw.split("\u0000");
    return Object.fromEntries(NAMES.map((name, i) => [name, values[i] === "" ? undefined : values[i]]));
  });
  await readCsv(
    source,
    limits,
    () => ",",
    ({ fields, line, last }) => {
      if (columns === undefined) {
        columns = columnsOf(fields);
        width = fields.length;
        if (column("metric_name") === -1 || column("timestamp") === -1 || column("metric_value") === -1)
          throw new AppError("FORMAT_SCHEMA", "expected the columns metric_name, timestamp and metric_value", {
            file: source.name,
            line,
          });
        tagColumns = NAMES.map((name) => column(name));
        sink.begin({ framework: "k6" });
        return;
      }
      if (last && fields.length < width) {
        incomplete = "the last line is cut";
        return;
      }
      const name = fields[column("metric_name")];
      const text = fields[column("metric_value")];
      const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
      if (name === undefined || name === "" || !Number.isFinite(value)) {
        bad++;
        firstBad ??= line;
        return;
      }
      const raw = tagColumns.map((at) => fields[at] ?? "").join("\u0000");
      points.add(points.reader(name), timeOf(fields[column("timestamp")] ?? ""), value, cache.get(raw)!);
    },
  );
  if (columns === undefined) throw new AppError("FORMAT_SCHEMA", "no header", { file: source.name, line: 1 });
  if (bad > 0)
    sink.warn({
      code: "VALUE_SKIPPED",
      message:
        bad === 1 ? "a line has no metric with a finite value" : `${bad} lines have no metric with a finite value`,
      line: firstBad,
    });
  points.finish(incomplete);
}

/** Seconds, milliseconds, micro- or nanoseconds since the epoch (told apart by their size), or RFC 3339. */
function timeOf(text: string): number | undefined {
  const number = Number(text);
  if (text === "" || Number.isNaN(number)) return parseTimestamp(text);
  if (number < 1e9 || number > 1e19) return undefined;
  return number < 1e11 ? number * 1e3 : number < 1e14 ? number : number < 1e17 ? number / 1e3 : number / 1e6;
}
