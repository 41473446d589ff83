/** One test of pytest, from the reports of its phases (setup, call, teardown) to the case of the model. */
import type { ReportMeta, Warning } from "../model/format.ts";
import {
  type Attempt,
  type CaseResult,
  type Failure,
  MAX_NAME,
  MAX_OUTPUT,
  OUTCOME_SEVERITY,
  type Outcome,
  type SuiteNode,
} from "../model/test.ts";
import { cut, failureOf, plain } from "./text.ts";

export interface Phase {
  /** setup, call, teardown; "???" when a worker of xdist crashed. */
  readonly when: string;
  readonly outcome: unknown;
  readonly seconds: number | undefined;
  readonly message: string | undefined;
  readonly text: string | undefined;
  readonly type: string | undefined;
  readonly crashFile: string | undefined;
  readonly crashLine: number | undefined;
  readonly output: string;
}

export interface NodeId {
  readonly file: string;
  readonly className: string | undefined;
  readonly name: string;
}

/** `tests/test_a.py::TestB::test_c[x::y]`: what is in brackets is a parameter, whatever it holds. */
export function splitNodeId(nodeId: string): NodeId {
  const bracket = nodeId.indexOf("[", nodeId.indexOf("::") + 1);
  const plainEnd = bracket === -1 ? nodeId.length : bracket;
  const parts = nodeId.slice(0, plainEnd).split("::");
  const file = parts.length > 1 ? parts.shift()! : "";
  const name = (parts.pop() ?? "") + nodeId.slice(plainEnd);
  return {
    file: file === "" ? "(no file)" : file,
    className: parts.length === 0 ? undefined : cut(plain(parts.join("::")), MAX_NAME),
    name: cut(plain(name), MAX_NAME) || "(unnamed)",
  };
}

/** How a phase makes its test end. A failure outside of the call is not the test's own: errored. */
function outcomeOfPhase({ outcome, when }: Phase): Outcome | undefined {
  if (outcome === "passed") return "passed";
  if (outcome === "skipped") return "skipped";
  if (outcome === "failed" || outcome === "rerun") return when === "call" ? "failed" : "errored";
  return undefined;
}

export interface Ended {
  readonly nodeId: string;
  readonly suite: SuiteNode;
  readonly phases: readonly Phase[];
  /** Zero-based, as pytest counts. */
  readonly definedAt: number | undefined;
  readonly startedAtMs?: number | undefined;
  readonly earlierAttempts?: readonly Attempt[] | undefined;
  /** What the report says of the whole test, where it does. */
  readonly declared?: Outcome | undefined;
}

/**
 * Worst phase wins. xfail arrives as skipped, a strict unexpected pass as failed, a lenient one as passed. A test without a
 * call that was neither skipped nor broken in its setup never ended: its process or its run did.
 */
export function endedCase(test: Ended, warn: (warning: Warning) => void): CaseResult {
  let outcome: Outcome | undefined;
  let decisive: Phase | undefined;
  let seconds: number | undefined;
  let output = "";
  let called = false;
  for (const phase of test.phases) {
    let is = outcomeOfPhase(phase);
    if (is === undefined) {
      warn({
        code: "VALUE_SKIPPED",
        message: `outcome ${JSON.stringify(phase.outcome)?.slice(0, 60)} of ${phase.when} is not known; counted as errored`,
      });
      is = "errored";
    }
    if (phase.when === "call") called = true;
    if (phase.seconds !== undefined) seconds = (seconds ?? 0) + phase.seconds;
    if (output.length < MAX_OUTPUT) output += phase.output;
    if (outcome === undefined || OUTCOME_SEVERITY[is] > OUTCOME_SEVERITY[outcome]) {
      outcome = is;
      decisive = phase;
    }
  }
  if (test.declared !== undefined && OUTCOME_SEVERITY[test.declared] > OUTCOME_SEVERITY[outcome ?? "passed"])
    outcome = test.declared;
  const neverEnded = outcome === undefined || (outcome === "passed" && !called);
  if (neverEnded) outcome = "errored";
  const id = splitNodeId(test.nodeId);
  const bad = outcome === "failed" || outcome === "errored";
  const inFile = decisive?.crashFile?.replaceAll("\\", "/").endsWith(id.file) === true;
  return {
    suite: test.suite,
    className: id.className,
    name: id.name,
    outcome: outcome!,
    durationSeconds: seconds,
    startedAtMs: test.startedAtMs,
    file: id.file,
    line: bad && inFile ? decisive?.crashLine : test.definedAt === undefined ? undefined : test.definedAt + 1,
    failure: !bad
      ? undefined
      : neverEnded
        ? { message: "no result: the process ended" }
        : failureOfPhase(decisive, test.phases),
    earlierAttempts: test.earlierAttempts,
    output:
      bad || outcome === "skipped" ? textOr(outcome === "skipped" ? skipReason(decisive) : "", output) : undefined,
  };
}

const textOr = (first: string, rest: string): string | undefined => {
  const text = plain(first + rest);
  return text === "" ? undefined : cut(text, MAX_OUTPUT);
};

function skipReason(phase: Phase | undefined): string {
  return phase?.message === undefined ? "" : `skipped: ${phase.message.replace(/^Skipped: /, "")}\n`;
}

/** When both the call and the teardown went wrong, the call's words come with the teardown's. */
function failureOfPhase(decisive: Phase | undefined, phases: readonly Phase[]): Failure {
  if (decisive === undefined || outcomeOfPhase(decisive) === "passed")
    return { message: "the report says that it failed, and not why" };
  const others = phases.filter((phase) => phase !== decisive && phase.outcome === "failed" && phase.text !== undefined);
  const text = [decisive, ...others].map((phase) => phase.text ?? "").join("\n\n");
  const failure = failureOf(decisive.message, text, decisive.type);
  if (decisive.when === "call" || decisive.when === "???") return failure;
  return { ...failure, message: cut(`failed on ${decisive.when}: ${failure.message}`, 4_000) };
}

export function attemptOf(phases: readonly Phase[]): Attempt {
  const rerun = phases.find((phase) => phase.outcome === "rerun" || phase.outcome === "failed");
  return {
    outcome: rerun === undefined ? "failed" : (outcomeOfPhase(rerun) ?? "errored"),
    durationSeconds: phases.reduce<number | undefined>(
      (sum, phase) => (phase.seconds === undefined ? sum : (sum ?? 0) + phase.seconds),
      undefined,
    ),
    failure: rerun === undefined ? undefined : failureOf(rerun.message, rerun.text, rerun.type),
  };
}

/** A file that could not be collected; or skipped itself as a whole. */
export function collectionCase(suite: SuiteNode, phase: Phase): CaseResult {
  const skipped = phase.outcome === "skipped";
  return {
    suite,
    name: "(collection)",
    outcome: skipped ? "skipped" : "errored",
    file: suite.file,
    failure: skipped
      ? undefined
      : { ...failureOf(errorLine(phase.text) ?? phase.message, phase.text, undefined), type: "collection error" },
    output: skipped ? textOr(skipReason(phase), "") : undefined,
  };
}

/** The line of a traceback's text that pytest marks with an E. */
function errorLine(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /^E\s+(\S.*)$/m.exec(text)?.[1];
}

/** pytest's exit status as a state of the run; see `pytest.ExitCode`. Plugins use others for what they miss. */
export function stateOfExit(
  status: number | undefined,
  seen: { bad: number; collectionFailed: boolean },
): Pick<ReportMeta, "state" | "stateMessage"> {
  if (status === undefined || status === 0 || status === 5) return {};
  if (status === 1)
    return seen.bad > 0 ? {} : { state: "error", stateMessage: "pytest ended with status 1, though no test failed" };
  if (status === 2)
    return seen.collectionFailed
      ? { state: "partial", stateMessage: "pytest stopped, since a file could not be collected" }
      : { state: "cancelled", stateMessage: "the run was interrupted" };
  if (status === 3) return { state: "error", stateMessage: "an internal error of pytest ended the run" };
  return { state: "error", stateMessage: `pytest ended with status ${status}` };
}

export const secondsOrNone = (value: number | undefined): number | undefined =>
  value !== undefined && value >= 0 ? value : undefined;
