import { readFileSync } from "node:fs";

export const round2 = (value: number): number => Math.round(value * 100) / 100;

/** Nearest rank; `values` need not be sorted, and must not be empty. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]!;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Peak resident megabytes of a process since its exec. Not `resourceUsage().maxRSS`: a child takes over the peak of the process
 * that started it. Undefined where there is no /proc.
 */
export function peakMegabytes(pid: number | "self" = "self"): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Math.round((Number(kilobytes) * 1024) / 1e6);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
