import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { type InspectDocument, inspectReport } from "../../src/formats/inspect.ts";
import { FORMATS } from "../../src/formats/registry.ts";
import { DEFAULT_LIMITS, type Format } from "../../src/model/format.ts";
import { MAX_SLICES } from "../../src/model/load.ts";
import { MAX_SAMPLES, STATS, UNITS } from "../../src/model/measure.ts";
import { chunksOf, read } from "./reading.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");
const GOLDEN = join(import.meta.dirname, "../golden");

const fixturesOf = (format: Format): string[] => {
  const folder = join(FIXTURES, format.id);
  return existsSync(folder) ? readdirSync(folder).filter((name) => name !== "SOURCES.md") : [];
};
const bytesOf = (format: Format, name: string): Buffer => readFileSync(join(FIXTURES, format.id, name));
const inspect = (bytes: Uint8Array, name: string, chunk?: number): Promise<InspectDocument> =>
  inspectReport({ name, chunks: chunksOf(bytes, chunk) }, DEFAULT_LIMITS);

/** What came of reading: a document, or the AppError. Anything else thrown fails the test. */
async function outcomeOf(bytes: Uint8Array, name: string): Promise<InspectDocument | AppError> {
  try {
    return await inspect(bytes, name);
  } catch (error) {
    expect(error, String((error as Error).stack)).toBeInstanceOf(AppError);
    expect((error as AppError).code).not.toBe("INTERNAL");
    expect((error as AppError).place.file).toBe(name);
    return error as AppError;
  }
}

/** Tests or values were found, all went well, and nothing says that something is missing. */
const looksClean = (document: InspectDocument): boolean => {
  if (document.kind === "coverage" || document.state !== undefined) return false;
  const bad = (document.summary?.failed ?? 0) + (document.summary?.errored ?? 0);
  const found = document.kind === "test-run" ? document.summary.total : document.benchmarks.length;
  return found > 0 && bad === 0 && !document.warnings.some((warning) => warning.code === "INCOMPLETE");
};

/**
 * A stream of `go test` that stops after a package's result is a whole stream of fewer packages; subunit likewise, by test; texts of
 * results by line, so that what failed may be beyond the cut.
 */
const endsBetweenPackages = (format: Format, text: string): boolean =>
  (["gotest", "gobench"].includes(format.id) &&
    /"Action":"(pass|fail|skip)","Package":"[^"]*","Elapsed":[^\n]*\}\n?$/.test(text)) ||
  (format.id === "gobench" && /(^|\n)(ok|FAIL)\s[^\n]*s\n?$/.test(text)) ||
  (["asv", "benchmarkjs"].includes(format.id) && /(\n|sampled\))$/.test(text)) ||
  (format.id === "subunit" && /(^|\n)(\]|time: [^\n]*)\n$/.test(text));

describe("every format", () => {
  test("has its own id and fixtures with their sources", () => {
    expect(new Set(FORMATS.map((format) => format.id)).size).toBe(FORMATS.length);
    for (const format of FORMATS) {
      expect(fixturesOf(format).length, format.id).toBeGreaterThan(0);
      expect(readFileSync(join(FIXTURES, format.id, "SOURCES.md"), "utf8").length).toBeGreaterThan(100);
    }
  });
});

describe.each(FORMATS.map((format) => [format.id, format] as const))("%s", (id, format) => {
  const fixtures = fixturesOf(format);

  test("says xml among its extensions when its reports are documents of XML", () => {
    // Detection asks only those of an XML document.
    const isXml = fixtures.some((name) =>
      /^\ufeff?\s*<\?xml/.test(bytesOf(format, name).subarray(0, 200).toString("utf8")),
    );
    if (isXml) expect(format.extensions).toContain("xml");
  });

  test.each(fixtures)("%s yields its golden model", async (name) => {
    const document = await inspect(bytesOf(format, name), name);
    expect(document.format).toBe(id);
    const file = join(GOLDEN, id, `${name}.json`);
    const text = `${JSON.stringify(document, null, 1)}\n`;
    if (process.env.UPDATE_GOLDEN === "1") {
      mkdirSync(join(GOLDEN, id), { recursive: true });
      writeFileSync(file, text);
    }
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(file, "utf8")));
  });

  test.each(fixtures)("%s is claimed by this format alone", (name) => {
    const head = bytesOf(format, name).subarray(0, 65_536).toString("utf8");
    const certain = FORMATS.filter((other) => other.sniff(head, name) === "certain").map((other) => other.id);
    expect(certain).toEqual([id]);
  });

  test.each(fixtures)("%s reads the same however it is chunked", async (name) => {
    const bytes = bytesOf(format, name);
    const whole = await inspect(bytes, name);
    for (const size of [1, 7, 4096]) expect(await inspect(bytes, name, size)).toEqual(whole);
  });

  test.each(fixtures)("%s has totals that are the sum of their parts", async (name) => {
    const { counts, cases, calls, suites } = await read(bytesOf(format, name));
    expect(counts.passed + counts.failed + counts.errored + counts.skipped).toBe(cases.length);
    expect(calls).toMatch(/^begin( (case|suite|measure|load|coverage))* end$/);
    for (const result of cases) {
      expect(result.name).not.toBe("");
      if (result.durationSeconds !== undefined) expect(result.durationSeconds).toBeGreaterThanOrEqual(0);
      if (result.outcome === "failed" || result.outcome === "errored") expect(result.failure?.message).toBeTruthy();
    }
    // Each suite that holds cases is told of exactly once, as the very object its cases have.
    const holding = new Set(cases.map((result) => result.suite).filter((suite) => suite !== undefined));
    expect(new Set(suites.map((entry) => entry.suite))).toEqual(holding);
    expect(suites.length).toBe(holding.size);
  });

  test.each(fixtures)("%s has values that are numbers, named, and told apart", async (name) => {
    const { measures } = await read(bytesOf(format, name));
    const keys = measures.map(({ kind, name, measure, stat, component, scenario }) =>
      JSON.stringify([kind, name, measure, stat, component, scenario]),
    );
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
    for (const { name, measure, stat, unit, value, samples } of measures) {
      expect([name, measure]).not.toContain("");
      expect(STATS).toContain(stat);
      expect(UNITS).toContain(unit);
      expect([value, ...(samples ?? [])].every(Number.isFinite)).toBe(true);
      if (samples === undefined) continue;
      expect(["avg", "p50", "value"]).toContain(stat);
      expect(samples.length).toBeLessThanOrEqual(MAX_SAMPLES);
    }
  });

  test.each(fixtures)("%s has load results that are told once, and bounded", async (name) => {
    const { loads } = await read(bytesOf(format, name));
    const keys = loads.map(({ scenario, operation }) => JSON.stringify([scenario, operation]));
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
    for (const result of loads) {
      const { requests, failures, latency, histogram, slices = [] } = result;
      for (const value of [requests, failures, result.requestsPerSecond, ...Object.values(latency)])
        if (value !== undefined) expect(Number.isFinite(value) && value >= 0).toBe(true);
      const { min, avg, p50, p95, p99, max } = latency;
      // Not the extremes: tools round percentiles beyond them.
      const rising = [p50, p95, p99].filter((value) => value !== undefined);
      expect(rising).toEqual(rising.toSorted((a, b) => a - b));
      if (avg !== undefined && min !== undefined && max !== undefined) expect(avg >= min && avg <= max).toBe(true);
      if (histogram !== undefined) expect(histogram.counts.reduce((a, b) => a + b, 0)).toBe(requests);
      expect(slices.length).toBeLessThanOrEqual(MAX_SLICES);
      expect(slices.map((slice) => slice.startedAtMs)).toEqual(
        slices.map((slice) => slice.startedAtMs).toSorted((a, b) => a - b),
      );
    }
    // Where each operation states its requests, the total of their scenario is their sum.
    for (const total of loads.filter(({ operation }) => operation === undefined)) {
      const parts = loads.filter(({ scenario, operation }) => scenario === total.scenario && operation !== undefined);
      if (parts.length === 0 || parts.some(({ requests }) => requests === undefined)) continue;
      expect(total.requests).toBe(parts.reduce((sum, { requests }) => sum + requests!, 0));
      expect(total.failures).toBe(parts.reduce((sum, { failures }) => sum + failures!, 0));
    }
  });

  test.each(fixtures)("%s cut at any byte is refused with a place, or says that it is incomplete", async (name) => {
    const bytes = bytesOf(format, name);
    const whole = await inspect(bytes, name);
    const offsets = new Set(Array.from({ length: 60 }, (_, i) => Math.floor((bytes.length * i) / 60)));
    for (let back = 1; back <= 12; back++) offsets.add(bytes.length - back);
    for (const offset of offsets) {
      if (offset < 0) continue;
      const part = bytes.subarray(0, offset);
      const result = await outcomeOf(part, name);
      if (result instanceof AppError) {
        if (result.code !== "FORMAT_SCHEMA")
          expect(result.place.line, `${offset}: ${result.message}`).toBeGreaterThan(0);
        continue;
      }
      if (looksClean(result) && !endsBetweenPackages(format, part.toString("utf8")))
        expect(looksClean(whole), `cut at ${offset} looks clean`).toBe(true);
    }
  });

  test.each(fixtures)(
    "%s with damage in it is refused, or read, but never crashes",
    { timeout: 120_000 },
    async (name) => {
      const bytes = bytesOf(format, name);
      const damage = fc.record({
        at: fc.nat(Math.max(0, bytes.length - 1)),
        remove: fc.nat(40),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 20 }),
          fc.constantFrom(...SNIPPETS).map((text) => Buffer.from(text)),
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (list) => {
          let damaged: Buffer = bytes;
          for (const { at, remove, insert } of list)
            damaged = Buffer.concat([damaged.subarray(0, at), insert, damaged.subarray(at + remove)]);
          const result = await outcomeOf(damaged, name);
          if (result instanceof AppError) return;
          if (result.kind === "benchmark-run")
            expect(result.benchmarks.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
          if (result.kind !== "test-run") return;
          const { total, passed, failed, errored, skipped, durationSeconds } = result.summary;
          expect(passed + failed + errored + skipped).toBe(total);
          expect(durationSeconds === null || durationSeconds >= 0).toBe(true);
        }),
        { numRuns: 60 },
      );
    },
  );

  test("random bytes forced into it are refused, or read, but never crash", async () => {
    const input = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: "binary", maxLength: 200 }).map((text) => Buffer.from(text)),
      fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 30 }).map((parts) => Buffer.from(parts.join(""))),
      fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(input, async (bytes) => {
        try {
          await read(bytes, { format: id });
        } catch (error) {
          expect(error, String((error as Error).stack)).toBeInstanceOf(AppError);
          expect((error as AppError).code).not.toBe("INTERNAL");
        }
      }),
      { numRuns: 300 },
    );
  });
});

const SNIPPETS = [
  "<testsuites>",
  "<testsuite name='a'>",
  "</testsuite>",
  "<testcase name='x' time='1,5'/>",
  "<testcase>",
  "</testcase>",
  "<failure>",
  "</failure>",
  "<![CDATA[",
  "]]>",
  "<!--",
  "-->",
  "&amp;",
  "&#0;",
  "<?xml version='1.0'?>",
  "<skipped/>",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "null",
  "true",
  "-1",
  "1e999",
  "NaN",
  "\u0000",
  "\ufeff",
  "\n",
  '"testResults"',
  '"assertionResults"',
  '"report_version":"1.0"',
  '"task_id":"t"',
  '"summary"',
  '"measures"',
  '"__proto__"',
  '{"Action":"run","Package":"p","Test":"T"}\n',
  '{"Action":"fail","Package":"p","Test":"T","Elapsed":-1}\n',
  '{"Action":"pass","Package":"p"}\n',
];
