import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky } from "../model/test.ts";

const result = (more: object = {}) => ({
  uuid: "u",
  name: "t",
  status: "passed",
  start: 1769853600000,
  stop: 1769853600250,
  ...more,
});

describe("allure", () => {
  test.each([
    ["passed", "passed"],
    ["failed", "failed"],
    ["broken", "errored"],
    ["skipped", "skipped"],
    ["unknown", "errored"],
    ["great", "errored"],
    [null, "errored"],
  ])("status %s is %s", async (status, outcome) => {
    const { cases, meta } = await read(JSON.stringify(result({ status })));
    expect(cases.map((c) => c.outcome)).toEqual([outcome]);
    expect(meta.durationSeconds).toBe(0.25);
  });
  test("suites are labels, else the path of titles, else the package", async () => {
    const labels = [
      { name: "suite", value: "b" },
      { name: "parentSuite", value: "a" },
      { name: "package", value: "p" },
    ];
    const suite = async (more: object) => (await read(JSON.stringify(result(more)))).cases[0]?.suite;
    expect(await suite({ labels })).toMatchObject({ name: "b", parent: { name: "a" } });
    expect(await suite({ titlePath: ["x", "y"] })).toMatchObject({ name: "y", parent: { name: "x" } });
    expect(await suite({ labels: labels.slice(2) })).toMatchObject({ name: "p" });
    expect(await suite({})).toBeUndefined();
  });
  test("results of one historyId in one stream are attempts in the order of their start", async () => {
    const late = result({ uuid: "b", historyId: "h", start: 1769853601000, stop: 1769853601100 });
    const early = result({ uuid: "a", historyId: "h", status: "broken", statusDetails: { message: "no luck" } });
    const { cases } = await read(
      `${JSON.stringify(late)}${JSON.stringify(early)}\n${JSON.stringify(result({ uuid: "c" }))}`,
    );
    expect(cases).toHaveLength(2);
    expect(isFlaky(cases[0]!)).toBe(true);
    expect(cases[0]?.earlierAttempts).toMatchObject([{ outcome: "errored", failure: { message: "no luck" } }]);
  });
  test("results without a historyId are tests of their own", async () => {
    const { counts } = await read(JSON.stringify(result()).repeat(3));
    expect(counts.passed).toBe(3);
  });
  test("the place of a fault counts through the whole stream", async () => {
    const text = `${JSON.stringify(result())}\n${JSON.stringify(result())}{"uuid": nope}`;
    const error = await read(text).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "FORMAT_SYNTAX",
      place: { line: 2, column: JSON.stringify(result()).length + 10 },
    });
  });
  test("a stop before the start is no duration; a fixture that failed is an error", async () => {
    const { cases } = await read(JSON.stringify(result({ stop: 1 })));
    expect(cases[0]?.durationSeconds).toBeUndefined();
    const { meta } = await read(
      JSON.stringify({
        uuid: "c",
        children: ["u"],
        befores: [{ name: "db", status: "failed", statusDetails: { message: "down" } }],
      }),
    );
    expect(meta).toMatchObject({ state: "error", stateMessage: "the fixture db failed: down" });
  });
});
