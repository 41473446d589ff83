/** All formats, in the order help shows them; detection, and the one entrance for reading a report. */
import { AppError, atPlace, toAppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { allure } from "./allure.ts";
import { clover } from "./clover.ts";
import { cobertura } from "./cobertura.ts";
import { coveragePy } from "./coverage-py.ts";
import { ctrf } from "./ctrf.ts";
import { cucumber } from "./cucumber.ts";
import { cucumberMessages } from "./cucumber-messages.ts";
import { dart } from "./dart.ts";
import { gocover } from "./gocover.ts";
import { gotest } from "./gotest.ts";
import { guard } from "./guard.ts";
import { istanbul } from "./istanbul.ts";
import { istanbulSummary } from "./istanbul-summary.ts";
import { jacoco } from "./jacoco.ts";
import { jest } from "./jest.ts";
import { junit } from "./junit.ts";
import { lcov } from "./lcov.ts";
import { libtest } from "./libtest.ts";
import { libtestJson } from "./libtest-json.ts";
import { measures } from "./measures.ts";
import { mocha } from "./mocha.ts";
import { mochawesome } from "./mochawesome.ts";
import { nextest } from "./nextest.ts";
import { nunit } from "./nunit.ts";
import { opencover } from "./opencover.ts";
import { playwright } from "./playwright.ts";
import { pytestJson } from "./pytest-json.ts";
import { pytestReportlog } from "./pytest-reportlog.ts";
import { robot } from "./robot.ts";
import { rspec } from "./rspec.ts";
import { simplecov } from "./simplecov.ts";
import { jsonShape, xmlShape } from "./sniff.ts";
import { peek } from "./source.ts";
import { standard } from "./standard.ts";
import { subunit } from "./subunit.ts";
import { tap } from "./tap.ts";
import { trx } from "./trx.ts";
import { xunit } from "./xunit.ts";

export const FORMATS: readonly Format[] = [
  junit,
  jest,
  mocha,
  mochawesome,
  playwright,
  cucumber,
  cucumberMessages,
  gotest,
  pytestJson,
  pytestReportlog,
  libtestJson,
  libtest,
  nextest,
  tap,
  subunit,
  nunit,
  xunit,
  trx,
  robot,
  rspec,
  dart,
  ctrf,
  allure,
  standard,
  measures,
  lcov,
  cobertura,
  jacoco,
  clover,
  istanbul,
  istanbulSummary,
  gocover,
  coveragePy,
  simplecov,
  opencover,
];

export function formatById(id: string): Format | undefined {
  return FORMATS.find((format) => format.id === id);
}

/**
 * The format of a report by its first 64 KB, or the forced one. Throws INPUT_EMPTY, FORMAT_HOSTILE for a document that
 * declares entities, and FORMAT_UNKNOWN with what was seen.
 */
export function detectFormat(head: string, fileName: string, forcedId?: string): Format {
  const place = { file: fileName, line: 1, column: 1 };
  if (forcedId !== undefined) {
    const forced = formatById(forcedId);
    if (forced === undefined)
      throw new AppError(
        "FORMAT_UNKNOWN",
        `there is no format ${JSON.stringify(forcedId)}; known: ${FORMATS.map((f) => f.id).join(", ")}`,
        { file: fileName },
      );
    if (head.trim() === "") throw new AppError("INPUT_EMPTY", "the file is empty", place);
    return forced;
  }
  if (head.trim() === "") throw new AppError("INPUT_EMPTY", "the file is empty", place);
  const hostile = xmlShape(head)?.hostile;
  if (hostile !== undefined) throw new AppError("FORMAT_HOSTILE", hostile, place);
  const base = fileName.split(/[/\\]/).at(-1) ?? fileName;
  let maybe: Format | undefined;
  for (const format of FORMATS) {
    const answer = format.sniff(head, base);
    if (answer === "certain") return format;
    if (answer === "maybe") maybe ??= format;
  }
  if (maybe !== undefined) return maybe;
  throw new AppError("FORMAT_UNKNOWN", `this is ${describe(head)}, which no known format claims`, place);
}

/**
 * Reads one report into `sink` and returns the id of its format; `onFormat` gets it before the first row. Every failure is
 * an AppError that names the source.
 */
export async function readReport(
  source: ReportSource,
  sink: ReportSink,
  limits: Limits,
  forcedId?: string,
  onFormat?: (id: string) => void,
): Promise<string> {
  try {
    const peeked = await peek(source);
    const format = detectFormat(peeked.head, source.name, forcedId);
    onFormat?.(format.id);
    await format.parse(peeked.source, guard(sink, format, peeked.encoding), limits);
    return format.id;
  } catch (error) {
    throw atPlace(toAppError(error), { file: source.name });
  }
}

const MAGIC: readonly (readonly [RegExp, string])[] = [
  [/^\u001f[\ufffd\u008b]/, "gzip data (decompress it, or send it with Content-Encoding: gzip)"],
  [/^PK\u0003\u0004/, "a ZIP archive (unpack it first)"],
  [/^SQLite format 3/, "an SQLite database"],
  [/^%PDF/, "a PDF document"],
  [/^\ufffdPNG/, "a PNG image"],
];

/** What a user needs to see that this is the wrong file. */
function describe(head: string): string {
  const magic = MAGIC.find(([pattern]) => pattern.test(head));
  if (magic !== undefined) return magic[1];
  const xml = xmlShape(head);
  if (xml !== undefined) {
    if (xml.root === undefined) return "XML that ends before its root element";
    return /^html$/i.test(xml.root) ? "an HTML page" : `an XML document with root <${xml.root}>`;
  }
  const json = jsonShape(head);
  if (json !== undefined) {
    const keys = json.keys.slice(0, 6).join(", ") + (json.keys.length > 6 ? ", …" : "");
    const lines = json.rest !== undefined && /^\s*[{[]/.test(json.rest);
    if (json.kind === "array")
      return json.keys.length === 0 ? "a JSON array" : `a JSON array of objects with keys ${keys}`;
    if (json.keys.length === 0) return "an empty JSON object";
    return `${lines ? "JSON lines, the first" : "a JSON object"} with keys ${keys}`;
  }
  if (head.includes("\0")) return "binary data";
  const line = head.trimStart().split(/\r?\n/, 1)[0] ?? "";
  return `text that begins ${JSON.stringify(line.slice(0, 60))}`;
}
