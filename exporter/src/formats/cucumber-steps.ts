/** How a scenario ended, from its steps and hooks; shared by Cucumber's two formats. */
import type { ReportSink } from "../model/format.ts";
import {
  type Attachment,
  type Attempt,
  type CaseResult,
  type Failure,
  MAX_OUTPUT,
  type Outcome,
} from "../model/test.ts";
import { thrown } from "./js-values.ts";
import { show } from "./json.ts";
import { BoundedText, cut, plain } from "./text.ts";

export type StepStatus =
  | "passed"
  | "error"
  | "failed"
  | "ambiguous"
  | "undefined"
  | "pending"
  | "skipped"
  | "untested"
  | "unknown";

/** Cucumber's own order, with behave's "error", and our "unknown", which never hides behind what is merely skipped. */
const SEVERITY: Readonly<Record<StepStatus, number>> = {
  error: 8,
  failed: 7,
  ambiguous: 6,
  undefined: 5,
  unknown: 4,
  pending: 3,
  skipped: 2,
  untested: 1,
  passed: 0,
};

export interface Step {
  /** Undefined for a word that is not known. */
  readonly status: StepStatus | undefined;
  readonly isHook: boolean;
  readonly name: string;
  /** Nanoseconds or seconds, see `Steps`. */
  readonly duration?: unknown;
  readonly message?: string | undefined;
  readonly type?: string | undefined;
}

export class Steps {
  readonly #sink: ReportSink;
  readonly #nanoseconds: boolean;
  #worst: Step | undefined;
  #rank = -1;
  #seconds: number | undefined;
  #output: BoundedText | undefined;
  #attachments: Attachment[] = [];

  constructor(sink: ReportSink, nanoseconds: boolean) {
    this.#sink = sink;
    this.#nanoseconds = nanoseconds;
  }

  add(step: Step): void {
    if (step.status === undefined)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `a status of ${cut(step.name, 100)} does not say how it ended; counted as errored`,
      });
    const rank = SEVERITY[step.status ?? "unknown"];
    if (rank > this.#rank) {
      this.#rank = rank;
      this.#worst = step;
    }
    const { duration } = step;
    if (duration === undefined || duration === null) return;
    if (typeof duration !== "number" || !Number.isFinite(duration) || duration < 0)
      this.#sink.warn({ code: "TIME_UNREADABLE", message: `duration ${show(duration)} is no duration` });
    else this.#seconds = (this.#seconds ?? 0) + (this.#nanoseconds ? duration / 1e9 : duration);
  }

  get isBad(): boolean {
    return this.#rank >= SEVERITY.unknown;
  }

  print(text: string): void {
    this.#output ??= new BoundedText(MAX_OUTPUT);
    this.#output.add(text);
  }

  attach(found: readonly Attachment[] | undefined): void {
    if (found !== undefined && this.#attachments.length < 100) this.#attachments.push(...found);
  }

  result(): Omit<CaseResult, "suite" | "name"> {
    const worst = this.#worst;
    const outcome = outcomeOf(worst);
    const isBad = outcome === "failed" || outcome === "errored";
    return {
      outcome,
      durationSeconds: this.#seconds === undefined ? undefined : Number(this.#seconds.toFixed(9)),
      failure: isBad && worst !== undefined ? failureOf(worst) : undefined,
      output: this.#output === undefined || outcome === "passed" ? undefined : plain(this.#output.toString()),
      attachments: this.#attachments.length === 0 ? undefined : this.#attachments,
    };
  }
}

/** A scenario without any step tests nothing, and is no pass. */
function outcomeOf(worst: Step | undefined): Outcome {
  switch (worst?.status) {
    case "passed":
      return "passed";
    case "failed":
      return worst.isHook ? "errored" : "failed";
    case "pending":
    case "skipped":
    case "untested":
      return "skipped";
    default:
      return worst === undefined ? "skipped" : "errored";
  }
}

function failureOf({ status, isHook, name, message, type }: Step): Failure {
  if (message !== undefined && message.trim() !== "") {
    const failure = thrown(message, message, type);
    return isHook && failure.type === undefined ? { ...failure, type: "hook failed" } : failure;
  }
  const what = name === "" ? "a step" : cut(name, 500);
  if (status === "undefined") return { message: `undefined step: ${what}`, type: "undefined step" };
  if (status === "ambiguous") return { message: `several definitions match: ${what}`, type: "ambiguous step" };
  if (status === "failed" || status === "error")
    return { message: isHook ? `a hook failed: ${what}` : `a step failed: ${what}` };
  return { message: `the report does not say how it ended: ${what}` };
}

export function attemptOf({ outcome, durationSeconds, failure }: CaseResult): Attempt {
  return { outcome, durationSeconds, failure };
}
