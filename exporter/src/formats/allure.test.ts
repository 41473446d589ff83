import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky } from "../model/test.ts";
import { fileHeader } from "./json-sequence.ts";

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
  test.each([
    ["the same test and parameters", { testCaseId: "t" }, { testCaseId: "t" }, 1],
    [
      "parameters that are no part of the test",
      { testCaseId: "t", parameters: [{ name: "at", value: "1", excluded: true }] },
      { testCaseId: "t", parameters: [{ name: "at", value: "2", excluded: true }] },
      1,
    ],
    [
      "other parameters",
      { testCaseId: "t", parameters: [{ name: "n", value: "1" }] },
      { testCaseId: "t", parameters: [{ name: "n", value: "2" }] },
      2,
    ],
    ["other history ids", { testCaseId: "t", historyId: "a" }, { testCaseId: "t", historyId: "b" }, 2],
  ])("results with %s are %#", async (_, a, b, tests) => {
    const { cases } = await read(JSON.stringify(result(a)) + JSON.stringify(result(b)));
    expect(cases).toHaveLength(tests);
  });

  const stream = (files: Readonly<Record<string, string>>): string =>
    Object.entries(files)
      .map(([name, text]) => `${fileHeader(name)}${text}\n`)
      .join("");
  test("a folder's damaged result makes the run partial and takes no other with it", async () => {
    const files = {
      "a-result.json": JSON.stringify(result({ uuid: "a" }), null, 1),
      "b-result.json": '{"uuid": "b",\n "name": "cut',
      "c-result.json": "",
      "d-result.json": "[".repeat(200_000),
      "e-result.json": "7",
      "f-result.json": `${JSON.stringify(result({ uuid: "f" }))}}`,
      'g"\u001e-result.json': `${JSON.stringify(result({ uuid: "g" }))}\n`,
    };
    const { cases, meta, warnings } = await read(stream(files), { name: "allure-results" });
    expect(cases).toHaveLength(2);
    expect(meta).toMatchObject({
      state: "partial",
      stateMessage:
        "5 of the results cannot be read: allure-results/b-result.json:2:10: FORMAT_SYNTAX: a string never ends",
    });
    expect(warnings.map(({ code, message }) => `${code} ${message.replace("allure-results/", "")}`)).toEqual([
      "INCOMPLETE b-result.json:2:10: FORMAT_SYNTAX: a string never ends",
      "INCOMPLETE c-result.json:1:1: INPUT_EMPTY: the file is empty",
      expect.stringMatching(/^INCOMPLETE d-result\.json:1:1: FORMAT_HOSTILE: values nest deeper/),
      "INCOMPLETE e-result.json: FORMAT_SCHEMA: expected an Allure result as an object, found 7",
      expect.stringMatching(/^INCOMPLETE f-result\.json:1:\d+: FORMAT_SYNTAX: expected the end of the document/),
    ]);
  });
  test("a folder in which nothing can be read is refused with the first fault", async () => {
    const text = stream({ "a-result.json": "{", "b-result.json": "" });
    await expect(read(text, { name: "r" })).rejects.toMatchObject({
      code: "FORMAT_SYNTAX",
      place: { file: "r/a-result.json", line: 1 },
    });
  });
  test("documents with separators and without names are told apart by their number", async () => {
    const text = `\u001e${JSON.stringify(result())}\n\u001e{"uuid":\n\u001e${JSON.stringify(result())}\n`;
    const { cases, meta } = await read(text, { format: "allure" });
    expect(cases).toHaveLength(2);
    expect(meta.stateMessage).toMatch(/document 2: /);
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
