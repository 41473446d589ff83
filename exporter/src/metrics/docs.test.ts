import { expect, test } from "vitest";
import { FAMILIES } from "./catalogue.ts";
import { metricsTable } from "./docs.ts";

test("the table has a row for every family, with its labels and help", () => {
  const lines = metricsTable().trimEnd().split("\n");
  expect(lines).toHaveLength(FAMILIES.length + 2);
  expect(lines[0]).toBe("| Name | Type | Labels | Help |");
  expect(lines).toContain(
    "| `test_runs_total` | counter | `project`, `environment`, `branch`, `result` | Completed test runs by result. |",
  );
});
