/** All formats, in the order help shows them; detection, and the one entrance for reading a report. */
import { AppError, atPlace, toAppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { ab } from "./ab.ts";
import { allure } from "./allure.ts";
import { artillery } from "./artillery.ts";
import { asv } from "./asv.ts";
import { asvJson } from "./asv-json.ts";
import { autocannon } from "./autocannon.ts";
import { benchmarkHarness } from "./benchmark-harness.ts";
import { benchmarkdotnet } from "./benchmarkdotnet.ts";
import { benchmarkjs } from "./benchmarkjs.ts";
import { benchmarkluau } from "./benchmarkluau.ts";
import { bmf } from "./bmf.ts";
import { catch2 } from "./catch2.ts";
import { clover } from "./clover.ts";
import { cobertura } from "./cobertura.ts";
import { consoleTime } from "./console-time.ts";
import { coveragePy } from "./coverage-py.ts";
import { criterion } from "./criterion.ts";
import { criterionJson } from "./criterion-json.ts";
import { ctrf } from "./ctrf.ts";
import { cucumber } from "./cucumber.ts";
import { cucumberMessages } from "./cucumber-messages.ts";
import { customJson } from "./custom-json.ts";
import { dart } from "./dart.ts";
import { gatling } from "./gatling.ts";
import { ghz } from "./ghz.ts";
import { gobench } from "./gobench.ts";
import { gocover } from "./gocover.ts";
import { googlebench } from "./googlebench.ts";
import { gotest } from "./gotest.ts";
import { guard } from "./guard.ts";
import { gungraun } from "./gungraun.ts";
import { gungraunJson } from "./gungraun-json.ts";
import { hey } from "./hey.ts";
import { hyperfine } from "./hyperfine.ts";
import { iai } from "./iai.ts";
import { istanbul } from "./istanbul.ts";
import { istanbulSummary } from "./istanbul-summary.ts";
import { jacoco } from "./jacoco.ts";
import { jest } from "./jest.ts";
import { jmeterCsv } from "./jmeter-csv.ts";
import { jmeterXml } from "./jmeter-xml.ts";
import { jmh } from "./jmh.ts";
import { julia } from "./julia.ts";
import { junit } from "./junit.ts";
import { k6Csv } from "./k6-csv.ts";
import { k6Json } from "./k6-json.ts";
import { k6Summary } from "./k6-summary.ts";
import { lcov } from "./lcov.ts";
import { libtest } from "./libtest.ts";
import { libtestBench } from "./libtest-bench.ts";
import { libtestJson } from "./libtest-json.ts";
import { locust } from "./locust.ts";
import { measureLines } from "./measure-lines.ts";
import { measures } from "./measures.ts";
import { mocha } from "./mocha.ts";
import { mochawesome } from "./mochawesome.ts";
import { nextest } from "./nextest.ts";
import { nunit } from "./nunit.ts";
import { oha } from "./oha.ts";
import { opencover } from "./opencover.ts";
import { openmetrics } from "./openmetrics.ts";
import { playwright } from "./playwright.ts";
import { pytestBenchmark } from "./pytest-benchmark.ts";
import { pytestJson } from "./pytest-json.ts";
import { pytestReportlog } from "./pytest-reportlog.ts";
import { robot } from "./robot.ts";
import { rspec } from "./rspec.ts";
import { rubyBenchmark } from "./ruby-benchmark.ts";
import { simplecov } from "./simplecov.ts";
import { jsonShape, xmlShape } from "./sniff.ts";
import { peek } from "./source.ts";
import { standard } from "./standard.ts";
import { subunit } from "./subunit.ts";
import { tap } from "./tap.ts";
import { tinybench } from "./tinybench.ts";
import { trx } from "./trx.ts";
import { vegeta } from "./vegeta.ts";
import { vitestBench } from "./vitest-bench.ts";
import { wrk } from "./wrk.ts";
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
  measureLines,
  openmetrics,
  gobench,
  libtestBench,
  criterion,
  criterionJson,
  iai,
  gungraun,
  gungraunJson,
  googlebench,
  catch2,
  jmh,
  benchmarkdotnet,
  pytestBenchmark,
  asv,
  asvJson,
  benchmarkjs,
  vitestBench,
  tinybench,
  hyperfine,
  rubyBenchmark,
  julia,
  benchmarkHarness,
  benchmarkluau,
  consoleTime,
  bmf,
  customJson,
  k6Summary,
  k6Json,
  k6Csv,
  jmeterCsv,
  jmeterXml,
  locust,
  vegeta,
  autocannon,
  hey,
  ab,
  wrk,
  ghz,
  oha,
  artillery,
  gatling,
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

const XML_FORMATS = FORMATS.filter(({ extensions }) => extensions.includes("xml"));

export function formatById(id: string): Format | undefined {
  return FORMATS.find((format) => format.id === id);
}

/**
 * The format of a report by its first 64 KB, or the forced one. Throws INPUT_EMPTY, FORMAT_HOSTILE for a document that
 * declares entities, and FORMAT_UNKNOWN with what was seen, or with the candidates when there are several.
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
  const xml = xmlShape(head);
  if (xml?.hostile !== undefined) throw new AppError("FORMAT_HOSTILE", xml.hostile, place);
  const base = fileName.split(/[/\\]/).at(-1) ?? fileName;
  // To ask seventy formats takes longer than to read a small report: a document of XML is none of the others.
  const asked = xml?.root === undefined ? FORMATS : XML_FORMATS;
  const answers = asked.map((format) => ({ format, answer: format.sniff(head, base) }));
  for (const sure of ["certain", "maybe"] as const) {
    const [found, ...others] = answers.filter(({ answer }) => answer === sure).map(({ format }) => format);
    if (found === undefined) continue;
    if (others.length === 0) return found;
    const ids = [found, ...others].map(({ id }) => id);
    const hint = `say which: ${ids.map((id) => `--format ${id}`).join(" or ")}`;
    throw new AppError("FORMAT_UNKNOWN", `this could be ${ids.join(" or ")}`, place, { hint });
  }
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
