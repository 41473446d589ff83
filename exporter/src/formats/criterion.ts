import type { Format } from "../model/format.ts";
import { readCargoBench } from "./cargo-bench.ts";
import { MESSAGE } from "./criterion-json.ts";
import { CRITERION } from "./criterion-lines.ts";
import { xmlShape } from "./sniff.ts";
import { plain } from "./text.ts";

/**
 * What criterion.rs prints. The middle of the three numbers is its estimate (of the slope, or of the mean), the others are the bounds of
 * its confidence interval, of which half the width is kept. Tests that `cargo bench` ignores are left out.
 */
export const criterion: Format = {
  id: "criterion",
  title: "criterion text",
  yields: "measures",
  tools: ["criterion.rs", "cargo-criterion"],
  extensions: ["txt", "log", "out"],
  reads: "stream",
  notes: "cargo bench 2>&1 | tee FILE: with standard error, a benchmark that has no result is noticed.",
  sniff: (head) =>
    xmlShape(head) === undefined && CRITERION.test(plain(head)) && !MESSAGE.test(head) ? "certain" : "no",
  parse: (source, sink, limits) => readCargoBench(source, sink, limits, "criterion"),
};
