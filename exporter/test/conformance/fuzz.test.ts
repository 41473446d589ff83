/**
 * Every parser of the registry on damaged reports. What it makes of them is not judged, but that it is a possible report, or one
 * AppError with a place. `FUZZ_SECONDS=60` looks longer; a find prints its bytes and belongs into `finds.ts`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, test } from "vitest";
import { FORMATS } from "../../src/formats/registry.ts";
import type { Format } from "../../src/model/format.ts";
import { FINDS } from "./finds.ts";
import { damaged } from "./mutations.ts";
import { holds } from "./possible.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0);

/** Large ones say nothing that smaller ones do not. */
const MAX_SEED_BYTES = 100_000;
const seedsOf = ({ id }: Format): Buffer[] =>
  readdirSync(join(FIXTURES, id))
    .filter((name) => name !== "SOURCES.md")
    .map((name) => readFileSync(join(FIXTURES, id, name)).subarray(0, MAX_SEED_BYTES));

describe.each(FORMATS.map((format) => [format.id, format] as const))("%s", (_, format) => {
  test("makes a possible report of damaged ones, or refuses them with one error", { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(damaged(seedsOf(format)), fc.boolean(), async (bytes, forced) => {
        await holds(bytes, forced ? format.id : undefined);
      }),
      SECONDS > 0
        ? { numRuns: 1e9, interruptAfterTimeLimit: SECONDS * 1000, endOnFailure: false }
        : { numRuns: 120, interruptAfterTimeLimit: 20_000 },
    );
  });
});

test.each(FINDS)("$format: $what", async ({ format, bytes }) => holds(Buffer.from(bytes), format));
