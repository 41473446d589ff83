/** Numbers and times as tools write them. */

/**
 * Seconds, as `time` attributes state them; undefined when the text is no time. A decimal comma ("0,12") and thousands
 * ("1,234.5", "1.234,5") are read; "1,234" alone is a decimal comma, since a whole 1234 s is the rarer case. "12ms",
 * "1.5 s" and "00:01:02.5" occur and are read. Negative and non-finite values are no times.
 */
export function parseSeconds(text: string): number | undefined {
  const quick = Number(text);
  if (quick >= 0 && quick < Number.POSITIVE_INFINITY && text !== "" && text.charCodeAt(1) !== 0x78 /* 0x10 */)
    return text.trim() === "" ? undefined : quick;
  return parseOddSeconds(text.trim());
}

function parseOddSeconds(text: string): number | undefined {
  const clock = /^(?:(\d+):)?([0-5]?\d):([0-5]?\d(?:\.\d+)?)$/.exec(text);
  if (clock) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  const match = /^(\d[\d.,]*(?:e[+-]?\d+)?)\s*(ns|us|µs|ms|s|sec|seconds|m|min)?$/i.exec(text);
  if (!match) return undefined;
  const value = parseLocaleNumber(match[1]!);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return value * (FACTORS[(match[2] ?? "s").toLowerCase()] ?? 1);
}

const FACTORS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, m: 60, min: 60 };

/** A non-negative decimal number with either convention of separators; undefined when it is none. */
export function parseLocaleNumber(text: string): number | undefined {
  if (/^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^\d{1,3}(,\d{3})+\.\d+$/.test(text) || /^\d{1,3}(,\d{3}){2,}$/.test(text))
    return Number(text.replaceAll(",", ""));
  if (/^\d{1,3}(\.\d{3})+,\d+$/.test(text) || /^\d{1,3}(\.\d{3}){2,}$/.test(text))
    return Number(text.replaceAll(".", "").replace(",", "."));
  if (/^\d+,\d+(e[+-]?\d+)?$/i.test(text)) return Number(text.replace(",", "."));
  return undefined;
}

/** A whole number >= 0, as summary attributes have it; undefined when absent or no such number. */
export function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

/** Tools write the year 1 (gotestsum) or 1970 (jest-junit) where they know no time. */
const EARLIEST_MS = Date.UTC(1980, 0, 1);

/** Milliseconds since the epoch of an ISO 8601 time; without a zone it is UTC (never the zone of this machine). */
export function parseTimestamp(text: string): number | undefined {
  const match =
    /^\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9})\d*)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?\s*$/i.exec(
      text,
    );
  if (!match) return undefined;
  const [, date, time, fraction, zone] = match;
  const milliseconds = fraction === undefined ? 0 : Math.round(Number(`0.${fraction}`) * 1000);
  if (date !== lastSecond.date || time !== lastSecond.time || zone !== lastSecond.zone)
    lastSecond = { date, time, zone, ms: Date.parse(`${date}T${time ?? "00:00"}${isoZone(zone)}`) };
  return lastSecond.ms >= EARLIEST_MS ? lastSecond.ms + milliseconds : undefined;
}

/** Events of a log share their second with those beside them. */
let lastSecond: { date: string | undefined; time: string | undefined; zone: string | undefined; ms: number } = {
  date: undefined,
  time: undefined,
  zone: undefined,
  ms: Number.NaN,
};

function isoZone(zone: string | undefined): string {
  if (zone === undefined || /^[A-Z]/i.test(zone)) return "Z";
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
