/** R4's levels out of what the exporter judged, for any way of reading a family: which number is green, yellow, red, near or not known. */
import { CATALOGUE, type Family, type TARGET_STATES } from "../../exporter/src/metrics/catalogue.ts";

/** Reads a family's series of one replica, narrowed by matchers. */
export type Read = (family: Family, ...matchers: readonly string[]) => string;

/** A number that meets its target by less than this part of it is near; analysis/levels.ts says the same. */
export const NEAR = 0.1;

/** 1 for every number of this level. */
export const atLevel = (read: Read, state: (typeof TARGET_STATES)[number]): string =>
  `max without (state) (${read(CATALOGUE.measureState, `state="${state}"`)} == 1)`;

/** 1 for every number whose level is not known: none of its states holds. */
export const unknownLevel = (read: Read): string =>
  `((max without (state) (${read(CATALOGUE.measureState)}) == 0) + 1)`;

/** The limit that a number is held against. */
export const limitOf = (read: Read, level: "target" | "critical"): string =>
  `max without (level) (${read(CATALOGUE.measureThreshold, `level="${level}"`)})`;

/** How far a number is from its target, as a part of it; a target of 0 has no parts. */
const distance = (read: Read): string =>
  `abs(${read(CATALOGUE.measureCurrent)} - ${limitOf(read, "target")}) / abs(${limitOf(read, "target")} != 0)`;

/** The same with a sign: positive on the good side. Only where the level is known. */
export const margin = (read: Read): string =>
  `(${distance(read)} and ${atLevel(read, "green")})\nor\n` +
  `(-1 * ${distance(read)} and (${atLevel(read, "yellow")} or ${atLevel(read, "red")}))`;

/** Numbers that meet their target by less than a tenth of it, with that part. */
export const near = (read: Read): string => `(${distance(read)} < ${NEAR}) and ${atLevel(read, "green")}`;
