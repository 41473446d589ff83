/** The analysis record of a deviation (R1): what is known when it is found, and what to do next. */
import type { CandidateCause, CauseKind } from "./causes.ts";

/** What began the analysis: a run that came in, or a person. A verdict depends on the data alone, so no schedule begins one. */
export type Trigger = "ingest" | "manual";

export interface AnalysisRecord {
  readonly deviation: string;
  readonly trigger: Trigger;
  readonly at: string;
  readonly summary: string;
  readonly context: Readonly<Record<string, string | undefined>>;
  readonly comparison: {
    readonly before: number;
    readonly after: number;
    /** Undefined where the level before is 0. */
    readonly changeRatio: number | undefined;
    readonly pValue: number;
    /** R1's z of the newest value; undefined: not enough, or no spread. */
    readonly z: number | undefined;
  };
  /** Earlier changes of the same series, oldest first. */
  readonly history: readonly { readonly run: string; readonly before: number; readonly after: number }[];
  /** Series whose change falls on the same run. */
  readonly similar: readonly string[];
  readonly commitRange: { readonly lastGood: string | undefined; readonly firstBad: string | undefined };
  readonly candidateCauses: readonly CandidateCause[];
  readonly severity: "warning" | "critical";
  readonly impactScope: "series" | "suite" | "project";
  /** 1 is first. */
  readonly priority: 1 | 2 | 3;
  readonly recommendedActions: readonly string[];
  readonly followUps: readonly string[];
  readonly rootCause: RootCauseRecord;
}

/** Started with what is known; the empty answers are for people. */
export interface RootCauseRecord {
  readonly fiveWhys: readonly { readonly why: string; readonly because: string | undefined }[];
  readonly fishbone: {
    readonly codeChanges: readonly string[];
    readonly environment: readonly string[];
    readonly testData: readonly string[];
    readonly testImplementation: readonly string[];
  };
}

export type RecordInput = Omit<
  AnalysisRecord,
  "impactScope" | "priority" | "recommendedActions" | "followUps" | "rootCause" | "similar"
> & {
  readonly similar: readonly { readonly name: string; readonly suite: string }[];
  readonly suite: string;
};

export function analysisRecord(input: RecordInput): AnalysisRecord {
  const { similar, suite, ...rest } = input;
  const impactScope = similar.some((one) => one.suite !== suite) ? "project" : similar.length > 0 ? "suite" : "series";
  const first = input.candidateCauses[0];
  return {
    ...rest,
    similar: similar.map(({ name }) => name),
    impactScope,
    priority: input.severity === "critical" ? 1 : impactScope === "series" ? 3 : 2,
    recommendedActions: [...ACTIONS[first?.kind ?? "unknown"], ...rangeAction(input.commitRange)],
    followUps: [
      "watch the next runs: the deviation ends by itself when the level is back",
      "accept the new level if it is wanted: plumbline deviations accept ID --reason TEXT",
    ],
    rootCause: {
      fiveWhys: [
        { why: `Why did it change? ${input.summary}`, because: first?.evidence },
        ...Array.from({ length: 4 }, () => ({ why: "Why?", because: undefined })),
      ],
      fishbone: {
        codeChanges: of(input.candidateCauses, "code", "dependencies"),
        environment: of(input.candidateCauses, "environment"),
        testData: [],
        testImplementation: of(input.candidateCauses, "test"),
      },
    },
  };
}

const of = (causes: readonly CandidateCause[], ...kinds: CauseKind[]): string[] =>
  causes.filter(({ kind }) => kinds.includes(kind)).map(({ evidence }) => evidence);

const ACTIONS: Readonly<Record<CauseKind, readonly string[]>> = {
  environment: [
    "run the newest good commit again on the new machine or environment: if it is slow there too, the code is not the cause",
  ],
  dependencies: ["compare the lock files of both commits, and run again with the old dependencies"],
  code: ["look through the commits of the range, or bisect them"],
  test: ["check whether the test tool or the test itself changed what it measures"],
  unknown: ["run the last good commit again now: it tells the code from the environment"],
};

function rangeAction({ lastGood, firstBad }: AnalysisRecord["commitRange"]): string[] {
  return lastGood === undefined || firstBad === undefined || lastGood === firstBad
    ? []
    : [`git log --oneline ${lastGood.slice(0, 12)}..${firstBad.slice(0, 12)}`];
}
