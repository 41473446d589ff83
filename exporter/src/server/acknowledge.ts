/** The answer to a submitted report (R5). A pure function: what is not known to be good is rejected. */
import type { Receipt } from "../ingest/types.ts";
import type { UncoveredFile } from "../model/coverage.ts";
import { executedOf, type OutcomeCounts, totalOf } from "../model/test.ts";
import { allQuarantined, NO_QUARANTINE, type RunQuarantine } from "../reports/quarantined-failures.ts";

export interface AcknowledgeSettings {
  /** 0 to 1. */
  readonly minimumCoverageRatio: number;
  /** So long after its last part a run of unknown parts completes. */
  readonly quietSeconds: number;
}

export type NextAction = "create-pr" | "fix-and-rerun" | "add-tests-and-rerun";

export interface Verdict {
  readonly status: "approved" | "rejected";
  readonly message: string;
  readonly requiredActions: readonly string[];
  readonly nextAction: NextAction;
}

const SHOWN_FAILURES = 10;
const SHOWN_FILES = 20;

/**
 * Judges one report together with the run it joined: a good part of a run with failures elsewhere is rejected, since
 * its sender is about to go on. A run that is still open is judged by what has arrived, and the answer says what it waits for.
 * Failures do not reject when the quarantine puts up with all that the run has.
 */
export function judge(
  receipt: Receipt,
  settings: AcknowledgeSettings,
  quarantine: RunQuarantine = NO_QUARANTINE,
): Verdict {
  const { run, counts } = receipt;
  const problems: { message: string; actions: readonly string[]; next: NextAction }[] = [];
  const problem = (message: string, next: NextAction, ...actions: string[]): void => {
    problems.push({ message, actions, next });
  };
  const bad = counts.failed + counts.errored;
  const badInRun = run.counts.failed + run.counts.errored;
  const holdsOther = receipt.measures + receipt.loadResults > 0 || receipt.coverage !== undefined;
  const excused = allQuarantined(quarantine, Math.max(bad, badInRun));
  const known = quarantineWords(quarantine);
  const elsewhere = "fix the failures in the other parts of the run";

  if (excused) {
    // Nothing to mend before going on.
  } else if (bad > 0) {
    const actions = failureActions(receipt, bad, quarantine);
    const message = `${badWords(counts)} of ${tests(totalOf(counts))}${known}`;
    problem(message, "fix-and-rerun", ...(actions.length > 0 ? actions : [elsewhere]));
  } else if (badInRun > 0) {
    problem(
      `this report has no failure, but the run has ${badWords(run.counts)} of ${tests(totalOf(run.counts))}${known}`,
      "fix-and-rerun",
      elsewhere,
    );
  }
  // While the run is open its status is not known, but what the report says of itself is.
  if (receipt.state !== undefined) {
    problem(...STATES[receipt.state]);
  } else if (run.status === "partial") {
    problem("the run is incomplete", "fix-and-rerun", "find out why the run did not finish, then run it again");
  } else if (run.status === "cancelled") {
    problem("the run was cancelled", "fix-and-rerun", "run it again to its end");
  } else if ((run.status === "errored" || run.status === "failed") && bad + badInRun === 0) {
    problem(`the run ended as ${run.status}`, "fix-and-rerun", "see the warnings and the test tool's own output");
  } else if (excused && run.state !== undefined) {
    problem(`another report of the run says: ${run.state}`, "fix-and-rerun", "find out why that part did not end well");
  }
  if (totalOf(counts) === 0 && !holdsOther) {
    problem(
      "the report holds no test; nothing is known to work",
      "add-tests-and-rerun",
      "check that the test command selects tests and writes its report after they ran",
    );
  } else if (totalOf(run.counts) > 0 && executedOf(run.counts) === 0) {
    problem(
      `no test was executed: ${tests(totalOf(run.counts))}, all skipped`,
      "add-tests-and-rerun",
      "run at least one of the skipped tests",
    );
  }
  const coverage = coverageProblem(receipt, settings.minimumCoverageRatio);
  if (coverage !== undefined) problem(coverage.message, "add-tests-and-rerun", ...coverage.actions);

  const open = run.status === "running" ? openRun(run, settings.quietSeconds) : undefined;
  const again = receipt.outcome === "duplicate" ? " (already stored)" : "";
  const words = problems.length > 0 ? problems.map((one) => one.message) : goodWords(receipt, quarantine);
  return {
    status: problems.length > 0 ? "rejected" : "approved",
    message: [...words, ...(open === undefined ? [] : [open.message])].join("; ") + again,
    requiredActions: [...problems.flatMap((one) => one.actions), ...(open === undefined ? [] : [open.action])],
    nextAction: problems[0]?.next ?? "create-pr",
  };
}

/** R5's error states, as a report declares them. */
const STATES: Readonly<Record<NonNullable<Receipt["state"]>, [message: string, next: NextAction, action: string]>> = {
  error: [
    "the report says that the run broke off with an error",
    "fix-and-rerun",
    "find out why the run broke off, then run it again; escalate when that is not yours to fix",
  ],
  partial: [
    "the report says that it is incomplete",
    "fix-and-rerun",
    "find out why the run did not finish, then run it again",
  ],
  cancelled: ["the report says that the run was cancelled", "fix-and-rerun", "run it again to its end"],
};

/** What an open run waits for. Nothing that is said of it before is final. */
function openRun(run: Receipt["run"], quietSeconds: number): { message: string; action: string } {
  const { partsReceived, partsExpected } = run;
  if (partsExpected === undefined) {
    return {
      message: `the run is still open: it completes after ${quietSeconds} quiet seconds`,
      action: "look at the whole run when it is complete, or send its other reports first",
    };
  }
  return {
    message: `part ${partsReceived} of ${partsExpected}: the run is complete when all parts are in`,
    action: `send the other ${partsExpected - partsReceived} of ${partsExpected} parts`,
  };
}

/** What is in quarantine needs no action; without a signature nobody knows whether it is. */
function failureActions(receipt: Receipt, all: number, quarantine: RunQuarantine): string[] {
  const signatures = new Set(quarantine.failures.flatMap(({ signature }) => signature ?? []));
  const excused = ({ signature }: Receipt["failures"][number]) => signature !== undefined && signatures.has(signature);
  const failures = receipt.failures.filter((one) => !excused(one));
  const bad = all - (receipt.failures.length - failures.length);
  const shown = failures.slice(0, SHOWN_FAILURES).map(({ test, file, line, error }) => {
    const place = file === undefined ? "" : ` (${file}${line === undefined ? "" : `:${line}`})`;
    const message = error.split("\n", 1)[0]!.slice(0, 200);
    return `fix ${test}${place}${message === "" ? "" : `: ${message}`}`;
  });
  if (bad > shown.length) shown.push(`fix ${shown.length === 0 ? tests(bad) : `${bad - shown.length} more`}`);
  return shown;
}

const quarantineWords = ({ failures }: RunQuarantine): string =>
  failures.length === 0 ? "" : ` (of the run's failures ${failures.length} in quarantine)`;

function coverageProblem(receipt: Receipt, minimum: number): { message: string; actions: string[] } | undefined {
  const ratio = receipt.coverage?.lineRatio;
  if (ratio === undefined || ratio >= minimum) return undefined;
  const message = `line coverage ${percent(ratio)} is below the minimum of ${percent(minimum)}`;
  if (receipt.uncovered !== undefined && receipt.uncovered.length > 0)
    return { message, actions: receipt.uncovered.map(linesAction) };
  const files = receipt.coverage?.uncoveredFiles ?? [];
  const rest = files.length > SHOWN_FILES ? ` and ${files.length - SHOWN_FILES} more` : "";
  return {
    message,
    actions:
      files.length === 0
        ? [`add tests until line coverage reaches ${percent(minimum)}`]
        : [`add tests for uncovered files: ${files.slice(0, SHOWN_FILES).join(", ")}${rest}`],
  };
}

function linesAction({ path, uncoveredLines }: UncoveredFile): string {
  return `add tests for ${path}${uncoveredLines === undefined ? "" : `: lines ${uncoveredLines}`}`;
}

function goodWords({ counts, coverage, measures, loadResults }: Receipt, { failures }: RunQuarantine): string[] {
  const words: string[] = [];
  if (totalOf(counts) > 0) {
    const bad = counts.failed + counts.errored > 0 ? `, ${badWords(counts)}` : "";
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    words.push(`${tests(totalOf(counts))}: ${counts.passed} passed${bad}${skipped}`);
  }
  if (failures.length > 0) words.push(`in quarantine: ${quarantined(failures)}`);
  if (measures > 0) words.push(`${measures} ${measures === 1 ? "measure" : "measures"} stored`);
  if (loadResults > 0) words.push(`${loadResults} ${loadResults === 1 ? "load result" : "load results"} stored`);
  if (coverage?.lineRatio !== undefined) words.push(`line coverage ${percent(coverage.lineRatio)}`);
  else if (coverage !== undefined) words.push("coverage stored");
  return words;
}

function quarantined(failures: RunQuarantine["failures"]): string {
  const shown = failures
    .slice(0, SHOWN_FAILURES)
    .map(({ test, owner, expires }) => `${test} (${owner}, until ${expires})`);
  if (failures.length > shown.length) shown.push(`${failures.length - shown.length} more`);
  return shown.join(", ");
}

function badWords({ failed, errored }: OutcomeCounts): string {
  const words = [];
  if (failed > 0) words.push(`${failed} failed`);
  if (errored > 0) words.push(`${errored} errored`);
  return words.join(" and ");
}

const tests = (n: number): string => `${n} ${n === 1 ? "test" : "tests"}`;
/** Rounded down: 79.996 % must not be shown as the 80 % it missed. */
const percent = (ratio: number): string => `${Math.floor(ratio * 10_000 + 1e-6) / 100} %`;
