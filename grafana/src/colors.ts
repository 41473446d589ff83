/**
 * One colour per meaning on every dashboard, from the palette of Okabe and Ito (https://jfly.uni-koeln.de/color/), which
 * people with any common colour blindness can tell apart. Passed and failed differ in lightness too, and no panel says
 * anything by colour alone.
 */
export const COLORS = {
  passed: "#009E73",
  failed: "#D55E00",
  errored: "#CC79A7",
  skipped: "#56B4E9",
  /** Levels: good, warning, critical. */
  good: "#009E73",
  warning: "#E69F00",
  critical: "#D55E00",
  /** Lines that only compare: baselines, expectations. */
  reference: "#0072B2",
  /** Plain numbers, and "no data": never a colour that judges. */
  neutral: "#8E8E8E",
} as const;
