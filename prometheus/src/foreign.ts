/** What rules read of Prometheus and Alertmanager themselves; everything of ours is in the catalogue. */
export const FOREIGN = {
  up: "up",
  /** One series per alert and state (`alertstate`), with the alert's own labels. */
  alerts: "ALERTS",
  /** When the condition of an alert began to hold, in seconds since the epoch: its pending time is part of it. */
  alertsForState: "ALERTS_FOR_STATE",
  notifications: "alertmanager_notifications_total",
  notificationsFailed: "alertmanager_notifications_failed_total",
  alertsDropped: "prometheus_notifications_dropped_total",
  alertmanagersDiscovered: "prometheus_notifications_alertmanagers_discovered",
} as const;
