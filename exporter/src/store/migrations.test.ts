/** Stores of earlier versions, brought up to date with what they hold. */
import { rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { Clock, measure, putPart, settingsOf, T0 } from "./__testing__/support.ts";
import { migrate } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";

const file = path.join(temporaryFolder("migrations"), "old.db");
afterEach(() => rmSync(file, { force: true }));

/** A store as version 2 left it: a complete run and an open one, with measures, a counter and a histogram. */
function versionTwo(): void {
  const db = new DatabaseSync(file);
  migrate(db, file, 2);
  db.exec(`
    INSERT INTO run (id, uuid, project, environment, run_id, branch_label, status, started_ms, ended_ms, received_ms, completed_ms,
      parts_received, history, duration_seconds, passed, failed, errored, skipped, retries, flaky)
    VALUES (1, 'u1', 'shop', 'ci', 'r1', 'main', 'measured', 0, ${T0}, ${T0}, ${T0}, 1, 0, 0, 0, 0, 0, 0, 0, 0),
           (2, 'u2', 'shop', 'ci', 'r2', 'main', 'running', 0, ${T0}, ${T0}, NULL, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    INSERT INTO scope VALUES (1, 'shop', 'unit', 'ci', 'main');
    INSERT INTO suite_result VALUES
      (1, 'unit', 1, 'measured', NULL, 0, ${T0}, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, '[[],[0]]', '{}', NULL, 2, 0, NULL),
      (2, 'unit', NULL, 'running', NULL, 0, ${T0}, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, '[[],[0]]', '{}', NULL, 1, 0, NULL);
    INSERT INTO part VALUES (1, 'report', '00', 'measures', 'm.json', ${T0}, 0, '{}', '[]', '{"suite":"unit","format":"measures","measures":2,"coverage":false,"failures":[]}', 'report', 1);
    INSERT INTO measure VALUES
      (1, 0, 'unit', 'measure', 'latency', 'latency', 'avg', 'api', NULL, 0.25, 'seconds', 250, 'ms', NULL),
      (1, 1, 'unit', 'benchmark', 'sort', 'time', 'avg', NULL, NULL, 1e-6, 'seconds', 1, 'us', NULL),
      (2, 0, 'unit', 'measure', 'latency', 'latency', 'avg', 'api', NULL, 9, 'seconds', 9000, 'ms', NULL);
    INSERT INTO counter VALUES ('executions', 1, 'passed', 7, ${T0}, 'r1', 1);
    INSERT INTO histogram VALUES ('case_duration', 1, '[0.1,1]', '[3,2,2]', 4.5, ${T0}, 'r1', 1);
    INSERT INTO last_run VALUES (1, NULL, 1, NULL, 1);
  `);
  db.close();
}

test("a store of version 2 keeps its counters and newest runs, and its measures become series", async () => {
  versionTwo();
  const clock = new Clock();
  const store = openSqlite(file, settingsOf(clock), "write");
  try {
    const { counters, histograms, lastRuns } = await store.changesSince(0);
    expect(counters).toMatchObject([{ counter: "executions", labels: ["passed"], value: 7, createdAtMs: T0 }]);
    expect(histograms).toMatchObject([{ histogram: "case_duration", labels: [], counts: [3, 2, 2], sum: 4.5 }]);
    expect(lastRuns).toMatchObject([{ measures: [{ name: "latency" }, { name: "sort" }], load: [] }]);
    const history = await store.measureHistory({}, { last: 10 }, { limit: 10 });
    expect(history.items.map(({ series, points }) => [series.kind, series.name, series.component, points])).toEqual([
      ["measure", undefined, "api", [expect.objectContaining({ runId: "r1", endedAtMs: T0, value: 0.25 })]],
      ["benchmark", "sort", undefined, [expect.objectContaining({ runUuid: "u1", value: 1e-6 })]],
    ]);
    expect((await store.run("r1")).loadResults).toEqual([]);
    const again = await putPart(store, clock, { hash: "00", measures: [] });
    expect(again).toMatchObject({ kind: "duplicate", notes: { measures: 2, loadResults: 0 } });
    // The same series goes on.
    await putPart(store, clock, { runId: "r3", measures: [measure("latency", 0.5, { component: "api" })] });
    const [first] = (await store.measureHistory({ kind: "measure" }, { last: 10 }, { limit: 10 })).items;
    expect(first!.points.map(({ value }) => value)).toEqual([0.25, 0.5]);
  } finally {
    await store.close();
  }
});
