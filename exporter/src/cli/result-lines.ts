import { minimalText } from "../formats/standard-write.ts";
import type { OutcomeCounts } from "../model/test.ts";
import { clean } from "./io.ts";

/** R5's minimal text of any result, safe for a terminal, ending with a newline. */
export function resultLines(result: {
  readonly counts: OutcomeCounts;
  readonly durationSeconds: number | undefined;
  readonly failures: readonly { test: string; file?: string | undefined; line?: number | undefined }[];
  readonly lineRatio: number | undefined;
  readonly branchRatio: number | undefined;
}): string {
  const { counts, durationSeconds, failures, lineRatio, branchRatio } = result;
  const text = minimalText({
    taskId: "",
    counts,
    durationSeconds,
    failures: failures.map((failure) => ({ ...failure, error: "", outcome: "failed" })),
    coverage: { lineRatio, branchRatio },
  });
  return `${text.split("\n").map(clean).join("\n")}\n`;
}
