import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { tellFailures } from "./benchmark-cases.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { GoBenchmarks, type GoHeader } from "./go-benchmarks.ts";
import { GoTestReader } from "./gotest.ts";
import { isBenchmarkStream, isEventLine } from "./gotest-event.ts";
import { type Line, readLines } from "./lines.ts";
import { xmlShape } from "./sniff.ts";
import { peek } from "./source.ts";
import { plain } from "./text.ts";

/**
 * What `go test -bench` prints, and `-json` of benchmarks alone. Names are qualified by the package, as Go qualifies functions:
 * `example.com/shop.BenchmarkFib/n=10`. ns/op is the mean over the iterations. A package ends with `ok` or `FAIL`: one without has
 * been cut off, unless the file holds nothing but results, as benchstat's files do.
 */
export const gobench: Format = {
  id: "gobench",
  title: "go test -bench",
  yields: "measures",
  tools: ["go test -bench"],
  extensions: ["txt", "out", "log", "json"],
  reads: "stream",
  notes: "go test -bench . -count 10 2>&1 | tee FILE, or with -json: the repeats of -count are kept as samples.",
  sniff: (head) => {
    if (xmlShape(head) !== undefined) return "no";
    if (head.split("\n", 500).some(isEventLine)) return isBenchmarkStream(head) ? "certain" : "no";
    return RESULT.test(plain(head)) ? "certain" : "no";
  },
  parse: parseGobench,
};

const RESULT =
  /^(?:Benchmark(?![a-z])\S*\s+\d+\s+(?:[\d.e+-]+|NaN|[+-]Inf) \S|--- FAIL: Benchmark(?![a-z])|pkg: \S+\r?\n(?:cpu: .*\n)?Benchmark(?![a-z]))/m;

async function parseGobench(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const troubles = new BenchmarkTroubles(sink);
  const { head, source: whole } = await peek(source);
  const isStream = head.split("\n", 500).some(isEventLine);
  const reader = isStream ? new GoTestReader(tellFailures(sink, troubles, true)) : new GoBenchText(sink, troubles);
  await readLines(whole, limits, (line) => reader.line(line));
  reader.finish(source.name);
}

class GoBenchText {
  readonly #sink: ReportSink;
  readonly #troubles: BenchmarkTroubles;
  readonly #header: GoHeader = {};
  readonly #benchmarks: GoBenchmarks;
  #path: string | undefined;
  /** Between a header and the line that ends its package. */
  #open = false;
  #failed: { readonly name: string; readonly line: number } | undefined;
  #failures = 0;
  #crash: string | undefined;
  #noise = 0;
  #firstNoise: number | undefined;

  constructor(sink: ReportSink, troubles: BenchmarkTroubles) {
    this.#sink = sink;
    this.#troubles = troubles;
    this.#benchmarks = new GoBenchmarks(new BenchmarkBook(sink), this.#header);
    sink.begin({ framework: "go test" });
  }

  line(line: Line): void {
    const text = plain(line.text);
    const { number } = line;
    if (text.trim() === "") return;
    if (this.#failed !== undefined) {
      // What it said stands indented below "--- FAIL: BenchmarkX".
      const why = /^\s+(?:\S+\.go:\d+: )?(.*)$/.exec(text)?.[1];
      this.#tellFailed(why);
      if (why !== undefined) return;
    }
    if (this.#end(text)) return;
    if (/^(?:goos|pkg): /.test(text) && this.#benchmarks.hasResults && this.#open) this.#lost();
    const path = /^pkg: (\S+)/.exec(text)?.[1];
    if (path !== undefined) this.#path = path;
    if (path !== undefined || /^goos: /.test(text)) {
      this.#open = true;
      if (path !== undefined) return;
    }
    const failed = /^\s*--- FAIL: (Benchmark\S*)/.exec(text)?.[1];
    if (failed !== undefined) {
      this.#failed = { name: failed, line: number };
      this.#failures++;
      return;
    }
    if (/^(?:panic: |fatal error: )/.test(text)) this.#crash ??= text;
    // A file that ends within a line may end within a number, or a unit.
    if (line.last && this.#open && /^(?:Benchmark|\s*\d)/.test(text)) return;
    if (this.#benchmarks.line(text, number) || KNOWN.test(text)) return;
    this.#noise++;
    this.#firstNoise ??= number;
  }

  /** `ok  \texample.com/shop\t0.5s`, `FAIL\texample.com/cart [build failed]`; a line that is cut within does not end a package. */
  #end(text: string): boolean {
    const match = /^(ok|FAIL)\s+(\S+)\s+(\d[\d.]*s|\(cached\)|\[[^\]]+\])/.exec(text);
    if (match === null) return false;
    const [, word, found, rest = ""] = match;
    const path = this.#path ?? found;
    if (word === "FAIL" && this.#failures === 0)
      this.#troubles.failed(path!, /^\[/.test(rest) ? rest : (this.#crash ?? "the package failed"));
    this.#benchmarks.end(path);
    this.#close();
    return true;
  }

  #close(): void {
    this.#open = false;
    this.#path = undefined;
    this.#failures = 0;
    this.#crash = undefined;
  }

  #lost(): void {
    const path = this.#path;
    this.#benchmarks.end(path);
    this.#troubles.incomplete(`${path ?? "a package"} has no result: its benchmarks did not end`);
    this.#close();
  }

  #tellFailed(why: string | undefined): void {
    const { name, line } = this.#failed!;
    this.#failed = undefined;
    this.#troubles.failed(this.#path === undefined ? name : `${this.#path}.${name}`, why, line);
  }

  finish(): void {
    if (this.#failed !== undefined) this.#tellFailed(undefined);
    const crash = this.#crash;
    if (this.#open) this.#lost();
    else this.#benchmarks.end(this.#path);
    if (crash !== undefined) this.#troubles.failed("a package", crash);
    if (this.#noise > 0)
      this.#sink.warn({
        code: "NOISE_SKIPPED",
        message: `${this.#noise} lines are no results`,
        line: this.#firstNoise,
      });
    const runner = Object.keys(this.#header).length === 0 ? {} : { runner: { ...this.#header } };
    this.#sink.end(this.#troubles.meta({ framework: "go test", ...runner }));
  }
}

/** What else the testing package prints: logs are indented. */
const KNOWN = /^(?:PASS|FAIL|\?\s|exit status \d|\s|--- (?:BENCH|SKIP|PASS): |=== |testing: |no test files)/;
