import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { type CsvRecord, columnsOf, csvFields, delimiterOfHeader, readCsv } from "./csv.ts";
import { JmeterSamples, TRANSACTION } from "./jmeter-samples.ts";
import { parseTimestamp } from "./numbers.ts";

/**
 * JMeter's results as CSV (JTL), with whatever columns, separator and time format were configured, with a header or without. Times are
 * of the sample's begin, as jmeter.properties ships. The scenario is the thread group, the operation the sampler's label.
 */
export const jmeterCsv: Format = {
  id: "jmeter-csv",
  title: "JMeter results (CSV)",
  yields: "measures",
  tools: ["JMeter", "Taurus"],
  extensions: ["jtl", "csv"],
  reads: "stream",
  notes:
    "jmeter -n -t PLAN -l FILE. Redirects, embedded resources and transaction controllers are not counted as further requests.",
  sniff: (head) => {
    const first = /^\s*([^\r\n]*)/.exec(head)?.[1] ?? "";
    if (isHeader(first)) return "certain";
    return isBareRow(csvFields(first, delimiterOfHeader(first)) ?? []) ? "certain" : "no";
  },
  parse: parseJmeterCsv,
};

/** What JMeter writes by default, in this order; files without a header have it. */
const DEFAULT_COLUMNS =
  "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect";

function isHeader(line: string): boolean {
  const columns = columnsOf(line.replaceAll('"', "").split(delimiterOfHeader(line)));
  return (
    columns.has("elapsed") &&
    columns.has("label") &&
    ["timestamp", "responsecode", "success", "threadname", "allthreads"].some((name) => columns.has(name))
  );
}

/** Time, elapsed, label, …, success: as by default. */
function isBareRow(fields: readonly string[]): boolean {
  return (
    fields.length >= 8 &&
    (/^\d{13}$/.test(fields[0]!) || /^\d{4}[/-]\d{2}[/-]\d{2}[ T]\d{2}:/.test(fields[0]!)) &&
    /^\d+$/.test(fields[1]!) &&
    /^(?:true|false)$/.test(fields[7]!) &&
    /-\d+$/.test(fields[5]!)
  );
}

/** Older versions have no `failureMessage`, `sentBytes` or `URL` among the defaults. */
function bareColumns(fields: readonly string[]): ReadonlyMap<string, number> {
  let names = DEFAULT_COLUMNS.split(",");
  if (/^\d+$/.test(fields[8] ?? "")) names = names.filter((name) => name !== "failureMessage");
  const numbers = fields.slice(names.indexOf("bytes"));
  const url = numbers.findIndex((field) => !/^\d+$/.test(field));
  if (url === -1) names = names.filter((name) => name !== "URL");
  // bytes, sentBytes, grpThreads, allThreads, then the URL, or Latency, IdleTime and Connect.
  if (url === -1 ? numbers.length < 7 : url < 4) names = names.filter((name) => name !== "sentBytes");
  return columnsOf(names);
}

async function parseJmeterCsv(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const reader = new JmeterCsv(source.name, sink, limits);
  await readCsv(source, limits, delimiterOfHeader, (record) => reader.record(record));
  reader.finish();
}

class JmeterCsv {
  readonly #file: string;
  readonly #sink: ReportSink;
  readonly #samples: JmeterSamples;
  #width = 0;
  #at: Readonly<Record<"time" | "elapsed" | "label" | "code" | "message" | "thread" | "success", number>> | undefined;
  #bytes = -1;
  #users = -1;
  #bad = 0;
  #firstBad: number | undefined;
  #badTimes = 0;
  #incomplete: string | undefined;

  constructor(file: string, sink: ReportSink, limits: Limits) {
    this.#file = file;
    this.#sink = sink;
    this.#samples = new JmeterSamples(sink, limits);
  }

  record(record: CsvRecord): void {
    const { fields, line, last } = record;
    if (this.#at === undefined) {
      this.#sink.begin({ framework: "JMeter" });
      if (this.#start(fields, line)) return;
    }
    const at = this.#at!;
    if (fields.length < this.#width) {
      if (last) this.#incomplete = "the last line is cut";
      else this.#isBad(line);
      return;
    }
    const elapsed = fields[at.elapsed]!;
    const milliseconds = elapsed === "" ? Number.NaN : Number(elapsed);
    if (!(milliseconds >= 0 && milliseconds < 1e12)) {
      // A header in the middle: files were appended to one another.
      if (elapsed !== "elapsed") this.#isBad(line);
      return;
    }
    const users = Number(fields[this.#users] ?? Number.NaN);
    const bytes = Number(fields[this.#bytes] || Number.NaN);
    const message = fields[at.message];
    this.#samples.row(
      {
        label: fields[at.label]!,
        thread: fields[at.thread] || undefined,
        startMs: this.#timeOf(fields[at.time]),
        seconds: milliseconds / 1000,
        failed: failedOf(fields[at.success], fields[at.code]),
        bytes: bytes >= 0 ? bytes : undefined,
        users: users > 0 ? users : undefined,
      },
      message?.startsWith("Number of samples in transaction") === true && TRANSACTION.test(message),
    );
  }

  /** True when the record was a header. */
  #start(fields: readonly string[], line: number): boolean {
    const hasHeader = isHeader(fields.join(","));
    if (!hasHeader && !isBareRow(fields))
      throw new AppError("FORMAT_SCHEMA", "expected JMeter's column names or its default columns", {
        file: this.#file,
        line,
      });
    const columns = hasHeader ? columnsOf(fields) : bareColumns(fields);
    const of = (name: string): number => columns.get(name.toLowerCase()) ?? -1;
    this.#width = fields.length;
    this.#at = {
      time: of("timeStamp"),
      elapsed: of("elapsed"),
      label: of("label"),
      code: of("responseCode"),
      message: of("responseMessage"),
      thread: of("threadName"),
      success: of("success"),
    };
    this.#bytes = of("bytes");
    this.#users = of("grpThreads") === -1 ? of("allThreads") : of("grpThreads");
    return hasHeader;
  }

  #isBad(line: number): void {
    this.#bad++;
    this.#firstBad ??= line;
  }

  #timeOf(text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const number = Number(text);
    // As they come: milliseconds since the epoch of any day after 1980.
    if (number > 3.2e11 && number < 1e14) return number;
    const time = parseTimestamp(text.replace(/^(\d{4})\/(\d{2})\/(\d{2})/, "$1-$2-$3"));
    if (time === undefined) this.#badTimes++;
    return time;
  }

  finish(): void {
    if (this.#at === undefined) throw new AppError("INPUT_EMPTY", "no line", { file: this.#file, line: 1 });
    if (this.#bad > 0)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: this.#bad === 1 ? "a line is no sample of JMeter" : `${this.#bad} lines are no samples of JMeter`,
        line: this.#firstBad,
      });
    if (this.#badTimes > 0)
      this.#sink.warn({
        code: "TIME_UNREADABLE",
        message: `${this.#badTimes} samples have a time that cannot be read (expected milliseconds, or yyyy/MM/dd HH:mm:ss)`,
      });
    this.#samples.finish(this.#incomplete);
  }
}

/** By JMeter's own verdict, which knows of assertions; without it by the response code. */
export function failedOf(success: string | undefined, code: string | undefined): boolean | undefined {
  if (success === "true") return false;
  if (success === "false") return true;
  if (code === undefined || code === "") return undefined;
  return !/^[123]\d\d$/.test(code);
}
