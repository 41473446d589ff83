/** Which resource may have held a load test back. Hints, never verdicts: they say what was measured and where to look. */
import type { CourseVerdict } from "./course.ts";

/** One resource of the environment, before and during the load. What was not measured is undefined. */
export interface ResourceUse {
  /** cpu_utilization, memory_utilization, db_connections, ... */
  readonly name: string;
  readonly unit: string;
  readonly before: number | undefined;
  readonly during: number | undefined;
  readonly peak: number | undefined;
  /** From here on it counts as saturated; undefined: it has no limit. */
  readonly limit: number | undefined;
  /** Its own course over the run, where there are samples. */
  readonly course?: CourseVerdict | undefined;
}

export interface ContentionHint {
  readonly resource: string | undefined;
  readonly kind: "saturated" | "near-limit" | "growing" | "elsewhere";
  readonly text: string;
}

/** Reached a tenth below its limit: worth a word before it hurts. */
const NEAR = 0.9;

/**
 * `suffering`: the latency rose in the course of the run or missed its target. A saturated resource is a candidate cause only then;
 * suffering without any saturated one points elsewhere (locks, pools, what the system calls), and says so.
 */
export function contentionHints(resources: readonly ResourceUse[], suffering: boolean): ContentionHint[] {
  const hints: ContentionHint[] = [];
  let saturated = false;
  for (const resource of resources) {
    const { name, limit, course } = resource;
    const most = Math.max(resource.peak ?? -Infinity, resource.during ?? -Infinity);
    if (limit !== undefined && most >= limit) {
      saturated = true;
      const tail = suffering ? " while the latency suffered: a likely bottleneck" : "; the latency held";
      hints.push({
        resource: name,
        kind: "saturated",
        text: `${reached(resource, most)}, limit ${show(limit, resource)}${tail}`,
      });
    } else if (limit !== undefined && most >= limit * NEAR)
      hints.push({
        resource: name,
        kind: "near-limit",
        text: `${reached(resource, most)}, close to its limit ${show(limit, resource)}`,
      });
    if (course !== undefined && course.kind === "worse") {
      const change = `${Math.round((course.changeRatio ?? 0) * 100)} %`;
      hints.push({
        resource: name,
        kind: "growing",
        text: `${name} grew by ${change} in the course of the run (${show(course.from, resource)} to ${show(course.to, resource)}): a leak, or a cache without a bound`,
      });
    }
  }
  const measured = resources.filter(({ during, peak }) => during !== undefined || peak !== undefined);
  if (suffering && !saturated && measured.length > 0)
    hints.push({
      resource: undefined,
      kind: "elsewhere",
      text: `none of ${measured.map(({ name }) => name).join(", ")} was saturated: look at locks, connection pools and the services it calls`,
    });
  return hints;
}

const reached = (resource: ResourceUse, most: number): string =>
  `${resource.name} ${resource.peak === undefined ? "averaged" : "reached"} ${show(most, resource)}` +
  (resource.before === undefined ? "" : ` (before: ${show(resource.before, resource)})`);

const show = (value: number, { unit }: ResourceUse): string =>
  unit === "ratio"
    ? `${Math.round(value * 100)} %`
    : `${Number(value.toPrecision(3))}${unit === "value" ? "" : ` ${unit}`}`;
