import { describe, expect, test } from "vitest";
import { type Level, levelOf, type Target, worstLevel } from "./levels.ts";

const P95: Target = { target: 0.25, critical: 0.5, better: "lower", inclusive: false };
const SUCCESS: Target = { target: 0.95, critical: 0.9, better: "higher" };
const BARE: Target = { target: 100, better: "higher" };

describe("levelOf", () => {
  test.each<[string, number | undefined, Target, Level, boolean]>([
    ["meets a lower-is-better target with room", 0.2, P95, "green", false],
    ["meets it by less than a tenth", 0.238, P95, "green", true],
    ["a strict target is missed by equality", 0.25, P95, "yellow", false],
    ["a strict critical limit is missed by equality", 0.5, P95, "red", false],
    ["beyond critical", 0.7, P95, "red", false],
    ["an inclusive target is met by equality", 0.95, SUCCESS, "green", true],
    ["between target and critical", 0.92, SUCCESS, "yellow", false],
    ["an inclusive critical limit is met by equality", 0.9, SUCCESS, "yellow", false],
    ["below critical", 0.899, SUCCESS, "red", false],
    ["no critical limit: missed by a tenth", 90, BARE, "yellow", false],
    ["no critical limit: missed by more", 89.9, BARE, "red", false],
    ["no value is never green", undefined, SUCCESS, "unknown", false],
    ["NaN is no value", Number.NaN, SUCCESS, "unknown", false],
    ["infinity is no value", Number.POSITIVE_INFINITY, SUCCESS, "unknown", false],
    ["a target of 0 met", 0, { target: 0, better: "lower" }, "green", false],
    ["a target of 0 has no tenth", 0.001, { target: 0, better: "lower" }, "red", false],
    ["a negative target met", -5, { target: -4, better: "lower" }, "green", false],
  ])("%s", (_, value, target, level, near) => {
    expect(levelOf(value, target)).toMatchObject({ level, near });
  });

  test("R4's worked example is all green", () => {
    const rows: [number, Target][] = [
      [45 / 47, SUCCESS],
      [0.238, P95],
      [105, { target: 100, critical: 50, better: "higher" }],
      [0.423, { target: 0.4, critical: 0.3, better: "higher" }],
      [0.812, { target: 0.8, critical: 0.6, better: "higher", inclusive: false }],
    ];
    expect(rows.map(([value, target]) => levelOf(value, target).level)).toEqual(Array(5).fill("green"));
  });

  test("the worst of several: unknown hides no red and is hidden by no green", () => {
    expect(worstLevel(["green", "yellow"])).toBe("yellow");
    expect(worstLevel(["green", "unknown", "yellow"])).toBe("unknown");
    expect(worstLevel(["red", "unknown"])).toBe("red");
    expect(worstLevel([])).toBe("unknown");
  });
});
