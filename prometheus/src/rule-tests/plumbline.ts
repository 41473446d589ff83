/** What the alerts about Plumbline itself have in common. */
import { type Firing, type Labels, links } from "./support.ts";

export const ownAlert = (name: string, summary: string, description: string, labels: Labels = {}): Firing => ({
  labels: { severity: "warning", kind: "plumbline", team: "platform", component: "plumbline", ...labels },
  annotations: { summary, description, ...links(name, "", "", "plumbline-self") },
});
/** The exporter's own figures. */
export const at = (instance: string): Labels => ({ job: "plumbline", instance: `${instance}:10970` });
