/** The machine that measured. Results of different classes are not compared. */

/** What is known of it; from the report itself, else from the host that reads it, else nothing. */
export interface RunnerInfo {
  /** As the system names it: "AMD EPYC 7763 64-Core Processor". */
  readonly cpu?: string | undefined;
  /** Logical processors. */
  readonly cores?: number | undefined;
  readonly memoryBytes?: number | undefined;
  /** linux, darwin, windows. */
  readonly os?: string | undefined;
  /** x64, arm64. */
  readonly arch?: string | undefined;
}

const OS: readonly (readonly [RegExp, string])[] = [
  [/windows|win32|mingw|msys/i, "windows"],
  [/darwin|mac ?os|os ?x/i, "darwin"],
  [/linux|ubuntu|debian|alpine|fedora|red ?hat|centos|arch/i, "linux"],
];
const ARCH: Readonly<Record<string, string>> = {
  amd64: "x64",
  x86_64: "x64",
  x64: "x64",
  aarch64: "arm64",
  arm64: "arm64",
};

/**
 * A short stable name for a kind of machine: `linux-x64-8c-16g-amd-epyc-7763`. What varies between equal machines stays out: clock
 * speeds, minor versions, the last bits of memory (rounded to the sizes machines are sold in). Undefined when nothing is known.
 */
export function runnerClass(info: RunnerInfo | undefined): string | undefined {
  if (info === undefined) return undefined;
  const os = OS.find(([pattern]) => pattern.test(info.os ?? ""))?.[1];
  const arch = info.arch === undefined ? undefined : (ARCH[info.arch.toLowerCase()] ?? info.arch.toLowerCase());
  const parts = [
    os,
    arch,
    info.cores === undefined || !(info.cores >= 1) ? undefined : `${Math.round(info.cores)}c`,
    info.memoryBytes === undefined || !(info.memoryBytes > 0) ? undefined : `${memoryClass(info.memoryBytes)}g`,
    cpuName(info.cpu),
  ].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? undefined : parts.join("-").slice(0, 100);
}

/** Systems report a little less than is built in: 15.6 GiB is a machine of 16. */
function memoryClass(bytes: number): number {
  const gib = bytes / 2 ** 30;
  if (gib <= 1) return 1;
  const step = 2 ** Math.max(0, Math.floor(Math.log2(gib)) - 2);
  return Math.ceil(gib / step - 0.05) * step;
}

function cpuName(cpu: string | undefined): string | undefined {
  return cpu
    ?.toLowerCase()
    .replace(/\((?:r|tm)\)/g, " ")
    .replace(/@.*$/, " ")
    .replace(/\b\d+(?:\.\d+)?\s*[gm]hz\b.*/, " ")
    .replace(/\b(?:\w+|\d+)-core\b|\b(?:processor|cpu|with radeon.*|gen intel)\b/g, " ")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50)
    .replace(/-+$/, "");
}
