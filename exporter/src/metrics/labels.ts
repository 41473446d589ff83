import type { Family } from "./catalogue.ts";

/** Names in the order in which they are written; the catalogue's own. */
export const labelNames = (family: Family): readonly string[] => Object.keys(family.labels);

/**
 * `project="web",suite="unit"`: the label set in the family's fixed order, escaped, so two texts are equal exactly when
 * the sets are. An empty value is left out: to Prometheus it is the same as an absent label.
 */
export function labelText(names: readonly string[], values: readonly string[]): string {
  let text = "";
  for (let i = 0; i < names.length; i++) {
    const value = values[i];
    if (value === undefined || value === "") continue;
    text += `${text === "" ? "" : ","}${names[i]}="${escapeLabelValue(value)}"`;
  }
  return text;
}

/** What every reader of a line of text gives back: lone surrogates have no UTF-8 form. */
export const cleanLabelValue = (value: string): string => value.toWellFormed();

/** Both formats: only these three. Every other character, NUL included, is read raw (tried with Prometheus 3.5). */
export function escapeLabelValue(value: string): string {
  if (!/[\\\n"]/.test(value)) return value.toWellFormed();
  return value.toWellFormed().replace(/[\\\n"]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));
}

/**
 * A string with one character per UTF-8 byte. Bodies are built from such strings because V8 keeps them at one byte per
 * character and writing one into a buffer is a plain copy.
 */
export function asByteString(text: string): string {
  return /^[\u0000-\u007f]*$/.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** The same byte string as one piece: V8 keeps a concatenation as a tree, and walking trees took half of a rendering. */
export const inOnePiece = (bytes: string): string => Buffer.from(bytes, "latin1").toString("latin1");

/** As Prometheus reads numbers (Go's ParseFloat): whole numbers plain, `+Inf`, `-Inf`, `NaN`. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/**
 * A bucket's `le`. Always with a fraction, in both formats: OpenMetrics demands it and Prometheus 3 rewrites "1" to
 * "1.0", so the series is the same one whichever format or version scrapes it.
 */
export function formatBound(bound: number): string {
  return Number.isInteger(bound) && Math.abs(bound) < 1e21 ? `${bound}.0` : formatValue(bound);
}
