/**
 * A small reader of both exposition formats, written from their grammars and not from our writer: it is what the writers
 * are held against. Strict: what it does not understand, it throws.
 */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: { readonly labels: Readonly<Record<string, string>>; readonly value: number } | undefined;
}
export interface ParsedFamily {
  readonly name: string;
  type: string;
  help: string;
  unit: string | undefined;
  readonly samples: ParsedSample[];
}

export function parseExposition(text: string): { families: Map<string, ParsedFamily>; eof: boolean } {
  if (!text.endsWith("\n")) throw new Error("the last line has no line feed");
  const families = new Map<string, ParsedFamily>();
  let current: ParsedFamily | undefined;
  let eof = false;
  for (const line of text.slice(0, -1).split("\n")) {
    if (eof) throw new Error(`after # EOF: ${line}`);
    if (line === "") continue;
    if (line === "# EOF") {
      eof = true;
      continue;
    }
    const meta = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/s.exec(line);
    if (meta !== null) {
      const [, keyword, name = "", rest = ""] = meta;
      if (current?.name !== name) {
        if (families.has(name)) throw new Error(`${name} appears twice`);
        current = { name, type: "unknown", help: "", unit: undefined, samples: [] };
        families.set(name, current);
      }
      if (keyword === "HELP") current.help = rest;
      else if (keyword === "TYPE") current.type = rest;
      else current.unit = rest;
      continue;
    }
    const sample = parseSample(line);
    if (current === undefined || !sample.name.startsWith(current.name)) throw new Error(`no family for ${line}`);
    current.samples.push(sample);
  }
  return { families, eof };
}

function parseSample(line: string): ParsedSample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`no metric name: ${line}`);
  const { labels, end } = parseLabels(line, name.length);
  const rest = line.slice(end);
  const match = /^ (\S+)(?: # (.*))?$/s.exec(rest);
  if (match === null) throw new Error(`no value: ${line}`);
  const [, value = "", exemplarText] = match;
  if (exemplarText === undefined) return { name, labels, value: parseValue(value), exemplar: undefined };
  const exemplar = parseLabels(exemplarText, 0);
  const exemplarValue = parseValue(exemplarText.slice(exemplar.end).trim());
  return { name, labels, value: parseValue(value), exemplar: { labels: exemplar.labels, value: exemplarValue } };
}

function parseLabels(line: string, start: number): { labels: Record<string, string>; end: number } {
  const labels: Record<string, string> = {};
  if (line[start] !== "{") return { labels, end: start };
  let at = start + 1;
  while (line[at] !== "}") {
    const name = /^[a-zA-Z_][a-zA-Z0-9_]*(?==")/.exec(line.slice(at))?.[0];
    if (name === undefined) throw new Error(`no label name at ${at}: ${line}`);
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} twice: ${line}`);
    at += name.length + 2;
    let value = "";
    while (line[at] !== '"') {
      let char = line[at++];
      if (char === undefined) throw new Error(`label ${name} is not closed: ${line}`);
      if (char === "\\") {
        const escaped = line[at++];
        if (escaped !== "\\" && escaped !== '"' && escaped !== "n") throw new Error(`unknown escape: ${line}`);
        char = escaped === "n" ? "\n" : escaped;
      }
      value += char;
    }
    labels[name] = value;
    at++;
    if (line[at] === ",") at++;
    else if (line[at] !== "}") throw new Error(`neither comma nor brace at ${at}: ${line}`);
  }
  return { labels, end: at + 1 };
}

function parseValue(text: string): number {
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  if (!/^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/.test(text)) throw new Error(`not a number: ${text}`);
  return Number(text);
}

/** Samples as a sorted list, each its name and full sorted label set (empty ones dropped, `le` as a number) and value. */
export function samplesOf(text: string): [string, number][] {
  const rows: [string, number][] = [];
  for (const { samples } of parseExposition(text).families.values()) {
    for (const { name, labels, value } of samples) {
      const set = Object.entries(labels)
        .filter(([, label]) => label !== "")
        .map(([key, label]) => [key, key === "le" ? parseValue(label) : label])
        .sort();
      rows.push([JSON.stringify([name, set], (_, part) => (part === Number.POSITIVE_INFINITY ? "+Inf" : part)), value]);
    }
  }
  return rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
