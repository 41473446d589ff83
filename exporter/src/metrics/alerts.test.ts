import { expect, test } from "vitest";
import { exposed } from "./__testing__/exposed.ts";
import { alertRow } from "./__testing__/rows.ts";

const SCOPE = 'branch="main",environment="ci",project="web"';
const nowhere = { project: "", suite: "", environment: "", branch: "" };

test("what fires shows its level, 0 while somebody is on it, and nothing once it is over", async () => {
  const { store, series } = exposed();
  store.commit({ alerts: [alertRow({ level: 3 })] });
  const level = `plumbline_alert_escalation_level{${SCOPE},source_alert="TestRunFailed",suite="unit",team="core"}`;
  expect(await series("plumbline_alert_esc")).toEqual({ [level]: 3 });
  expect(await series("test_alert")).toEqual({});

  store.commit({ alerts: [alertRow({ level: 3, acknowledged: true })] });
  expect(await series("plumbline_alert_esc")).toEqual({ [level]: 0 });
  expect(await series("test_alert")).toEqual({
    [`test_alert_acknowledged{${SCOPE},source_alert="TestRunFailed",suite="unit"}`]: 1,
  });

  store.commit({ alerts: [alertRow({ open: false, acknowledged: false })] });
  expect({ ...(await series("plumbline_alert_esc")), ...(await series("test_alert")) }).toEqual({});
});

test("another team takes the series over; what does not climb has no level", async () => {
  const { store, series } = exposed();
  store.commit({ alerts: [alertRow()] });
  store.commit({ alerts: [alertRow({ team: "web" })] });
  expect(Object.keys(await series("plumbline_alert_esc"))).toEqual([expect.stringContaining('team="web"')]);
  store.commit({ alerts: [alertRow({ level: undefined, acknowledged: true })] });
  expect(await series("plumbline_alert_esc")).toEqual({});
  expect(Object.keys(await series("test_alert"))).toHaveLength(1);
});

test("alerts about no suite have no labels of one", async () => {
  const { store, series } = exposed();
  store.commit({ alerts: [alertRow({ matter: { alertname: "PlumblineDown", ...nowhere }, team: undefined })] });
  expect(await series("plumbline_alert_esc")).toEqual({
    'plumbline_alert_escalation_level{source_alert="PlumblineDown"}': 1,
  });
});
