import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { LatencyBook } from "./latency-book.ts";
import { readLines } from "./lines.ts";
import { endLoad, timesOf } from "./load-end.ts";
import { operationOf } from "./operation.ts";
import { own } from "./text.ts";

/**
 * Gatling's `simulation.log` as text, of Gatling 2.x to 3.9: the columns differ by version, so a request is found by its two times and its
 * OK or KO. From Gatling 3.10 on the file is binary and private to Gatling: refused with a hint. Groups are part of a request's name.
 */
export const gatling: Format = {
  id: "gatling",
  title: "Gatling simulation.log",
  yields: "measures",
  tools: ["Gatling"],
  extensions: ["log"],
  reads: "stream",
  notes: "simulation.log of Gatling 2 to 3.9. The verdicts of assertions are not in it.",
  sniff: (head, fileName) => {
    if (
      /^(?:RUN\t[^\t\n]+\t[^\t\n]*\t\d{13}|[^\t\n]+\t[^\t\n]*\tRUN\t\d{13}|REQUEST\t.*\t\d{13}\t\d{13}\t(?:OK|KO)\b)/m.test(
        head.slice(0, 20_000),
      )
    )
      return "certain";
    return fileName === "simulation.log" && head.startsWith("\0") ? "certain" : "no";
  },
  parse: parseGatling,
};

async function parseGatling(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const book = new LatencyBook(sink, limits);
  let meta: ReportMeta = { framework: "Gatling" };
  let active = 0;
  let most = 0;
  let begun = false;
  let cut = false;
  let bad = 0;
  let firstBad: number | undefined;
  const begin = (): void => {
    if (!begun) sink.begin(meta);
    begun = true;
  };
  await readLines(source, limits, ({ text, number, last }) => {
    if (text.startsWith("\0") && number === 1)
      throw new AppError(
        "FORMAT_SCHEMA",
        "this simulation.log is binary, as Gatling 3.10 and later write it; only Gatling can read it",
        { file: source.name, line: 1 },
        { hint: "send another report of the run, for example the JUnit file of its assertions" },
      );
    if (text.trim() === "") return;
    const fields = text.split("\t");
    const at = fields[0] === "RUN" || fields[0] === "REQUEST" || fields[0] === "USER" ? 0 : 2;
    const kind = fields[at];
    if (kind === "RUN") {
      const startedAtMs = fields.map(Number).find((value) => value > 1e12 && value < 1e13);
      const name = own((at === 0 ? fields[1] : fields[0]) ?? "");
      meta = { framework: "Gatling", ...(name === "" ? {} : { name }), startedAtMs };
      begin();
    } else if (kind === "REQUEST") {
      begin();
      const read = requestOf(fields);
      if (read === undefined) {
        if (last) cut = true;
        else {
          bad++;
          firstBad ??= number;
        }
        return;
      }
      book.series(undefined, read.name).add(read.endMs, (read.endMs - read.startMs) / 1000, read.failed);
    } else if (kind === "USER") {
      begin();
      const isStart = fields.includes("START");
      if (!isStart && !fields.includes("END")) return;
      active = Math.max(0, active + (isStart ? 1 : -1));
      most = Math.max(most, active);
      const atMs = fields.map(Number).findLast((value) => value > 1e12 && value < 1e13);
      if (atMs !== undefined) book.slices(undefined).users(atMs, active);
    } else if (/^(?:GROUP|ASSERTION|ERROR|ACTION)$/.test(fields[0]!)) begin();
    else if (last) cut = true;
    else {
      bad++;
      firstBad ??= number;
    }
  });
  if (!begun) throw new AppError("FORMAT_SCHEMA", "no line of a simulation.log", { file: source.name, line: 1 });
  if (bad > 0)
    sink.warn({
      code: "NOISE_SKIPPED",
      message: bad === 1 ? "a line is not of this format" : `${bad} lines are not of this format`,
      line: firstBad,
    });
  if (book.count > 0) book.emit({ knowsFailures: true }, () => (most === 0 ? {} : { users: most }));
  const incomplete = cut
    ? "the last line is cut"
    : active > 0
      ? `${active} users never ended: the run was stopped`
      : undefined;
  const { span } = book;
  const startMs = meta.startedAtMs ?? span?.startMs;
  endLoad(sink, { ...meta, ...(span === undefined ? {} : timesOf({ ...span, startMs: startMs! })) }, incomplete);
}

const TIME = /^\d{13}$/;

/** Behind its groups a name that is an address is not seen as one any more: its ids would each be an operation. */
const templated = (name: string): string => (name.startsWith("/") ? operationOf(name) : name);

/** `REQUEST [scenario] [user] groups name start end OK|KO message`: only the last ones stand in every version. */
function requestOf(
  fields: readonly string[],
): { name: string; startMs: number; endMs: number; failed: boolean } | undefined {
  const status = fields.findIndex(
    (field, i) => i > 3 && (field === "OK" || field === "KO") && TIME.test(fields[i - 1]!),
  );
  if (status === -1) return undefined;
  // Gatling 2.0 to 2.2 write four times: first and last byte of both ways.
  let first = status - 1;
  while (first > 1 && TIME.test(fields[first - 1]!)) first--;
  const [startMs, endMs] = [Number(fields[first]), Number(fields[status - 1])];
  if (first === status - 1 || endMs < startMs) return undefined;
  const groups = (fields[first - 2] ?? "").split(",").filter((group) => group.trim() !== "" && first - 2 > 0);
  const name = fields[first - 1]!;
  // In 2.x and 3.0 the column before the groups is the user's number, never a group's name.
  const path = groups.length === 0 || /^\d+$/.test(groups[0]!) ? [name] : [...groups, templated(name)];
  return { name: path.join(" / "), startMs, endMs, failed: fields[status] === "KO" };
}
