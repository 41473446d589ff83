/**
 * What dashboards are written with. `build/` and `finish.ts` are all that knows the Foundation SDK (0.0.21, a preview: a breaking
 * release shall touch these files only).
 */
export * from "./build/addresses.ts";
export * from "./build/dashboard.ts";
export { type GraphSpec, graph, type LineStyle } from "./build/graph.ts";
export * from "./build/shapes.ts";
export {
  type Link,
  NO_RUNS,
  NO_RUNS_HINT,
  type Panel,
  type PanelSpec,
  type Query,
  type Step,
  UNIT,
  type Unit,
} from "./build/spec.ts";
export * from "./build/stat.ts";
export * from "./build/table.ts";
