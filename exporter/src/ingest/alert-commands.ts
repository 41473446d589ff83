import type { AlertStepCounts, EscalationPolicy } from "../model/alert.ts";
import type { WriteTransaction } from "../model/store.ts";
import type { AlertCommand } from "./types.ts";

export function obeyAboutAlerts(
  tx: WriteTransaction,
  command: AlertCommand,
  policy: EscalationPolicy,
): Promise<AlertStepCounts> {
  switch (command.kind) {
    case "receive":
      return tx.receiveAlerts(command.message, policy);
    case "acknowledge":
      return tx.acknowledgeAlert(command.alert, command.ack, policy);
    case "unacknowledge":
      return tx.unacknowledgeAlert(command.alert, command.by, policy);
    case "snapshot":
      return tx.saveAlertSnapshot(command.alerts, command.snapshot);
  }
}
