/** Numbers, durations and times as text. Times are UTC milliseconds. */

/** @typedef {import("../../model/test.ts").OutcomeCounts} OutcomeCounts */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
/** @param {number} value */
export const count = (value) => whole.format(value);

/** @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** @param {OutcomeCounts} counts */
export const executed = (counts) => counts.passed + counts.failed + counts.errored;
/** @param {OutcomeCounts} counts */
export const total = (counts) => executed(counts) + counts.skipped;
/** Percent of executed that passed; undefined when nothing was executed. @param {OutcomeCounts} counts */
export const passPercent = (counts) => (executed(counts) === 0 ? undefined : (100 * counts.passed) / executed(counts));

/**
 * Two decimals, but never 100.00 when something failed, nor 0.00 when something passed.
 * @param {number | null | undefined} value
 */
export function percent(value) {
  if (value === undefined || value === null) return "–";
  const shown = value >= 100 ? 100 : value <= 0 ? 0 : Math.min(99.99, Math.max(0.01, value));
  return `${shown.toFixed(2)} %`;
}

/** @param {number} value */
const significant = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/** 850 ms, 12.5 s, 4 min 07 s, 2 h 05 min. @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (seconds === undefined || seconds === null) return "–";
  if (seconds === 0) return "0 s";
  if (seconds < 1e-6) return `${significant(seconds * 1e9)} ns`;
  if (seconds < 1e-3) return `${significant(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${significant(seconds * 1e3)} ms`;
  if (seconds < 59.95) return `${significant(seconds)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${two(rounded % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

/** @param {number} value @param {import("../../model/measure.ts").Unit} unit */
export function measured(value, unit) {
  if (unit === "seconds") return value < 0 ? `-${duration(-value)}` : duration(value);
  if (unit === "ratio") return `${(value * 100).toFixed(2)} %`;
  if (unit === "bytes") {
    const steps = ["B", "KiB", "MiB", "GiB", "TiB"];
    const step = value === 0 ? 0 : Math.min(4, Math.max(0, Math.floor(Math.log2(Math.abs(value)) / 10)));
    return `${step === 0 ? value : (value / 1024 ** step).toFixed(2)} ${steps[step]}`;
  }
  const number = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 }).format(value);
  return unit === "per_second" ? `${number}/s` : number;
}

/** @param {number} ms */
const iso = (ms) => (Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined);
/** 2026-11-20 11:04. @param {number} ms */
export const minuteUtc = (ms) => iso(ms)?.slice(0, 16).replace("T", " ") ?? "unknown time";
/** 2026-11-20 11:04:09 UTC. @param {number} ms */
export const fullUtc = (ms) =>
  iso(ms) === undefined ? "unknown time" : `${iso(ms)?.slice(0, 19).replace("T", " ")} UTC`;
/** 11:04:09 UTC. @param {number} ms */
export const clockUtc = (ms) => `${iso(ms)?.slice(11, 19)} UTC`;

/** @param {number} ms @param {number} nowMs */
export function relative(ms, nowMs) {
  const seconds = Math.abs(nowMs - ms) / 1000;
  const text =
    seconds < 10
      ? "just now"
      : seconds < 60
        ? `${Math.floor(seconds / 10) * 10} s`
        : seconds < 3600
          ? `${Math.floor(seconds / 60)} min`
          : seconds < 48 * 3600
            ? `${Math.floor(seconds / 3600)} h`
            : plural(Math.floor(seconds / 86_400), "day");
  return text === "just now" ? text : ms <= nowMs ? `${text} ago` : `in ${text}`;
}

/**
 * A point in time as a link may state it: now, now-2h, -2h, an ISO time, seconds or milliseconds since the epoch
 * (Grafana's $__from). Without a zone it is UTC.
 * @param {string} text
 * @param {number} nowMs
 * @returns {number | undefined}
 */
export function parseTime(text, nowMs) {
  const ago = /^(?:now)?(?:-(\d{1,9})([smhdw]))?$/.exec(text.trim());
  if (ago !== null && text.trim() !== "") {
    const unit = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 }[ago[2] ?? "s"] ?? 0;
    return nowMs - Number(ago[1] ?? 0) * unit;
  }
  if (/^\d{1,16}$/.test(text)) return text.length < 12 ? Number(text) * 1000 : Number(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const zoned = text.length === 10 || /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const parsed = Date.parse(zoned ? text : `${text}Z`);
  return Number.isNaN(parsed) ? undefined : parsed;
}
