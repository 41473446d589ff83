/** What goes wrong, by type. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { duration } from "../../../prometheus/src/promql.ts";
import { clickedColumn, joinedTable, type Panel, page, UNIT } from "../helper.ts";
import { grown, shown } from "../scope.ts";

const TYPE = "Error type";

export function errorTable(config: Config): Panel {
  const window = duration(config.metrics.errorWindowSeconds);
  const count = `sum by (error_type) (${grown(CATALOGUE.errors)}) > 0`;
  const affected = `sum by (error_type) (${shown(CATALOGUE.errorAffectedTests)}) > 0`;
  // The gauge keeps the newest occurrence for ever; a type that has neither count nor tests is over.
  const last = `max by (error_type) (${shown(CATALOGUE.errorLastOccurrence)} > 0) * 1000`;
  return joinedTable({
    title: "Errors",
    description:
      "Which types of error occur, most frequent first. Count follows the time range of the dashboard; affected tests (distinct ones in " +
      `each suite and branch) are always of the last ${window}, so a type may have a count and no affected tests. ` +
      "A click on a type lists its messages and tests.",
    unit: UNIT.count,
    width: 24,
    height: 9,
    joinBy: "error_type",
    exprs: [count, `${last}\nand on (error_type)\n(${count} or ${affected})`, affected],
    columns: [
      {
        field: "error_type",
        title: TYPE,
        link: {
          title: "Messages and tests of this type",
          url: page(`/errors?type=${clickedColumn(TYPE)}`),
        },
      },
      { field: "Value #A", title: "Count", unit: UNIT.count, decimals: 0, width: 160 },
      { field: "Value #B", title: "Last occurrence", unit: UNIT.ago, width: 220 },
      { field: "Value #C", title: `Affected tests (${window})`, unit: UNIT.count, decimals: 0, width: 220 },
    ],
    sortBy: "Count",
    empty: "no errors in this time",
  });
}
