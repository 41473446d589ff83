import { describe, expect, test } from "vitest";
import { configSchema } from "../config/schema.ts";
import type { AppError } from "../errors.ts";
import { lastRunRow, NOW, scope } from "../metrics/__testing__/rows.ts";
import type { DueSnapshot } from "../model/alert.ts";
import type { LastRunRow } from "../model/store.ts";
import { createSnapshots, snapshotOf } from "./snapshots.ts";

const measure = { kind: "measure", name: "m", measure: "api_response_time", stat: "p95", value: 0.7 } as const;
const rows: LastRunRow[] = [
  lastRunRow({}, { measures: [{ ...measure, unit: "seconds", sourceValue: 700, sourceUnit: "ms" }] }),
  lastRunRow({}, { scope: scope("e2e") }),
];
const matter = { alertname: "PerformanceDegradation", ...scope() };
const environment = { source: "host a", readings: [{ name: "cpu", unit: "ratio", value: 0.9, peak: undefined }] };
const config = configSchema.parse({
  targets: [
    { measure: "api_response_time", stat: "p95", target: 0.5, critical: 0.6 },
    { measure: "never_measured", target: 1 },
  ],
});

describe("a snapshot", () => {
  test("has what the suite's newest runs say, its targets' levels, and the environment with its source", () => {
    const taken = snapshotOf(matter, rows, config.targets, environment, NOW) as Record<string, unknown>;
    expect(taken).toMatchObject({
      takenAtMs: NOW,
      suites: [{ suite: "unit", values: expect.arrayContaining([expect.objectContaining({ value: 0.7 })]) }],
      suitesLeftOut: 0,
      targets: [{ level: "red", results: [{ suite: "unit", value: 0.7, unit: "seconds", level: "red" }] }],
      environment,
    });
    expect(JSON.parse(JSON.stringify(taken))).toMatchObject({ environment: { readings: [{ value: 0.9 }] } });
  });

  test("of an alert about no suite has all, up to a bound that is said", () => {
    const many = Array.from({ length: 25 }, (_, i) => lastRunRow({}, { scope: scope(`s${i}`) }));
    const nowhere = { alertname: "X", project: "", suite: "", environment: "", branch: "" };
    const taken = snapshotOf(nowhere, many, [], environment, NOW) as { suites: unknown[]; suitesLeftOut: number };
    expect([taken.suites.length, taken.suitesLeftOut]).toEqual([20, 5]);
  });

  test("of a suite that is not known has the environment alone", () => {
    const gone = { ...matter, suite: "gone" };
    expect(snapshotOf(gone, rows, config.targets, environment, NOW)).toMatchObject({
      suites: [],
      targets: [],
      environment,
    });
  });
});

describe("taking what is due", () => {
  function bench(due: DueSnapshot[]) {
    const saved: string[] = [];
    const errors: AppError[] = [];
    let readings = 0;
    const parts = {
      reader: {
        dueSnapshots: async (limit: number) => due.slice(0, limit),
        lastRuns: async () => rows,
      },
      config: () => config,
      environment: async () => {
        readings++;
        return environment;
      },
      save: async (alerts: readonly string[]) => {
        saved.push(alerts.join());
        due.splice(
          due.findIndex((one) => one.alerts === alerts),
          1,
        );
      },
      now: () => NOW,
      onError: (error: AppError) => void errors.push(error),
    };
    return { parts, saved, errors, readings: () => readings };
  }
  const dues = (n: number): DueSnapshot[] => Array.from({ length: n }, (_, i) => ({ matter, alerts: [`${i}`, "x"] }));

  test("takes each once, many with one look at the environment", async () => {
    const { parts, saved, readings } = bench(dues(501));
    await createSnapshots(parts).take();
    expect(saved).toHaveLength(501);
    expect(readings()).toBe(2);
  });

  test("what comes while it takes is taken too; two calls do not take twice", async () => {
    const due = dues(1);
    const { parts, saved } = bench(due);
    const snapshots = createSnapshots({
      ...parts,
      async save(alerts) {
        await parts.save(alerts);
        if (saved.length === 1) {
          due.push({ matter, alerts: ["late"] });
          void snapshots.take();
        }
      },
    });
    await Promise.all([snapshots.take(), snapshots.take()]);
    expect(saved).toEqual(["0,x", "late"]);
  });

  test("a failure is told and stays due; the next call takes it", async () => {
    const { parts, saved, errors } = bench(dues(1));
    let broken = true;
    const snapshots = createSnapshots({
      ...parts,
      async save(alerts) {
        if (broken) throw new Error("disk");
        await parts.save(alerts);
      },
    });
    await snapshots.take();
    expect(errors.map(({ message }) => message)).toEqual(["disk"]);
    broken = false;
    await snapshots.take();
    expect(saved).toEqual(["0,x"]);
    snapshots.stop();
  });

  test("nothing is taken once it is stopped", async () => {
    const { parts, saved } = bench(dues(1));
    const snapshots = createSnapshots(parts);
    snapshots.stop();
    await snapshots.take();
    expect(saved).toEqual([]);
  });
});
