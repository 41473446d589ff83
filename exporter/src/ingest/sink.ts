import type { FileCoverage } from "../model/coverage.ts";
import { type Classifier, createClassifier } from "../model/error-type.ts";
import type { ReportMeta, ReportSink, Warning } from "../model/format.ts";
import type { LoadResult } from "../model/load.ts";
import type { Coverage, Measure } from "../model/measure.ts";
import type { FailureLine } from "../model/run.ts";
import { failureSignature } from "../model/signature.ts";
import type { PartWriter } from "../model/store.ts";
import { type CaseResult, casePath, type SuiteNode } from "../model/test.ts";

const MAX_FAILURES = 50;
/** More than `formats/guard.ts` lets through, which bounds them by code and sums up the rest. */
const MAX_WARNINGS = 300;

/** Label of coverage that no flag or configuration gives another one. */
const COVERAGE_SUITE = "coverage";

/** Carries what a parser emits to the store, and keeps the little that the receipt needs. */
export class StoreSink implements ReportSink {
  readonly #open: (suite: string) => PartWriter;
  readonly #suiteLabel: string | undefined;
  readonly #fallbackLabel: string;
  readonly #classify: Classifier;
  #label = "";
  #writer: PartWriter | undefined;
  meta: ReportMeta = {};
  measures = 0;
  loadResults = 0;
  readonly failures: FailureLine[] = [];
  readonly warnings: Warning[] = [];

  constructor(options: {
    open: (suite: string) => PartWriter;
    suiteLabel: string | undefined;
    fallbackLabel: string;
    classify?: Classifier;
  }) {
    this.#classify = options.classify ?? createClassifier([]);
    this.#open = options.open;
    this.#suiteLabel = options.suiteLabel;
    this.#fallbackLabel = options.fallbackLabel;
  }

  /** The writer, opened by the first row: the label is then the flag's, the root's, or the outermost suite's name. */
  writer(outermost?: SuiteNode, fallback = this.#fallbackLabel): PartWriter {
    if (this.#writer === undefined) {
      let top = outermost;
      while (top?.parent !== undefined) top = top.parent;
      const label = this.#suiteLabel ?? usable(this.meta.name) ?? usable(top?.name) ?? fallback;
      this.#label = label;
      this.#writer = this.#open(label);
    }
    return this.#writer;
  }

  begin(meta: ReportMeta): void {
    this.meta = meta;
  }
  suite(): void {}
  case(result: CaseResult): void {
    const writer = this.#writer ?? this.writer(result.suite);
    const bad = result.outcome === "failed" || result.outcome === "errored";
    if (!bad) {
      writer.addCase(result, undefined);
      return;
    }
    writer.addCase(result, this.#classify(result.failure, result.outcome, this.#label));
    if (this.failures.length < MAX_FAILURES)
      this.failures.push({
        test: result.name,
        file: result.file,
        line: result.line,
        error: (result.failure?.message ?? "").slice(0, 500),
        signature: failureSignature(casePath(result), result.name, result.failure?.message),
      });
  }
  measure(measure: Measure): void {
    this.measures++;
    this.writer().addMeasure(measure);
  }
  load(result: LoadResult): void {
    this.loadResults++;
    this.writer().addLoad(result);
  }
  coverage(coverage: Coverage): void {
    this.writer().addCoverage(coverage);
  }
  coverageFile(file: FileCoverage): void {
    // Coverage files of one run belong together, whatever they are called.
    this.writer(undefined, COVERAGE_SUITE).addCoverageFile(file);
  }
  warn(warning: Warning): void {
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push(warning);
  }
  end(meta: ReportMeta): void {
    this.meta = { ...this.meta, ...definedOnly(meta) };
  }
}

/** A name that can be a label: control characters out, 200 characters at most; undefined when nothing is left. */
function usable(name: string | undefined): string | undefined {
  const clean = name
    ?.replace(/[\u0000-\u001f\u007f]+/g, " ")
    .trim()
    .slice(0, 200)
    .toWellFormed();
  return clean === "" ? undefined : clean;
}

function definedOnly(meta: ReportMeta): ReportMeta {
  return Object.fromEntries(Object.entries(meta).filter(([, value]) => value !== undefined));
}
