import { createReadStream } from "node:fs";
import type { Config } from "../config/schema.ts";
import { formatLimits } from "../config/settings.ts";
import { AppError, atPlace, toAppError } from "../errors.ts";
import { readReport } from "../formats/registry.ts";
import type { ReportSource } from "../model/format.ts";
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
  let sink: StoreSink | undefined;
  let format = "";
  try {
    const outcome = await tx.part(header, completion, async (open) => {
      // The format is known when the registry has looked at the head, before it emits anything.
      sink = new StoreSink({
        open: (suite) => open(suite, format),
        suiteLabel: header.context.suite,
        fallbackLabel: baseName(submission.name).replace(/\.[A-Za-z0-9.]{1,12}$/, "") || "default",
      });
      await readReport(sourceOf(submission), sink, formatLimits(config), header.context.format, (id) => {
        format = id;
      });
      sink.writer();
      return { meta: sink.meta, warnings: sink.warnings };
    });
    return {
      outcome: outcome.kind,
      format,
      part: header.context.part,
      run: outcome.run,
      counts: outcome.counts,
      measures: sink?.measures ?? 0,
      coverage: sink?.coverageSeen,
      failures: sink?.failures ?? [],
      warnings: sink?.warnings ?? [],
      taskId: sink?.meta.taskId,
    };
  } catch (error) {
    throw atPlace(toAppError(error), { file: submission.name });
  }
}

function sourceOf(submission: Submission): ReportSource {
  return { name: submission.name, chunks: chunksOf(submission.body, submission.name) };
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
