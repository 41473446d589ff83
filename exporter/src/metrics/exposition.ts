import type { Family } from "./catalogue.ts";
import { asByteString, formatBound, formatValue } from "./labels.ts";
import type { ExpositionFormat } from "./negotiate.ts";
import { type Entry, type HistogramEntry, type SampleEntry, shownBuckets, shownValue, type Table } from "./table.ts";
import type { MetricsView } from "./view.ts";

/**
 * The report-derived part of a scrape, without `# EOF`, as the chunks to be written one after the other. Chunks are shared
 * between bodies and never changed.
 */
export interface Body {
  readonly revision: number;
  readonly chunks: readonly Buffer[];
  readonly length: number;
}

/**
 * Our own writer of the text format 0.0.4 and of OpenMetrics 1.0.0. prom-client formats 100 k series anew for every scrape,
 * blocking; here everything before a value is kept as bytes, a body is kept until the view's revision changes, and then
 * only blocks of lines that changed are written, the others are taken over from the body before.
 */
export function createExposition(view: MetricsView, options: { createdTimestamps: boolean }) {
  const writers = { text: textWriter(), openmetrics: openMetricsWriter(options.createdTimestamps) };
  const kept = new Map<ExpositionFormat, Kept>();
  return {
    /** The body of the view as it is; the same object while its revision is the same. */
    body(format: ExpositionFormat): Body {
      const before = kept.get(format);
      if (before?.body.revision === view.revision) return before.body;
      const after = render(view, writers[format], before);
      kept.set(format, after);
      return after.body;
    },
  };
}
export type Exposition = ReturnType<typeof createExposition>;

interface Writer {
  header(family: Family): string;
  /** Lines of exposed entries `from` (inclusive) to `to` (exclusive). */
  lines(table: Table, from: number, to: number): string;
}

interface Block {
  readonly version: number;
  readonly bytes: Buffer;
}
interface Kept {
  readonly body: Body;
  readonly blocks: ReadonlyMap<Table, readonly Block[]>;
}

function render(view: MetricsView, writer: Writer, before: Kept | undefined): Kept {
  const blocks = new Map<Table, readonly Block[]>();
  const chunks: Buffer[] = [];
  let length = 0;
  for (const table of view.tables) {
    if (table.exposed.length === 0) continue;
    const old = before?.blocks.get(table);
    const size = table.blockSize;
    const fresh = table.versions.map((version, i): Block => {
      const same = old?.[i];
      if (same?.version === version) return same;
      const lines = writer.lines(table, i * size, Math.min((i + 1) * size, table.exposed.length));
      // The header goes with the first block: one chunk less, and it never changes.
      return { version, bytes: Buffer.from((i === 0 ? writer.header(table.family) : "") + lines, "latin1") };
    });
    blocks.set(table, fresh);
    for (const { bytes } of fresh) {
      chunks.push(bytes);
      length += bytes.length;
    }
  }
  return { body: { revision: view.revision, chunks, length }, blocks };
}

function textWriter(): Writer {
  return {
    header: ({ name, help, type }) =>
      asByteString(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${TEXT_TYPES[type]}\n`),
    lines({ exposed }, from, to) {
      let text = "";
      for (let i = from; i < to; i++) {
        const entry = exposed[i]!;
        if (entry.kind === "sample") text += `${entry.key}${formatValue(shownValue(entry))}\n`;
        else text += histogramText(entry, -1, "");
      }
      return text;
    },
  };
}

function openMetricsWriter(createdTimestamps: boolean): Writer {
  const created = (entry: Entry, name: string, labels: string): string =>
    createdTimestamps && entry.createdAtMs !== undefined
      ? `${name}_created${labels}${formatValue(entry.createdAtMs / 1000)}\n`
      : "";

  function counter(entry: SampleEntry, family: Family): string {
    const exemplar = entry.held || entry.value === 0 ? "" : exemplarText(entry.runId, 1);
    const line = `${entry.key}${formatValue(shownValue(entry))}${exemplar}\n`;
    if (!createdTimestamps) return line;
    return line + created(entry, openMetricsName(family), entry.key.slice(family.name.length));
  }

  function histogram(entry: HistogramEntry, family: Family): string {
    const bucket = entry.held ? -1 : entry.movedBucket;
    // Which value moved the bucket is not known any more; its bound is what is known of it.
    const exemplar = bucket < 0 ? "" : exemplarText(entry.runId, entry.bounds[bucket]!);
    const labels = entry.key === "" ? " " : `{${entry.key}} `;
    return histogramText(entry, bucket, exemplar) + created(entry, family.name, labels);
  }

  return {
    header(family) {
      const name = openMetricsName(family);
      const unit = unitOf(family);
      const lines = [`# HELP ${name} ${escapeHelp(family.help).replaceAll('"', '\\"')}`];
      lines.push(`# TYPE ${name} ${OPENMETRICS_TYPES[family.type]}`);
      if (unit !== undefined) lines.push(`# UNIT ${name} ${unit}`);
      return asByteString(`${lines.join("\n")}\n`);
    },
    lines({ exposed, family }, from, to) {
      const isCounter = family.type === "counter";
      let text = "";
      for (let i = from; i < to; i++) {
        const entry = exposed[i]!;
        if (entry.kind === "histogram") text += histogram(entry, family);
        else if (isCounter) text += counter(entry, family);
        else text += `${entry.key}${formatValue(shownValue(entry))}\n`;
      }
      return text;
    },
  };
}

function histogramText(entry: HistogramEntry, exemplarBucket: number, exemplar: string): string {
  const { lines } = entry;
  const { counts, sum } = shownBuckets(entry);
  const buckets = counts.length;
  let text = "";
  let cumulative = 0;
  for (let i = 0; i < buckets; i++) {
    cumulative += counts[i]!;
    text += lines[i] + (i === exemplarBucket ? `${cumulative}${exemplar}\n` : `${cumulative}\n`);
  }
  return `${text}${lines[buckets]}${formatValue(sum)}\n${lines[buckets + 1]}${cumulative}\n`;
}

/**
 * OpenMetrics 1.0.0 allows 128 characters in names and values together; a part of an id would lead nowhere. Escapes are left
 * out as well: Prometheus 3.5 keeps the backslashes (tried), other readers fail. Neighbours mostly name the same run, so
 * the last text is kept.
 */
function exemplarText(runId: string | undefined, value: number): string {
  if (runId === undefined || runId === "") return "";
  if (runId !== lastExemplar.runId) {
    const fits = [...runId].length <= 128 - "run_id".length && !/[\\"\n]/.test(runId);
    lastExemplar = { runId, text: fits ? asByteString(` # {run_id="${runId.toWellFormed()}"} `) : "" };
  }
  return lastExemplar.text === "" ? "" : lastExemplar.text + formatBound(value);
}
let lastExemplar = { runId: "", text: "" };

/** 0.0.4 knows neither statesets nor infos. */
const TEXT_TYPES = {
  counter: "counter",
  gauge: "gauge",
  histogram: "histogram",
  stateset: "gauge",
  info: "gauge",
} as const satisfies Record<Family["type"], string>;
/** A stateset of OpenMetrics names its label like the family; ours names it for what it is, so it is a gauge there too. */
const OPENMETRICS_TYPES = { ...TEXT_TYPES, info: "info" } as const;

/** OpenMetrics names the family, and its samples add `_total` or `_info`. */
export function openMetricsName({ name, type }: Family): string {
  if (type === "counter") return name.replace(/_total$/, "");
  return type === "info" ? name.replace(/_info$/, "") : name;
}

/** Only a unit that the name ends with may be stated. */
export function unitOf(family: Family): string | undefined {
  const name = openMetricsName(family);
  const unit = family.unit ?? (name.endsWith("_timestamp_seconds") ? "seconds" : undefined);
  return unit !== undefined && name.endsWith(`_${unit}`) ? unit : undefined;
}

const escapeHelp = (help: string): string => help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
