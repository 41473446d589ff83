import { expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const file = (inner: string, attributes = "", errors = ""): string =>
  `<assemblies><assembly name="C:\\x\\a.dll" ${attributes}>${errors}<collection name="Test collection for N.C">${inner}</collection></assembly></assemblies>`;

test.each([
  ["Pass", "", "passed"],
  ["Fail", "", "failed"],
  ["Skip", "", "skipped"],
  ["NotRun", "", "skipped"],
  ["Pass", "<failure><message>no</message></failure>", "failed"],
  ["Exploded", "", "errored"],
])("result %s with %s is %s", async (result, child, outcome) => {
  const { cases, warnings } = await read(file(`<test name="N.C.t" type="N.C" result="${result}">${child}</test>`));
  expect(cases.map((one) => one.outcome)).toEqual([outcome]);
  expect(warnings.length).toBe(result === "Exploded" ? 1 : 0);
});

test("a test without a result is errored", async () => {
  expect((await read(file('<test name="t"/>'))).counts.errored).toBe(1);
});

test("what fails outside of tests is an error state, also when only the count of errors tells of it", async () => {
  const passed = '<test name="t" result="Pass"/>';
  const cleanup =
    '<errors><error type="assembly-cleanup" name="a.dll"><failure><message>oh no\nmore</message></failure></error></errors>';
  expect((await read(file(passed, 'errors="1"', cleanup))).meta).toMatchObject({
    state: "error",
    stateMessage: "assembly-cleanup a.dll failed outside of its tests: oh no",
  });
  expect((await read(file(passed, 'errors="2"', "<errors/>"))).meta.state).toBe("error");
  expect((await read(file(passed, "", '<errors><error type="fatal"/></errors>'))).meta.state).toBe("error");
  const fixture = `<assembly run-date="2026-02-03" name="a.dll"><class name="N.C"><failure><message>setup</message></failure>${passed}</class></assembly>`;
  expect((await read(fixture)).meta.stateMessage).toBe("N.C failed outside of its tests: setup");
  expect((await read(file(passed, 'total="1" failed="1"'))).meta.state).toBe("error");
});

test("names lose their class, collections their words and ids, assemblies their folder", async () => {
  const { cases } = await read(
    '<assemblies><assembly name="C:\\x\\a.dll"><collection name="Test collection for N.C (id: 0123456789abcdef0123456789abcdef)"><test name="N.C.t(x: 1)" type="N.C" result="Pass"/></collection></assembly></assemblies>',
  );
  expect(cases[0]).toMatchObject({
    name: "t(x: 1)",
    className: "N.C",
    suite: { name: "N.C", parent: { name: "a.dll" } },
  });
});

test("v3: start and place of a test, precise times, warnings in the output", async () => {
  const { cases, meta } = await read(
    `<assemblies start-rtf="2026-02-03T10:00:00.5+01:00" timestamp="02/03/2026 10:00:00"><assembly name="a.dll" time="1.5"><collection name="c">
     <test name="t" result="Fail" time="0.25" start-rtf="2026-02-03T10:00:01+01:00" source-file="C.cs" source-line="7"><failure exception-type="Xunit.Sdk.TrueException"><message>m</message></failure><warnings><warning>old</warning></warnings></test>
     </collection></assembly></assemblies>`,
  );
  expect(cases[0]).toMatchObject({
    startedAtMs: Date.UTC(2026, 1, 3, 9, 0, 1),
    file: "C.cs",
    line: 7,
    output: "warning: old\n",
  });
  expect(cases[0]?.failure?.type).toBe("Xunit.Sdk.TrueException");
  expect(meta).toMatchObject({ startedAtMs: Date.UTC(2026, 1, 3, 9, 0, 0, 500), durationSeconds: 1.5 });
});

test("several assemblies add up; a valid file without tests is a record of zeros", async () => {
  const { meta, suites } = await read(
    '<assemblies><assembly name="a.dll" time="1"><collection name="x"><test name="t" result="Pass"/></collection></assembly><assembly name="b.dll" time="2"><collection name="x"><test name="t" result="Pass"/></collection></assembly></assemblies>',
  );
  expect(meta.durationSeconds).toBe(3);
  expect(suites.length).toBe(2);
  expect((await read("<assemblies/>")).warnings.map((warning) => warning.code)).toEqual(["NO_TESTS"]);
});

test("an assembly of something else is not claimed", async () => {
  await expect(read('<assembly xmlns="urn:schemas-microsoft-com:asm.v1"/>')).rejects.toMatchObject({
    code: "FORMAT_UNKNOWN",
  });
  await expect(read("<other/>", { format: "xunit" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
});
