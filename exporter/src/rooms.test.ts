/** Enforces the table of rooms: who may import whom. New rooms must be entered here first. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const SRC = "exporter/src";

/** What each room may import, besides itself. A name with a slash allows that one file only. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  log: ["errors"],
  model: ["errors"],
  formats: ["errors", "model"],
  store: ["errors", "model"],
  analysis: ["errors", "model"],
  config: ["errors", "model", "analysis", "formats/registry"],
  ingest: ["errors", "log", "model", "config", "formats", "analysis", "incidents/escalation"],
  metrics: ["errors", "log", "model", "config", "analysis"],
  incidents: ["errors", "log", "model", "config", "analysis"],
  live: ["errors", "log", "model", "config", "analysis"],
  performance: ["errors", "log", "model", "config", "formats", "analysis"],
  reports: ["errors", "log", "model", "config", "analysis"],
  server: [
    "errors",
    "log",
    "model",
    "config",
    "formats",
    "store",
    "analysis",
    "ingest",
    "metrics",
    "incidents",
    "live",
    "reports",
  ],
  cli: ["*"],
  demo: ["*"],
  prometheus: ["metrics/catalogue", "config/schema"],
  grafana: ["metrics/catalogue", "config/schema", "prometheus"],
  alertmanager: ["metrics/catalogue", "config/schema", "prometheus"],
};

/** The worker is where a store is opened for the ingest: it cannot be handed over a thread's border. */
const EXCEPTIONS: ReadonlySet<string> = new Set(["ingest/worker -> store/open"]);

/** Dependencies whose types stay in one room. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  saxes: ["formats"],
  "node:sqlite": ["store"],
  "prom-client": ["metrics"],
  express: ["server"],
  busboy: ["server"],
  bcryptjs: ["server"],
  commander: ["cli"],
  "@grafana/grafana-foundation-sdk": ["grafana"],
};

const FOLDERS = [SRC, "grafana/src", "prometheus/src", "alertmanager/src"];
const isTest = (file: string) => /\.test\.ts$|(^|\/)test-support\.ts$|\/__testing__\//.test(file);

interface Source {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: Source[] = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
  .map((file) => file.split(sep).join("/"))
  .filter((file) => !file.includes("/server/page/"))
  .map((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return { file, text, imports: importsOf(text) };
  });
const production = sources.filter(({ file }) => !isTest(file));

/** Static, dynamic and type imports, and workers started by address. */
function importsOf(text: string): string[] {
  const patterns = [
    /(?:^|[\s;}])(?:from|import)\s*["']([^"']+)["']/g,
    /\bimport\(\s*["']([^"']+)["']/g,
    /new URL\(\s*["'`](\.[^"'`$]+)/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name ?? ""));
}

/** `server/routes/run` of exporter/src/server/routes/run.ts; `grafana/panels` of grafana/src/panels.ts. */
function nameOf(file: string): string {
  const short = file.startsWith(`${SRC}/`) ? file.slice(SRC.length + 1) : file.replace("/src/", "/");
  return short.replace(/\.(ts|js)$/, "");
}
const roomOf = (name: string): string => name.split("/", 1)[0] ?? name;

function localImports({ file, imports }: Source): string[] {
  return imports
    .filter((name) => name.startsWith("."))
    .map((name) =>
      relative(ROOT, resolve(ROOT, dirname(file), name))
        .split(sep)
        .join("/"),
    );
}

test("all sources were found", () => {
  expect(sources.length).toBeGreaterThan(50);
});

test("every room is in the table", () => {
  const rooms = new Set(production.map(({ file }) => roomOf(nameOf(file))));
  expect([...rooms].filter((room) => !(room in ROOMS))).toEqual([]);
});

test("imports keep to the table", () => {
  const wrong = production.flatMap((source) => {
    const from = nameOf(source.file);
    const allowed = ROOMS[roomOf(from)] ?? [];
    return localImports(source)
      .map(nameOf)
      .filter((to) => roomOf(to) !== roomOf(from) && !allowed.includes("*"))
      .filter((to) => !allowed.includes(roomOf(to)) && !allowed.includes(to))
      .map((to) => `${from} -> ${to}`)
      .filter((line) => !EXCEPTIONS.has(line));
  });
  expect(wrong).toEqual([]);
});

test("exceptions are still needed", () => {
  const all = production.flatMap((source) =>
    localImports(source).map((to) => `${nameOf(source.file)} -> ${nameOf(to)}`),
  );
  expect([...EXCEPTIONS].filter((line) => !all.includes(line))).toEqual([]);
});

test("no source imports from tests", () => {
  const wrong = production.flatMap((source) =>
    localImports(source)
      .filter((to) => isTest(to) || /^exporter\/test\/|^prometheus\/tests\//.test(to))
      .map((to) => `${source.file} -> ${to}`),
  );
  expect(wrong).toEqual([]);
});

test("no file mentions the shared folder, which users do not have", () => {
  const mark = new RegExp(["\\.\\./shar", "ed\\b|/work/shar", "ed\\b"].join(""));
  expect(sources.filter(({ text }) => mark.test(text)).map(({ file }) => file)).toEqual([]);
});

describe("a dependency's types stay in one room", () => {
  test.each(Object.entries(PACKAGES))("%s", (name, rooms) => {
    const wrong = production
      .filter(({ imports }) => imports.some((one) => one === name || one.startsWith(`${name}/`)))
      .map(({ file }) => nameOf(file))
      .filter((file) => !rooms.includes(roomOf(file)));
    expect(wrong).toEqual([]);
  });
});

/** Beside the command line, the first files of a thread or program of its own. */
const ENTRIES: ReadonlySet<string> = new Set(["ingest/worker", "alertmanager/inbox"]);

test("only the command line reads arguments, environment and the clock", () => {
  const outside = /\bprocess\.(argv|env)\b|\bDate\.now\(\)|\bnew Date\(\)/;
  const wrong = production
    .map(({ file, text }) => ({ file: nameOf(file), text }))
    .filter(({ file }) => !["cli", "demo"].includes(roomOf(file)) && !ENTRIES.has(file))
    .flatMap(({ file, text }) =>
      text
        .split("\n")
        .filter((line) => outside.test(line.replace(/\/\/.*|^\s*\/?\*.*/, "")))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(wrong).toEqual([]);
});
