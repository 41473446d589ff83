/** When an alert that nobody acknowledges climbs (R2). Pure; the store keeps what follows, `model/alert.ts` says how they meet. */
import { type Config, recordsRepeatSeconds } from "../config/schema.ts";
import { type AlertClass, type Climb, ESCALATION_KIND, type EscalationPolicy } from "../model/alert.ts";

/** Fires always, on purpose: its silence is the alarm. */
const WATCHDOG = "Watchdog";

/** Alertmanager may be slow, or restart. */
const LEAST_SILENCE_MS = 600_000;

/**
 * Levels count from the moment the alert fires. Where an acknowledgement has ended, the next level is due at once if its time is over,
 * and those after it keep their distance: nobody wakes three levels of people in one second. `listeningSinceMs`: when this process began to hear Alertmanager.
 */
export function escalationPolicy(
  { escalation, notifications }: Pick<Config, "escalation" | "notifications">,
  listeningSinceMs: number,
): EscalationPolicy {
  // Two repeats may be lost; so long after the last one it fires no more, whatever Alertmanager kept to itself.
  const silenceMs = Math.max(
    LEAST_SILENCE_MS,
    (2 * recordsRepeatSeconds({ notifications }) + notifications.groupIntervalSeconds) * 1000,
  );
  const { levels } = escalation;
  const afterMs = (level: number): number => (levels.findLast((one) => one.level <= level)?.afterSeconds ?? 0) * 1000;
  const severities: readonly string[] = escalation.engine === "exporter" ? escalation.severities : [];
  return {
    climbs: ({ alertname, severity, kind }: AlertClass): boolean =>
      severities.includes(severity) && kind !== ESCALATION_KIND && alertname !== WATCHDOG,
    next({ sinceMs, level, levelAtMs, resumedAtMs = sinceMs }: Climb) {
      const above = levels.find((one) => one.level > level);
      if (above === undefined) return undefined;
      const after = above.afterSeconds * 1000;
      const dueMs = Math.max(sinceMs + after, levelAtMs + after - afterMs(level), resumedAtMs);
      return { level: above.level as Climb["level"], dueMs };
    },
    silentSinceMs: (nowMs: number) => (nowMs - listeningSinceMs > silenceMs ? nowMs - silenceMs : undefined),
  };
}
