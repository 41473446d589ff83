/** The text report of hey, which oha's follows. */
import { type LoadBook, percentileOf } from "./load-book.ts";
import { durationOf, found, foundNumber } from "./load-text.ts";

export interface HeyReading {
  /** Of the whole test. */
  readonly seconds: number | undefined;
  readonly incomplete: string | undefined;
}

/** Adds the run to the book. Failed are answers of 400 and more (or no HTTP status at all) and requests without an answer. */
export function readHeyText(lines: readonly string[], book: LoadBook): HeyReading {
  const seconds = durationOf(found(lines, /^\s*Total:\s+([\d.]+ ?\S+)\s*$/));
  const rate = foundNumber(lines, /^\s*Requests\/sec:\s+([\d.]+)/);
  const [codes, errors] = [
    countsAfter(lines, /^Status code distribution:/),
    countsAfter(lines, /^Error distribution:/),
  ];
  const answered = codes?.reduce((sum, [, count]) => sum + count, 0);
  const unanswered = errors?.reduce((sum, [count]) => sum + Number(count), 0) ?? 0;
  const refused = codes?.reduce((sum, [code, count]) => sum + (/^[123]\d\d$/.test(code) ? 0 : count), 0);
  if (rate === undefined || answered === undefined || refused === undefined)
    return { seconds, incomplete: "the output ends before the distribution of status codes" };
  const time = (name: string): number | undefined =>
    durationOf(found(lines, new RegExp(`^\\s*${name}:\\s+([\\d.]+ ?\\S+)\\s*$`)));
  const latency: Record<string, number | undefined> = {
    avg: time("Average"),
    min: time("Fastest"),
    max: time("Slowest"),
  };
  for (const line of lines) {
    const match = /^\s*([\d.]+)%%? in ([\d.]+ ?\S+)\s*$/.exec(line);
    const stat = match === null ? undefined : percentileOf(String(Number(match[1])));
    if (stat !== undefined) latency[stat] = durationOf(match![2]);
  }
  const bytes = foundNumber(lines, /^\s*Total data:\s+(\d+) bytes/);
  book.add({
    requests: answered + unanswered,
    failures: refused + unanswered,
    requestsPerSecond: rate,
    receivedBytesPerSecond: bytes === undefined || !seconds ? undefined : bytes / seconds,
    latency: answered === 0 ? {} : latency,
  });
  return { seconds, incomplete: undefined };
}

/** `[200]	108 responses`, `[12]	Get "…": EOF`; undefined when there is no such heading. */
function countsAfter(lines: readonly string[], heading: RegExp): (readonly [string, number])[] | undefined {
  const from = lines.findIndex((line) => heading.test(line));
  if (from === -1) return undefined;
  const counts: (readonly [string, number])[] = [];
  for (const line of lines.slice(from + 1)) {
    const match = /^\s+\[([^\]]+)\]\s+(?:(\d+) responses|.*)\s*$/.exec(line);
    if (match === null) break;
    counts.push([match[1]!, Number(match[2] ?? 0)]);
  }
  return counts;
}
