import type { Format } from "../model/format.ts";
import { callgrindKind } from "./callgrind-lines.ts";
import { readCargoBench } from "./cargo-bench.ts";
import { CRITERION } from "./criterion-lines.ts";
import { xmlShape } from "./sniff.ts";
import { plain } from "./text.ts";

/** What iai prints: counts of instructions, accesses to caches and memory, and cycles estimated from them. */
export const iai: Format = {
  id: "iai",
  title: "iai text",
  yields: "measures",
  tools: ["iai"],
  extensions: ["txt", "log", "out"],
  reads: "stream",
  sniff: (head) => {
    if (xmlShape(head) !== undefined) return "no";
    const text = plain(head);
    return callgrindKind(text) === "iai" && !CRITERION.test(text) ? "certain" : "no";
  },
  parse: (source, sink, limits) => readCargoBench(source, sink, limits, "iai"),
};
