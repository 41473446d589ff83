/**
 * Held by `npm run check`: the committed dashboards have the types that Grafana itself uses (`@grafana/schema`), member by member.
 * Nothing runs this file.
 */
import type { Dashboard } from "@grafana/schema";
import type benchmarks from "./dashboards/performance/benchmarks.json";
import type deviations from "./dashboards/performance/deviations.json";
import type performance from "./dashboards/performance/performance.json";
import type targets from "./dashboards/performance/targets.json";
import type plumbline from "./dashboards/self/plumbline.json";
import type executive from "./dashboards/tests/executive.json";
import type live from "./dashboards/tests/live-execution.json";
import type suites from "./dashboards/tests/suites.json";
import type trends from "./dashboards/tests/trends.json";

/** JSON has texts where Grafana has enums. */
type Plain<T> = T extends string ? string : T extends object ? { readonly [K in keyof T]: Plain<T[K]> } : T;
type Fits<T extends Plain<Dashboard>> = T;

export type Checked = [
  Fits<typeof live>,
  Fits<typeof suites>,
  Fits<typeof trends>,
  Fits<typeof executive>,
  Fits<typeof performance>,
  Fits<typeof benchmarks>,
  Fits<typeof deviations>,
  Fits<typeof targets>,
  Fits<typeof plumbline>,
];
