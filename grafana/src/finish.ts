/**
 * Repairs what the Foundation SDK (0.0.21) leaves out or adds; each step names what goes wrong without it. Layout, the
 * shape of a variable's query and `allValue` are seen to in `helper.ts`.
 */
import type * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import { AnnotationQueryBuilder, VariableHide } from "@grafana/grafana-foundation-sdk/dashboard";

type AnyPanel = sdk.Panel | sdk.RowPanel;

export function finish(built: sdk.Dashboard): sdk.Dashboard {
  const panels = (built.panels ?? []).map((panel, index) => {
    // Without ids, `viewPanel=`, rendered images and panel links change their aim with each load.
    const numbered: AnyPanel = { ...panel, id: index + 1 };
    return "targets" in numbered && numbered.targets !== undefined
      ? { ...numbered, targets: numbered.targets.map(withRefId) }
      : numbered;
  });
  const dashboard: sdk.Dashboard = {
    ...built,
    // A number would tie the file to one database.
    id: null as never,
    panels,
    annotations: { list: [builtInAnnotation(), ...(built.annotations?.list ?? [])] },
    templating: { list: (built.templating?.list ?? []).map(settled) },
  };
  return withoutMenuPlacement(dashboard) as sdk.Dashboard;
}

/** Two targets without a refId are one to Grafana. */
function withRefId<T extends object>(target: T, index: number): T & { refId: string } {
  return { ...target, refId: String.fromCharCode("A".charCodeAt(0) + index) };
}

/** Every dashboard saved in Grafana has it; without it, notes and alert marks that users add are not shown. */
function builtInAnnotation(): sdk.AnnotationQuery {
  return {
    ...new AnnotationQueryBuilder()
      .name("Annotations & Alerts")
      .datasource({ type: "grafana", uid: "-- Grafana --" })
      .enable(true)
      .hide(true)
      .iconColor("rgba(0, 211, 255, 1)")
      .type("dashboard")
      .builtIn(1)
      .build(),
  };
}

/** A constant is hidden, has its value from the start, and cannot be changed by the address: links would lead elsewhere. */
function settled(variable: sdk.VariableModel): sdk.VariableModel {
  if (variable.type !== "constant" || typeof variable.query !== "string") return variable;
  const value = { text: variable.query, value: variable.query, selected: true };
  return { ...variable, hide: VariableHide.HideVariable, skipUrlSync: true, current: value, options: [value] };
}

/** `"placement": "inControlsMenu"` is put on every link and annotation, and hides it in a menu on newer Grafana. */
function withoutMenuPlacement(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMenuPlacement);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => !(name === "placement" && inner === "inControlsMenu"))
      .map(([name, inner]) => [name, withoutMenuPlacement(inner)]),
  );
}
