/**
 * Everything that is generated from the configuration for the stack around Plumbline: `plumbline provision` writes it for a
 * user's numbers, `npm run generate` for the defaults into the repository.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { alertmanagerYaml, TEMPLATE } from "../../../alertmanager/src/alertmanager-config.ts";
import { dashboards } from "../../../grafana/src/dashboards.ts";
import { dashboardJson } from "../../../grafana/src/helper.ts";
import { datasourcesYaml, providersYaml } from "../../../grafana/src/provisioning.ts";
import { prometheusYaml } from "../../../prometheus/src/prometheus-config.ts";
import { ruleTestFiles } from "../../../prometheus/src/rule-tests/index.ts";
import { rulesYaml } from "../../../prometheus/src/rules.ts";
import { type Config, defaultConfig } from "../config/schema.ts";
import { ownPackage } from "./package.ts";

/** Path, relative to the folder they go to and with forward slashes, to content. Mounted or copied as they are. */
export function provisionFiles(config: Config): Map<string, string> {
  return new Map([
    ...[...dashboards(config)].map(
      ([name, dashboard]) => [`grafana/dashboards/${name}`, dashboardJson(dashboard)] as const,
    ),
    ["grafana/provisioning/datasources/plumbline.yml", datasourcesYaml(config)],
    ["grafana/provisioning/dashboards/plumbline.yml", providersYaml()],
    ["prometheus/prometheus.yml", prometheusYaml(config)],
    ["prometheus/rules/plumbline.yml", rulesYaml(config)],
    ["alertmanager/alertmanager.yml", alertmanagerYaml(config)],
    // Written by hand; another *.tmpl beside it may define a part anew.
    [`alertmanager/${TEMPLATE}`, readFileSync(join(ownPackage().root, "alertmanager", TEMPLATE), "utf8")],
  ]);
}

/** What the repository holds: the files for the defaults, and the rule tests, whose figures are those of the defaults. */
export function repositoryFiles(): Map<string, string> {
  return new Map([
    ...provisionFiles(defaultConfig()),
    ...[...ruleTestFiles()].map(([name, content]) => [`prometheus/tests/${name}`, content] as const),
  ]);
}
