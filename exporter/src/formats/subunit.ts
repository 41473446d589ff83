import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { readLines } from "./lines.ts";
import { xmlShape } from "./sniff.ts";
import { SubunitTests } from "./subunit-tests.ts";
import { SubunitV1, sniffV1 } from "./subunit-v1.ts";
import { readPackets, sniffV2 } from "./subunit-v2.ts";

/**
 * subunit, version 2 (binary packets) and 1 (lines). The class is the suite. A test that was running when the stream ended is
 * errored, and the report partial. The stream has no end mark: one that was cut between two tests looks whole.
 */
export const subunit: Format = {
  id: "subunit",
  title: "subunit v1 and v2",
  yields: "tests",
  tools: ["stestr", "python-subunit", "testrepository"],
  extensions: ["subunit", "bin", "txt"],
  reads: "stream",
  binary: true,
  notes: "stestr last --subunit > FILE; python -m subunit.run MODULE > FILE.",
  sniff: (head) => (sniffV2(head) || (xmlShape(head) === undefined && sniffV1(head)) ? "certain" : "no"),
  parse: parseSubunit,
};

async function parseSubunit(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const tests = new SubunitTests(sink);
  const iterator = source.chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  const chunks = (async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
  const isBinary = first.done !== true && first.value.includes(0xb3);
  if (isBinary) await parseV2(chunks, tests, sink, source.name);
  else await parseV1({ name: source.name, chunks }, tests, sink, limits);
}

async function parseV2(
  chunks: AsyncIterable<Uint8Array>,
  tests: SubunitTests,
  sink: ReportSink,
  file: string,
): Promise<void> {
  const { packets, noise, damaged, cutShort } = await readPackets(chunks, tests);
  if (packets === 0)
    throw new AppError("FORMAT_SCHEMA", "no sound packet of subunit v2 in the whole file", { file, line: 1 });
  if (noise > 0) sink.warn({ code: "NOISE_SKIPPED", message: `${noise} bytes are of no packet` });
  tests.finish(
    cutShort ? "the last packet is cut" : damaged > 0 ? `${damaged} packets are damaged, and lost` : undefined,
  );
}

async function parseV1(source: ReportSource, tests: SubunitTests, sink: ReportSink, limits: Limits): Promise<void> {
  const reader = new SubunitV1(tests);
  await readLines(source, limits, (line) => reader.line(line));
  if (!tests.hasBegun)
    throw new AppError("FORMAT_SCHEMA", "no test of subunit in the whole file", { file: source.name, line: 1 });
  if (reader.noise > 0)
    sink.warn({
      code: "NOISE_SKIPPED",
      message: `${reader.noise} lines are not of subunit`,
      line: reader.firstNoise,
    });
  tests.finish(
    reader.isInDetails ? "the last test's details have no end" : reader.cutShort ? "the last line is cut" : undefined,
  );
}
