/**
 * Store and view together, as Prometheus scrapes them: however suites come, go and get other names, every test that was executed
 * raises the counters exactly once, no series ever falls, and who looks seldom sees what is there.
 */
import { rmSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { configSchema } from "../../src/config/schema.ts";
import { createMetricsView } from "../../src/metrics/view.ts";
import { Clock, putPart, settingsOf } from "../../src/store/__testing__/support.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { temporaryFolder } from "../temporary.ts";

const SCRAPE_MS = 5_000;
/** The hold of the default configuration, and one scrape more. */
const SETTLED = 3;
const suite = fc.nat(2);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      suite,
      tests: fc.integer({ min: 1, max: 3 }),
      branch: fc.constantFrom("main", "release", "pull_request"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("scrape" as const), times: fc.integer({ min: 1, max: SETTLED }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("retire" as const), suite }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rename" as const), suite }) },
);

test("whatever happens to suites, increases add up to what was executed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const file = path.join(temporaryFolder("suite-life"), "p.db");
      const clock = new Clock();
      const store = openSqlite(file, settingsOf(clock), "write");
      try {
        const view = () => createMetricsView({ store, config: configSchema.parse({}), now: clock.read });
        const followed = view();
        const series = new Map<string, { first: number; last: number }>();
        const shown = async (one = followed): Promise<Map<string, number>> => {
          await one.refresh();
          const found = new Map<string, number>();
          for (const { family, series: all } of one.families())
            for (const each of all)
              if (
                family.name === "test_case_executions_total" &&
                each.kind === "sample" &&
                each.labels.result === "passed"
              )
                found.set(JSON.stringify(each.labels), each.value);
          return found;
        };
        const scrape = async (times: number): Promise<void> => {
          for (let i = 0; i < times; i++) {
            clock.advance(SCRAPE_MS);
            for (const [key, value] of await shown()) {
              const known = series.get(key);
              if (known !== undefined) expect(value, key).toBeGreaterThanOrEqual(known.last);
              series.set(key, { first: known?.first ?? value, last: value });
            }
          }
        };
        /** Today's name of each suite, and all that it ever had. */
        const names = ["s0", "s1", "s2"];
        const ran = [false, false, false];
        let executed = 0;
        for (const [index, one] of steps.entries()) {
          // A run ends after what was decided before it.
          clock.advance(1);
          if (one.kind === "run") {
            const cases = Array.from({ length: one.tests }, (_, i) => `t${i}`);
            // Under its first name: an alias, if it was renamed.
            await putPart(store, clock, { runId: `r${index}`, suite: `s${one.suite}`, branchLabel: one.branch, cases });
            executed += one.tests;
            ran[one.suite] = true;
          } else if (one.kind === "scrape") await scrape(one.times);
          else {
            // What nobody has scraped when a series ends was seen by nobody.
            await scrape(SETTLED);
            if (!ran[one.suite]) continue;
            const key = { project: "shop", suite: names[one.suite]! };
            if (one.kind === "retire") await store.write((tx) => tx.retireSuite(key, false));
            else {
              names[one.suite] = `s${one.suite}-${index}`;
              await store.write((tx) => tx.renameSuite(key, names[one.suite]!));
            }
          }
        }
        await scrape(SETTLED);
        const rises = [...series.values()].reduce((sum, { first, last }) => sum + last - first, 0);
        expect(rises).toBe(executed);
        expect(await shown(view())).toEqual(await shown());
      } finally {
        await store.close();
        rmSync(path.dirname(file), { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
});
