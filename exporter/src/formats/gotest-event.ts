/** Lines of test2json. */
import { field, isObject, type JsonObject, stringField } from "./json.ts";
import { parseTimestamp } from "./numbers.ts";

const ACTION =
  /^\s*\{.*"Action"\s*:\s*"(start|run|pause|cont|pass|bench|fail|output|skip|attr|artifacts|build-output|build-fail)"/;

/** For recognising the format: by pattern, since the line may be cut. */
export function isEventLine(line: string): boolean {
  return ACTION.test(line) && /"(Package|ImportPath)"\s*:\s*"/.test(line);
}

/** Undefined when the line is no event. */
export function parseEvent(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || typeof field(value, "Action") !== "string") return undefined;
    return typeof field(value, "Package") === "string" || typeof field(value, "ImportPath") === "string"
      ? value
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Milliseconds since the epoch. */
export function timeOf(event: JsonObject): number | undefined {
  const time = stringField(event, "Time");
  return time === undefined ? undefined : parseTimestamp(time);
}

/** The stream's beginning tells of benchmarks and of nothing else that is run. */
export function isBenchmarkStream(head: string): boolean {
  return /"(?:Test|Output)":"Benchmark(?![a-z])/.test(head) && !/"Test":"(?!Benchmark(?![a-z]))/.test(head);
}
