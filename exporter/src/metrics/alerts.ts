import type { AlertRow } from "../model/alert.ts";
import type { Sample } from "./last-run.ts";

/** Of what fires: who is on it, and how far it has climbed. What does not climb has no level. */
export function alertSamples({ matter, team, open, acknowledged, level }: AlertRow): Sample[] {
  if (!open) return [];
  const { project, suite, environment, branch, alertname } = matter;
  const scope = [project, suite, environment, branch];
  const samples: Sample[] = [];
  if (acknowledged) samples.push({ family: "alertAcknowledged", labels: [...scope, alertname], value: 1 });
  if (level !== undefined)
    samples.push({
      family: "alertEscalationLevel",
      labels: [...scope, team ?? "", alertname],
      value: acknowledged ? 0 : level,
    });
  return samples;
}
