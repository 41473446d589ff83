/** R4's levels: how a value stands to its target and to its critical limit. */
import type { Better } from "../model/measure.ts";

/** `unknown`: there is no value. It is never green. */
export const LEVELS = ["green", "yellow", "red", "unknown"] as const;
export type Level = (typeof LEVELS)[number];

export interface Target {
  /** In base units. */
  readonly target: number;
  /** Worse than this is red; undefined: a miss of more than a tenth is. */
  readonly critical?: number | undefined;
  readonly better: Better;
  /** Whether a value equal to the limit meets it: `>= 95 %` does, `< 250 ms` does not. Default true. */
  readonly inclusive?: boolean | undefined;
}

export interface LevelVerdict {
  readonly level: Level;
  /** Meets its target by less than a tenth of it. */
  readonly near: boolean;
  /** How far the value is on the good side of its target, as a ratio of it; negative: missed. Undefined without value, or for a target of 0. */
  readonly margin: number | undefined;
}

/** A miss up to it is yellow where no critical limit is set; a success within it is near. */
export const TOLERANCE = 0.1;

/** A value that is not finite is no value. */
export function levelOf(value: number | undefined, of: Target): LevelVerdict {
  if (value === undefined || !Number.isFinite(value)) return { level: "unknown", near: false, margin: undefined };
  const { target, critical } = of;
  const margin = target === 0 ? undefined : signed((value - target) / Math.abs(target), of.better);
  if (meets(value, target, of)) return { level: "green", near: margin !== undefined && margin < TOLERANCE, margin };
  // Without a critical limit a tenth is tolerated; of a target of 0 there is no tenth.
  const limit = critical ?? target + (of.better === "higher" ? -1 : 1) * Math.abs(target) * TOLERANCE;
  const yellow =
    critical === undefined ? meets(value, limit, { ...of, inclusive: target !== 0 }) : meets(value, limit, of);
  return { level: yellow ? "yellow" : "red", near: false, margin };
}

/** The worst of several; unknown is worse than yellow (nobody knows that it is not red) and better than red. */
export function worstLevel(levels: readonly Level[]): Level {
  const order: readonly Level[] = ["red", "unknown", "yellow", "green"];
  return order.find((level) => levels.includes(level)) ?? "unknown";
}

function meets(value: number, limit: number, { better, inclusive = true }: Target): boolean {
  if (value === limit) return inclusive;
  return better === "higher" ? value > limit : value < limit;
}

const signed = (ratio: number, better: Better): number => (better === "higher" ? ratio : -ratio);
