import { createReadStream } from "node:fs";
import type { Config } from "../config/schema.ts";
import { formatLimits } from "../config/settings.ts";
import { AppError, atPlace, toAppError } from "../errors.ts";
import { formatById, readReport } from "../formats/registry.ts";
import { createClassifier } from "../model/error-type.ts";
import { runnerClass } from "../model/runner.ts";
import type { WriteTransaction } from "../model/store.ts";
import { baseName, partOf } from "./context.ts";
import { StoreSink } from "./sink.ts";
import type { Receipt, ReportBody, Submission } from "./types.ts";

const CHUNK_BYTES = 256 * 1024;

/** Reads one submission into an open transaction. Throws AppError with the submission's name as place; its part is undone then. */
export async function ingestOne(
  tx: WriteTransaction,
  submission: Submission,
  config: Config,
  now: number,
): Promise<Receipt> {
  const { header, completion } = partOf(submission, config, now);
  const source = { name: submission.name, chunks: chunksOf(submission.body, submission.name) };
  try {
    const { kind, run, counts, notes, warnings, coverage, uncovered } = await tx.part(
      header,
      completion,
      async (open) => {
        // The format is known when the registry has looked at the head, before it emits anything.
        let format = "";
        const sink = new StoreSink({
          open: (suite) => open(suite, format, formatById(format)!.yields),
          suiteLabel: header.context.suite,
          classify: createClassifier(config.errorTypes),
          fallbackLabel: baseName(submission.name).replace(/\.[A-Za-z0-9.]{1,12}$/, "") || "default",
        });
        await readReport(source, sink, formatLimits(config), header.context.format, (id) => {
          format = id;
        });
        sink.writer();
        const { meta, warnings: found, failures } = sink;
        const { runnerClass: given = config.runnerClass, hostRunnerClass } = header.context;
        return { meta, warnings: found, failures, runnerClass: given ?? runnerClass(meta.runner) ?? hostRunnerClass };
      },
    );
    const { format, measures, loadResults, failures, state, taskId } = notes;
    const part = header.context.part;
    return {
      outcome: kind,
      format,
      part,
      run,
      counts,
      measures,
      loadResults,
      coverage,
      uncovered,
      failures,
      warnings,
      taskId,
      state,
    };
  } catch (error) {
    throw atPlace(toAppError(error), { file: submission.name });
  }
}

async function* chunksOf(body: ReportBody, name: string): AsyncGenerator<Uint8Array> {
  if (body.kind === "bytes") {
    for (let from = 0; from < body.bytes.length; from += CHUNK_BYTES)
      yield body.bytes.subarray(from, from + CHUNK_BYTES);
    return;
  }
  try {
    yield* createReadStream(body.path, { highWaterMark: CHUNK_BYTES });
  } catch (cause) {
    throw new AppError(
      "INPUT_UNREADABLE",
      cause instanceof Error ? cause.message : String(cause),
      { file: name },
      { cause },
    );
  }
}
