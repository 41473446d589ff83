/** Suites of reports that name the whole path with each case: one object per path, told of once. */
import type { ReportSink } from "../model/format.ts";
import { type CaseResult, MAX_NAME, type SuiteNode } from "../model/test.ts";
import { cut, plain } from "./text.ts";

/** Deeper paths are an attack or a mistake; their last names are joined. */
const MAX_PATH = 50;

interface Entry {
  readonly node: SuiteNode;
  readonly below: Map<string, Entry>;
  holdsCases: boolean;
}

export class SuiteTree {
  readonly #sink: ReportSink;
  readonly #top = new Map<string, Entry>();
  readonly #entries = new Map<SuiteNode, Entry>();
  #last: { readonly path: readonly string[]; readonly node: SuiteNode | undefined } = { path: [], node: undefined };

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  /** The suite at a path of names, outermost first; undefined for an empty path. */
  at(path: readonly string[], file?: string): SuiteNode | undefined {
    // Cases of one suite follow each other.
    const { path: lastPath, node: lastNode } = this.#last;
    if (path.length === lastPath.length && path.every((name, i) => name === lastPath[i])) return lastNode;
    const names =
      path.length <= MAX_PATH ? path : [...path.slice(0, MAX_PATH - 1), path.slice(MAX_PATH - 1).join(" > ")];
    let below = this.#top;
    let node: SuiteNode | undefined;
    for (const given of names) {
      const name = cut(plain(given), MAX_NAME) || "(unnamed)";
      let entry = below.get(name);
      if (entry === undefined) {
        entry = { node: { name, parent: node, file }, below: new Map(), holdsCases: false };
        below.set(name, entry);
        this.#entries.set(entry.node, entry);
      }
      node = entry.node;
      below = entry.below;
    }
    this.#last = { path, node };
    return node;
  }

  /** Passes a case on and tells of its suite before the first one. */
  case(result: CaseResult): void {
    const entry = result.suite === undefined ? undefined : this.#entries.get(result.suite);
    if (entry !== undefined && !entry.holdsCases) {
      entry.holdsCases = true;
      this.#sink.suite(entry.node, {});
    }
    this.#sink.case(result);
  }
}
