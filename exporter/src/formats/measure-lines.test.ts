import { describe, expect, test } from "vitest";
import { type Received, read } from "../../test/conformance/reading.ts";

const rows = (received: Received) =>
  received.measures.map((m) => [m.measure, m.stat, m.value, m.unit, m.component, m.scenario]);

test("labels, units of several words, time stamps, comments", async () => {
  const received = await read(
    [
      "# by a script",
      'api.time{component="api",scenario="pay",stat="mean",dc="eu"} 182 ms',
      'api.time{stat = "p95", component="api", scenario="pay", dc="eu",} 300 ms',
      "rate 5 requests per second",
      "start_seconds 1.5 1767323045000",
      "load_bytes\t1,024",
      "",
    ].join("\n"),
  );
  expect(received.format).toBe("measure-lines");
  expect(rows(received)).toEqual([
    ["api.time", "avg", 0.182, "seconds", "api", "pay"],
    ["api.time", "p95", 0.3, "seconds", "api", "pay"],
    ["rate", "value", 5, "per_second", undefined, undefined],
    ["start_seconds", "value", 1.5, "seconds", undefined, undefined],
    ["load_bytes", "value", 1024, "bytes", undefined, undefined],
  ]);
  expect(received.measures[0]!.tags).toEqual({ dc: "eu" });
  expect(received.measures[0]!.kind).toBe("measure");
});

test("labels that tell lines of one name apart are part of the scenario, in one order", async () => {
  const received = await read('a{z="1",b="x",dc="eu"} 1 s\na{b="y",z="1",dc="eu"} 2 s\na{scenario="pay",b="x"} 3 s\n');
  expect(received.measures.map((m) => [m.scenario, m.value])).toEqual([
    ["b=x", 1],
    ["b=y", 2],
    ["pay", 3],
  ]);
});

test("equal lines without a stat are repeats; with one they are kept apart", async () => {
  const repeats = await read('a{dc="eu"} 1 s\na{dc="eu"} 3 s\n');
  expect(repeats.measures[0]).toMatchObject({ stat: "avg", value: 2, samples: [1, 3] });
  const stated = await read('a{stat="p95"} 1 s\na{stat="p95"} 3 s\n');
  expect(stated.measures.map((m) => m.name)).toEqual(["a", "a#2"]);
});

test("an unknown unit and a value that is no number are told, nothing else is lost", async () => {
  const received = await read("a 1 lumen\nb NaN ms\nc +Inf ms\nd 4 ms\n");
  expect(rows(received).map(([name, , value, unit]) => [name, value, unit])).toEqual([
    ["a", 1, "value"],
    ["d", 0.004, "seconds"],
  ]);
  expect(received.warnings.map((w) => [w.code, w.line])).toEqual([
    ["UNIT_UNKNOWN", 1],
    ["VALUE_SKIPPED", 2],
    ["VALUE_SKIPPED", 3],
  ]);
});

test("a last line without a break may be cut", async () => {
  expect((await read("a_b 1 s\na_c 12")).warnings.map((w) => w.code)).toEqual(["INCOMPLETE"]);
});

describe("is not claimed", () => {
  test.each([
    ["a log", "12:01:02 INFO started\n12:01:03 INFO load 3 ms\n"],
    ["prose", "boot 3 ms\nThis was fast.\n"],
    ["a list of words and numbers", "apples 3\npears 4\n"],
    ["words and numbers in sentences", "found 3 errors in 2 files\nread 17 lines of code\n"],
    ["settings", "timeout: 3\nretries: 4\n"],
    ["a key file", "name=3\n"],
    ["a result of several numbers", "Fib10  5000000  325 ns/op\n"],
    ["labels that never end", 'a{b="c 1 s\n'],
    ["comments alone", "# nothing\n"],
  ])("%s", async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: "FORMAT_UNKNOWN" });
  });
});

test("a line that is none is refused with its place when the format is named", async () => {
  await expect(read("a 1 s\nno value here\n", { format: "measure-lines" })).rejects.toMatchObject({
    code: "FORMAT_SYNTAX",
    place: { line: 2 },
  });
});
