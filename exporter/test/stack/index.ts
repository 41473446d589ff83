/** The real servers, for tests. Each start function installs what it needs and throws when that cannot be had. */
export * from "./alerting.ts";
export * from "./alertmanager.ts";
export { launchBrowser } from "./chromium.ts";
export { amtool, promtool, type Ran, runCommand } from "./command.ts";
export { findInstalledStack, type Missing, STACK_FOLDER, type Stack } from "./find.ts";
export { findStack } from "./install.ts";
export * from "./mail.ts";
export * from "./plumbline.ts";
export { freePort, type Place, type Server, type ServerSpec, startServer } from "./processes.ts";
export * from "./prometheus.ts";
export type { Labels, QueryApi, Sample, Series, Time } from "./prometheus-api.ts";
export * from "./pushgateway.ts";
export { ALL_TOOLS, type Tool } from "./tools.ts";
export { until } from "./until.ts";
export * from "./victoria-metrics.ts";
export * from "./webhook.ts";
