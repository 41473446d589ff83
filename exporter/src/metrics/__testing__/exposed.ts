import { type Config, configSchema } from "../../config/schema.ts";
import { createExposition } from "../exposition.ts";
import type { ExpositionFormat } from "../negotiate.ts";
import { createMetricsView } from "../view.ts";
import { parseExposition } from "./parse.ts";
import { fakeStore, NOW } from "./rows.ts";

/** A view over a fake store, with what a scrape would read of it. */
export function exposed(config: Parameters<typeof configSchema.parse>[0] = {}, startMs = NOW) {
  const store = fakeStore();
  const clock = { ms: startMs };
  const parsed: Config = configSchema.parse(config);
  const view = createMetricsView({ store, config: parsed, now: () => clock.ms });
  const exposition = createExposition(view, parsed.metrics);
  const body = async (format: ExpositionFormat = "text"): Promise<string> => {
    await view.refresh();
    return Buffer.concat(exposition.body(format).chunks).toString("utf8");
  };
  return {
    store,
    clock,
    view,
    exposition,
    body,
    /** `name{a="b"}` with labels in order of name → value, for the families whose name starts so. */
    async series(prefix: string): Promise<Record<string, number>> {
      const all = [...parseExposition(await body()).families.values()].flatMap(({ samples }) => samples);
      return Object.fromEntries(
        all
          .filter(({ name }) => name.startsWith(prefix))
          .map(({ name, labels, value }) => {
            const set = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
            return [`${name}{${set.map(([key, label]) => `${key}="${label}"`).join(",")}}`, value];
          }),
      );
    },
  };
}
