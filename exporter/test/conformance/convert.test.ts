/** What `convert` writes of any test report reads back as the same results. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rendered, TARGETS } from "../../src/cli/convert.ts";
import { reportCollector } from "../../src/formats/collect.ts";
import { FORMATS, readReport } from "../../src/formats/registry.ts";
import { DEFAULT_LIMITS } from "../../src/model/format.ts";
import { type CaseResult, isFlaky } from "../../src/model/test.ts";
import { chunksOf, type Received, read } from "./reading.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");

const fixtures = FORMATS.filter(({ yields }) => yields === "tests").flatMap(({ id }) =>
  existsSync(join(FIXTURES, id))
    ? readdirSync(join(FIXTURES, id)).flatMap((name) => (name === "SOURCES.md" ? [] : [[id, name] as const]))
    : [],
);

/** JUnit XML groups cases by their suite; CTRF names are read without spaces around them. */
const names = (cases: readonly CaseResult[]): string[] => cases.map(({ name }) => name.trim()).sort();

describe.each(TARGETS)("converted to %s", (to) => {
  test.each(fixtures)("%s/%s has the same results", async (id, name) => {
    const bytes = readFileSync(join(FIXTURES, id, name));
    const before = await read(bytes, { format: id, name });
    const sink = reportCollector();
    await readReport({ name, chunks: chunksOf(bytes) }, sink, DEFAULT_LIMITS, id);
    const after = await read(await rendered(sink.result(), to, name), {
      name: `converted.${to === "junit" ? "xml" : "json"}`,
    });
    expect(after.format).toBe(to);

    const bad = ({ counts }: Received): number => counts.failed + counts.errored;
    // A run that did not end well and holds nothing that says so is told of by one errored case where the format has no states.
    const added = after.cases.length - before.cases.length;
    expect(added === 0 || (added === 1 && before.meta.state !== undefined), `${added} cases added`).toBe(true);
    expect(bad(after)).toBe(bad(before) + added);
    expect(after.counts.passed).toBe(before.counts.passed);
    expect(after.counts.skipped).toBe(before.counts.skipped);
    if (before.meta.state !== undefined) expect(after.meta.state !== undefined || bad(after) > 0).toBe(true);
    if (to === "standard") return;
    const flaky = ({ cases }: Received) => names(cases.filter(isFlaky));
    expect(flaky(after)).toEqual(flaky(before));
    const failing = ({ cases }: Received) => names(cases.filter(({ outcome }) => outcome === "failed"));
    expect(failing(after)).toEqual(failing(before));
  });
});
