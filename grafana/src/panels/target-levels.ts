/** The levels of numbers that targets are for, narrowed to what the variables choose. */
import type { TARGET_STATES } from "../../../exporter/src/metrics/catalogue.ts";
import { SERIES_LEVELS } from "../../../prometheus/src/level-recordings.ts";
import * as levels from "../../../prometheus/src/target-levels.ts";
import { COLORS } from "../colors.ts";
import { recorded, shown } from "../scope.ts";

export const NEAR = levels.NEAR;

const read =
  (matchers: readonly string[]): levels.Read =>
  (family, ...more) =>
    shown(family, ...more, ...matchers);

export const atLevel = (state: (typeof TARGET_STATES)[number], ...matchers: readonly string[]): string =>
  levels.atLevel(read(matchers), state);
export const unknownLevel = (...matchers: readonly string[]): string => levels.unknownLevel(read(matchers));
export const limitOf = (level: "target" | "critical", ...matchers: readonly string[]): string =>
  levels.limitOf(read(matchers), level);
export const margin = (): string => levels.margin(read([]));
export const near = (): string => levels.near(read([]));

/** What `levelNumber` gives: the better the smaller. */
export const LEVEL_TEXTS = {
  "1": { text: "green", color: COLORS.good },
  "2": { text: "yellow", color: COLORS.warning },
  "3": { text: "unknown", color: COLORS.neutral },
  "4": { text: "red", color: COLORS.critical },
} as const;

/** The level of every number, as `LEVEL_TEXTS` has it. */
export const levelNumber = (...matchers: readonly string[]): string => recorded(SERIES_LEVELS, ...matchers);
