/**
 * Quiet hours as Alertmanager's time intervals. What fires then is told when they end, if it still fires; what resolved meanwhile is
 * never told. A route does not inherit its parent's, so each states its own.
 */
import type { Config } from "../../exporter/src/config/schema.ts";

type QuietHours = Config["notifications"]["quietHours"][number];
export type Quieted = QuietHours["severities"][number];

const WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
type Day = (typeof WEEK)[number];

const END_OF_DAY = "24:00";
const nextDay = (day: Day): Day => WEEK[(WEEK.indexOf(day) + 1) % WEEK.length]!;

/** Alertmanager knows no range over midnight: such hours are two, the second on the day after. */
function intervals({ days, from, to, timezone }: QuietHours): readonly unknown[] {
  const interval = (weekdays: readonly Day[] | undefined, start: string, end: string): unknown => ({
    times: [{ start_time: start, end_time: end }],
    ...(weekdays === undefined ? {} : { weekdays }),
    location: timezone,
  });
  if (from < to) return [interval(days, from, to)];
  const evening = interval(days, from, END_OF_DAY);
  return to === "00:00" ? [evening] : [evening, interval(days?.map(nextDay), "00:00", to)];
}

export const timeIntervals = ({ notifications }: Config): readonly unknown[] =>
  notifications.quietHours.map((one) => ({ name: one.name, time_intervals: intervals(one) }));

/** Names of the hours in which that severity waits: for everybody, and for that team when one is named. */
export const quietFor = ({ notifications }: Config, severity: Quieted, team?: string): readonly string[] =>
  notifications.quietHours
    .filter(({ severities, teams }) => {
      const concerns = teams === undefined || (team !== undefined && teams.includes(team));
      return concerns && severities.includes(severity);
    })
    .map(({ name }) => name);

/** Teams that some quiet hours name. */
export const teamsWithQuietHours = ({ notifications }: Config): readonly string[] => [
  ...new Set(notifications.quietHours.flatMap(({ teams }) => teams ?? [])),
];
