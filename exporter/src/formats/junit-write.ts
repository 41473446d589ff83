/** Writes JUnit XML, in the dialect of Surefire where JUnit itself has no word (reruns, flaky failures). */
import {
  type Attempt,
  type CaseResult,
  type Failure,
  noCounts,
  type OutcomeCounts,
  type SuiteNode,
  totalOf,
} from "../model/test.ts";
import type { CollectedReport } from "./collect.ts";

/** A suite of the report with its own cases and the suites in it. */
interface Branch {
  readonly node: SuiteNode | undefined;
  readonly cases: CaseResult[];
  readonly suites: Branch[];
}

/**
 * Suites are nested as they are in the report; cases without a suite stand in one that is named as the report. JUnit has no word for
 * a run that did not end well: such a run gets a suite "(run)" with one error, since no reader may take it for a pass.
 * Of earlier attempts those that failed are written. Characters that XML cannot hold become U+FFFD.
 */
export function toJunitXml({ meta, cases, suiteSeconds }: CollectedReport): string {
  const root = tree(cases);
  const out: string[] = ['<?xml version="1.0" encoding="UTF-8"?>\n'];
  const wrong = meta.state === undefined ? 0 : 1;
  const total = count(root);
  out.push(
    `<testsuites${attribute("name", meta.name)}${counts({ ...total, errored: total.errored + wrong })}`,
    `${attribute("time", meta.durationSeconds)}${timestamp(meta.startedAtMs)}>\n`,
  );
  if (root.cases.length > 0) {
    out.push(` <testsuite${attribute("name", meta.name ?? "(no suite)")}${counts(countOf(root.cases))}>\n`);
    for (const result of root.cases) out.push(testcase(result, "  "));
    out.push(" </testsuite>\n");
  }
  for (const branch of root.suites) writeSuite(branch, suiteSeconds, " ", out);
  if (wrong > 0) {
    const message = meta.stateMessage ?? `the run is ${meta.state}`;
    out.push(' <testsuite name="(run)" tests="1" failures="0" errors="1" skipped="0">\n');
    out.push(`  <testcase name="(the run did not end well)"><error${attribute("message", message)}`);
    out.push(`${attribute("type", meta.state)}/></testcase>\n </testsuite>\n`);
  }
  out.push("</testsuites>\n");
  return out.join("");
}

function tree(cases: readonly CaseResult[]): Branch {
  const root: Branch = { node: undefined, cases: [], suites: [] };
  const branches = new Map<SuiteNode, Branch>();
  const branchOf = (node: SuiteNode | undefined): Branch => {
    if (node === undefined) return root;
    let branch = branches.get(node);
    if (branch === undefined) {
      branch = { node, cases: [], suites: [] };
      branches.set(node, branch);
      branchOf(node.parent).suites.push(branch);
    }
    return branch;
  };
  for (const result of cases) branchOf(result.suite).cases.push(result);
  return root;
}

function countOf(cases: readonly CaseResult[]): OutcomeCounts {
  const counts = noCounts();
  for (const result of cases) counts[result.outcome]++;
  return counts;
}

function count(branch: Branch): OutcomeCounts {
  const sum = countOf(branch.cases);
  for (const inner of branch.suites) {
    const { passed, failed, errored, skipped } = count(inner);
    sum.passed += passed;
    sum.failed += failed;
    sum.errored += errored;
    sum.skipped += skipped;
  }
  return sum;
}

function counts(sum: OutcomeCounts): string {
  return ` tests="${totalOf(sum)}" failures="${sum.failed}" errors="${sum.errored}" skipped="${sum.skipped}"`;
}

function writeSuite(branch: Branch, seconds: ReadonlyMap<SuiteNode, number>, indent: string, out: string[]): void {
  const { node, cases, suites } = branch;
  const time = node === undefined ? undefined : seconds.get(node);
  out.push(`${indent}<testsuite${attribute("name", node?.name)}${attribute("file", node?.file)}`);
  out.push(`${counts(count(branch))}${attribute("time", time)}>\n`);
  for (const result of cases) out.push(testcase(result, `${indent} `));
  for (const inner of suites) writeSuite(inner, seconds, `${indent} `, out);
  out.push(`${indent}</testsuite>\n`);
}

function testcase(result: CaseResult, indent: string): string {
  const { outcome, failure, earlierAttempts, attachments, output } = result;
  const inside: string[] = [];
  if (attachments !== undefined && attachments.length > 0) {
    const list = attachments.map(({ path }) => `<property name="attachment"${attribute("value", path)}/>`);
    inside.push(`<properties>${list.join("")}</properties>`);
  }
  if (outcome === "skipped") inside.push("<skipped/>");
  if (outcome === "failed") inside.push(problem("failure", failure));
  if (outcome === "errored") inside.push(problem("error", failure));
  for (const attempt of earlierAttempts ?? []) inside.push(rerun(attempt, outcome === "passed"));
  if (output !== undefined) inside.push(`<system-out>${text(output)}</system-out>`);
  const head =
    `${indent}<testcase${attribute("classname", result.className)}${attribute("name", result.name)}` +
    `${attribute("time", result.durationSeconds)}${timestamp(result.startedAtMs)}` +
    `${attribute("file", result.file)}${attribute("line", result.line)}`;
  if (inside.length === 0) return `${head}/>\n`;
  return `${head}>\n${inside.map((line) => `${indent} ${line}\n`).join("")}${indent}</testcase>\n`;
}

function rerun(attempt: Attempt, passedInTheEnd: boolean): string {
  if (attempt.outcome !== "failed" && attempt.outcome !== "errored") return "";
  const kind = attempt.outcome === "failed" ? "Failure" : "Error";
  return problem(`${passedInTheEnd ? "flaky" : "rerun"}${kind}`, attempt.failure, attempt.durationSeconds);
}

function problem(element: string, failure: Failure | undefined, seconds?: number | undefined): string {
  const head = `<${element}${attribute("message", failure?.message)}${attribute("type", failure?.type)}${attribute("time", seconds)}`;
  return failure?.stack === undefined ? `${head}/>` : `${head}>${text(failure.stack)}</${element}>`;
}

function attribute(name: string, value: string | number | undefined): string {
  return value === undefined ? "" : ` ${name}="${escaped(typeof value === "number" ? decimal(value) : value)}"`;
}

/** JUnit's times are decimals: no exponent. */
function decimal(value: number): string {
  const short = String(value);
  return short.includes("e") ? value.toFixed(12).replace(/\.?0+$/, "") : short;
}

function timestamp(ms: number | undefined): string {
  return ms === undefined ? "" : attribute("timestamp", new Date(ms).toISOString());
}

const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // Readers turn raw ones in attributes into spaces, and \r everywhere into \n.
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

/** Also right as text, where quotes and line breaks need no escape. */
function escaped(value: string): string {
  return value
    .toWellFormed()
    .replace(NOT_XML, "\ufffd")
    .replace(/[&<>"\n\r\t]/g, (c) => ENTITIES[c]!);
}

function text(value: string): string {
  return value
    .toWellFormed()
    .replace(NOT_XML, "\ufffd")
    .replace(/[&<>\r]/g, (c) => ENTITIES[c]!);
}
