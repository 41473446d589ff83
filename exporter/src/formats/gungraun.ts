import type { Format } from "../model/format.ts";
import { callgrindKind } from "./callgrind-lines.ts";
import { readCargoBench } from "./cargo-bench.ts";
import { CRITERION } from "./criterion-lines.ts";
import { xmlShape } from "./sniff.ts";
import { plain } from "./text.ts";

/**
 * What Gungraun (once iai-callgrind) prints: the new count, a bar, and the one before. A benchmark is named by its module path and
 * id, as in the JSON summaries; its arguments are a tag. Counts of DHAT, DRD and the like bear the tool's name.
 */
export const gungraun: Format = {
  id: "gungraun",
  title: "Gungraun text",
  yields: "measures",
  tools: ["Gungraun", "iai-callgrind"],
  extensions: ["txt", "log", "out"],
  reads: "stream",
  sniff: (head) => {
    if (xmlShape(head) !== undefined) return "no";
    const text = plain(head);
    return callgrindKind(text) === "gungraun" && !CRITERION.test(text) ? "certain" : "no";
  },
  parse: (source, sink, limits) => readCargoBench(source, sink, limits, "gungraun"),
};
