/**
 * `alertmanager.yml`: everything to Plumbline's records, critical alerts to the pager at once, warnings grouped to the team's channel,
 * escalations to those above. "At once" is `group_wait`, 10 s by default: with 0 s the first message of a storm would hold only what had
 * arrived by then.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { generatedYaml } from "../../prometheus/src/yaml.ts";
import { inhibitRules } from "./inhibitions.ts";
import { timeIntervals } from "./quiet-hours.ts";
import { receivers, smtp } from "./receivers.ts";
import { routes } from "./routes.ts";

/** Where the file is, under the folder that it lies in. */
export const TEMPLATE = "templates/plumbline.tmpl";

export function alertmanagerConfig(config: Config): unknown {
  const global = smtp(config);
  const intervals = timeIntervals(config);
  return {
    ...(Object.keys(global).length === 0 ? {} : { global }),
    // Relative to this file.
    templates: ["templates/*.tmpl"],
    route: routes(config),
    inhibit_rules: inhibitRules(config),
    ...(intervals.length === 0 ? {} : { time_intervals: intervals }),
    receivers: receivers(config),
  };
}

export const alertmanagerYaml = (config: Config): string => generatedYaml(alertmanagerConfig(config));
