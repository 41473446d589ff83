/** Points in time as users write them in queries. Without a zone they are UTC. */
const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const RELATIVE = /^(?:now)?(?:([+-])(\d{1,9})(ms|s|m|h|d|w))?$/;
const RFC3339 = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+ -]\d\d:?\d\d)?)?$/i;
/** The largest time a Date holds. */
const MAX_MS = 8.64e15;

export const TIME_HELP = "RFC 3339, unix seconds, or relative to now such as -2h or now-30d";

/** Milliseconds since the epoch, or undefined when `text` is no time. */
export function parseTime(text: string, nowMs: number): number | undefined {
  const relative = text === "" ? null : RELATIVE.exec(text);
  if (relative !== null) {
    const [, sign, amount, unit] = relative;
    if (sign === undefined) return nowMs;
    return inRange(nowMs + (sign === "-" ? -1 : 1) * Number(amount) * UNITS_MS[unit!]!);
  }
  if (/^\d{1,13}(\.\d{1,9})?$/.test(text)) return inRange(Math.round(Number(text) * 1000));
  const absolute = RFC3339.exec(text);
  if (absolute === null) return undefined;
  const [, day, time = "00:00:00", written = "Z"] = absolute;
  // A plus that was not percent-encoded arrives as a space.
  const zone = written.replace(" ", "+");
  const colon = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const ms = Date.parse(`${day}T${time}${colon}`);
  // Date.parse takes 2026-02-30 for March: refuse what does not come back as it was written.
  if (Number.isNaN(ms) || new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().slice(0, 10) !== day) return undefined;
  return ms;
}

const inRange = (ms: number): number | undefined => (Math.abs(ms) <= MAX_MS ? ms : undefined);
