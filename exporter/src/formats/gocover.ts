import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type FileBuilder } from "./coverage-files.ts";
import { readLines } from "./lines.ts";

/**
 * Go cover profiles. `go tool cover` counts statements, and so does the line percentage here; the lines named as
 * uncovered are those of blocks that never ran. The same block occurs once per package that was tested (`-coverpkg`) and per
 * merged profile: it ran if it ran in any. Go knows neither branches nor functions here.
 */
export const gocover: Format = {
  id: "gocover",
  title: "Go cover profile",
  yields: "coverage",
  tools: ["go test -coverprofile", "go tool covdata", "gocovmerge"],
  extensions: ["out", "cov", "txt"],
  reads: "stream",
  notes: "The line percentage is that of statements, the one number go prints.",
  sniff: (head) => {
    if (!/^mode: (set|count|atomic)\s*$/m.test(head)) return "no";
    const body = head.slice(head.indexOf("mode: "));
    return /^\S.*:\d+\.\d+,\d+\.\d+ \d+ \d/m.test(body) || body.trim().indexOf("\n") === -1 ? "certain" : "maybe";
  },
  parse: parseGocover,
};

const BLOCK = /^(.+):(\d{1,9})\.(\d{1,9}),(\d{1,9})\.(\d{1,9}) (\d{1,9}) (-?\d+)$/;
/** A block is named by where it begins: line and column in one number. */
const COLUMNS = 100_000;

interface Block {
  readonly from: number;
  to: number;
  statements: number;
  hits: number;
}

async function parseGocover(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const files = new CoverageFiles(sink);
  const blocks = new Map<string, Map<number, Block>>();
  let noise = 0;
  let cut = false;
  sink.begin({ framework: "Go" });
  await readLines(source, limits, ({ text, number, last }) => {
    if (text.trim() === "" || /^mode: (set|count|atomic)\s*$/.test(text)) return;
    // go ends every line: a last one without a line break may be a part of what it was.
    if (last) cut = true;
    const match = BLOCK.exec(text.trimEnd());
    if (match === null) {
      if (!last && ++noise <= 3)
        sink.warn({ code: "NOISE_SKIPPED", message: "a line that is no block of a cover profile", line: number });
      return;
    }
    const [, path, from, column, to, , statements, hits] = match;
    let file = blocks.get(path!);
    if (file === undefined) {
      file = new Map();
      blocks.set(path!, file);
    }
    const place = Number(from) * COLUMNS + Math.min(Number(column), COLUMNS - 1);
    const known = file.get(place);
    if (known === undefined)
      file.set(place, { from: Number(from), to: Number(to), statements: Number(statements), hits: Number(hits) });
    else {
      known.to = Math.max(known.to, Number(to));
      known.statements = Math.max(known.statements, Number(statements));
      known.hits = Math.max(known.hits, Number(hits));
    }
  });
  if (noise > 3) sink.warn({ code: "NOISE_SKIPPED", message: `${noise} lines are no blocks of a cover profile` });
  for (const [path, list] of blocks) addBlocks(files.file(path), list);
  if (cut) sink.warn({ code: "INCOMPLETE", message: "the last line has no line break; the profile may be cut" });
  files.finish(cut ? { state: "partial", stateMessage: "the profile may be cut within its last line" } : {});
}

function addBlocks(file: FileBuilder, blocks: ReadonlyMap<number, Block>): void {
  for (const [place, { from, to, statements, hits }] of blocks) {
    const covered = file.covered(hits);
    // A block without a statement is a closing brace: nothing that could be tested.
    if (statements === 0) continue;
    file.lines(from, to, covered ? 1 : 0);
    file.statements(place, covered ? statements : 0, statements);
  }
  file.done();
}
