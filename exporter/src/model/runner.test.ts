import { describe, expect, test } from "vitest";
import { type RunnerInfo, runnerClass } from "./runner.ts";

const GIB = 2 ** 30;

describe("runnerClass", () => {
  test.each<[string, RunnerInfo | undefined, string | undefined]>([
    ["nothing known", undefined, undefined],
    ["nothing said", {}, undefined],
    [
      "a CI runner",
      { cpu: "AMD EPYC 7763 64-Core Processor", cores: 4, memoryBytes: 15.6 * GIB, os: "linux", arch: "x64" },
      "linux-x64-4c-16g-amd-epyc-7763",
    ],
    [
      "Intel's marks and clock speed stay out",
      { cpu: "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", cores: 2, memoryBytes: 6.8 * GIB, os: "Linux" },
      "linux-2c-7g-intel-xeon-platinum-8370c",
    ],
    [
      "a mac",
      { cpu: "Apple M2 Pro", cores: 12, memoryBytes: 32 * GIB, os: "Darwin", arch: "aarch64" },
      "darwin-arm64-12c-32g-apple-m2-pro",
    ],
    ["Windows by its platform name", { os: "win32", arch: "AMD64", cores: 8 }, "windows-x64-8c"],
    ["a system's long name", { os: "Ubuntu 24.04.1 LTS", arch: "x86_64" }, "linux-x64"],
    ["an unknown system is left out", { os: "Plan 9", cores: 1 }, "1c"],
    ["an unknown architecture is kept", { arch: "RISCV64" }, "riscv64"],
    ["numbers that cannot be are left out", { cores: 0, memoryBytes: Number.NaN, os: "linux" }, "linux"],
    ["little memory", { memoryBytes: 0.4 * GIB }, "1g"],
    ["a clock speed at the end of the name", { cpu: "Intel Core i7-9750H 2600 MHz" }, "intel-core-i7-9750h"],
  ])("%s", (_, info, expected) => {
    expect(runnerClass(info)).toBe(expected);
  });

  test("equal machines that state a little less memory are one class, double the memory is another", () => {
    const of = (gib: number) => runnerClass({ memoryBytes: gib * GIB });
    expect([of(15.3), of(15.6), of(15.9), of(16)]).toEqual(["16g", "16g", "16g", "16g"]);
    expect(of(31.3)).toBe("32g");
    expect(of(7.7)).toBe("8g");
  });

  test("is a bounded label without spaces, whatever the name", () => {
    const found = runnerClass({ cpu: `${"Ünïcode CPU ".repeat(40)}\n`, os: "linux" })!;
    expect(found).toMatch(/^[a-z0-9-]{1,100}$/);
    expect(found).not.toMatch(/-$/);
  });
});
