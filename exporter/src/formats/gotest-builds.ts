/** What the compiler prints, by import path, until the package that failed to build is reported. */
import { MAX_OUTPUT } from "../model/test.ts";
import { BoundedText, cut } from "./text.ts";

export class GoBuilds {
  readonly #texts = new Map<string, BoundedText>();
  readonly #failed = new Set<string>();
  /** Before Go 1.24 compiler output comes as plain lines, the package named by a line "# path". */
  #plain: string | undefined;

  add(path: string, output: string): void {
    let text = this.#texts.get(path);
    if (text === undefined) {
      text = new BoundedText(MAX_OUTPUT);
      this.#texts.set(path, text);
    }
    if (!output.startsWith("# ")) text.add(output);
  }

  plainLine(text: string): void {
    const header = /^# (\S+)/.exec(text)?.[1];
    if (header !== undefined) this.#plain = header;
    else if (this.#plain !== undefined && /^\S+\.go:\d+|^\s|^vet:|^too many errors/.test(text))
      this.add(this.#plain, `${cut(text, 1_000)}\n`);
    else this.#plain = undefined;
  }

  fail(path: string): void {
    this.#failed.add(path);
  }

  /** Its package was reported. */
  settle(path: string): void {
    this.#failed.delete(path);
  }

  /** Failed builds that no package was reported for. */
  get unsettled(): Iterable<string> {
    return this.#failed;
  }

  /** The first of these paths that anything was printed for. */
  printed(build: string, path: string): string | undefined {
    return (this.#texts.get(build) ?? this.#texts.get(path))?.toString();
  }

  /** "q [p.test]" was compiled for the tests of p, so a whole stream tells of p. */
  *testedPackages(): Iterable<string> {
    for (const build of this.#texts.keys()) {
      const tested = / \[(.+)\.test\]$/.exec(build)?.[1];
      if (tested !== undefined) yield tested;
    }
  }
}
