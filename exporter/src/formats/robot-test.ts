/** One <test> of Robot Framework. */
import type { ReportMeta } from "../model/format.ts";
import { type Attempt, type CaseResult, MAX_MESSAGE, type Outcome, type SuiteNode } from "../model/test.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseCount, parseTimestamp } from "./numbers.ts";
import { cut, failureOf, plain } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

export interface RobotTest {
  readonly name: string;
  readonly line: number | undefined;
  status: string | undefined;
  startedAtMs: number | undefined;
  durationSeconds: number | undefined;
  message: string;
}

const STATUSES: ReadonlyMap<string | undefined, Outcome> = new Map([
  ["PASS", "passed"],
  ["FAIL", "failed"],
  ["SKIP", "skipped"],
  ["NOT RUN", "skipped"],
  ["NOT_RUN", "skipped"],
]);

export function openRobotTest(attributes: XmlAttributes, values: JunitValues): RobotTest {
  const name = values.name(attributes.get("name"));
  if (name === undefined) values.warn("NAME_MISSING", "a <test> has no name");
  return {
    name: name ?? "(unnamed)",
    line: parseCount(attributes.get("line")),
    status: undefined,
    startedAtMs: undefined,
    durationSeconds: undefined,
    message: "",
  };
}

export function closeRobotTest(test: RobotTest, suite: SuiteNode | undefined, values: JunitValues): CaseResult {
  const merged = unmerge(test.message);
  const message = merged.message;
  let outcome = STATUSES.get(test.status);
  if (outcome === undefined) {
    outcome = "errored";
    const status = JSON.stringify(cut(test.status ?? "", 40));
    values.warn("VALUE_SKIPPED", `status ${status} of ${cut(test.name, 100)} is unknown; counted as errored`);
  }
  const bad = outcome === "failed" || outcome === "errored";
  return {
    suite,
    name: test.name,
    outcome,
    durationSeconds: test.durationSeconds,
    startedAtMs: test.startedAtMs,
    file: suite?.file,
    line: test.line,
    failure: bad ? robotFailure(message) : undefined,
    earlierAttempts: merged.earlier,
    output:
      outcome === "skipped" && message.trim() !== ""
        ? `skipped: ${cut(plain(message.trim()), MAX_MESSAGE)}`
        : undefined,
  };
}

/** "ValueError: …" for exceptions; for assertions of the standard library there is the message alone. */
function robotFailure(message: string): CaseResult["failure"] {
  return failureOf(message, undefined, /^([A-Z]\w*(?:Error|Exception)): /.exec(message)?.[1]);
}

/** The test as the failed or skipped teardown of a suite around it leaves it: skipped ones stay as they are. */
export function tornDown(result: CaseResult, teardown: "failed" | "skipped", message: string): CaseResult {
  const before = result.failure?.message;
  if (before?.includes("arent suite teardown failed:") === true) return result;
  if (teardown === "skipped")
    return { ...result, outcome: "skipped", failure: undefined, output: cut(`skipped: ${message}`, MAX_MESSAGE) };
  if (result.outcome === "skipped") return result;
  const text =
    before === undefined
      ? `Parent suite teardown failed:\n${message}`
      : `${before}\n\nAlso parent suite teardown failed:\n${message}`;
  return { ...result, outcome: result.outcome === "errored" ? "errored" : "failed", failure: robotFailure(text) };
}

/**
 * `rebot --merge` writes the story of reruns as HTML into the message: the new status and message, then the old ones, newest
 * first. These words are its own; a message that only quotes them has no such classes.
 */
function unmerge(message: string): { message: string; earlier: Attempt[] | undefined } {
  if (!message.startsWith("*HTML*") || !message.includes('<span class="merge">Test has been re-executed')) {
    return { message: message.startsWith("*HTML*") ? textOf(message.slice(6)) : message, earlier: undefined };
  }
  const fresh = /<span class="new-message">New message:<\/span> ?([\s\S]*?)(?:<hr>|$)/.exec(message)?.[1] ?? "";
  const earlier: Attempt[] = [];
  const old =
    /<span class="old-status">Old status:<\/span> <span class="(pass|fail|skip)">[^<]*<\/span><br>(?:<span class="old-message">Old message:<\/span> ?([\s\S]*?)(?=<hr>|$))?/g;
  for (const [, status, text] of message.matchAll(old)) {
    if (earlier.length === 100) break;
    const outcome = STATUSES.get((status ?? "").toUpperCase()) ?? "errored";
    earlier.unshift({ outcome, failure: outcome === "failed" ? robotFailure(textOf(text ?? "")) : undefined });
  }
  return { message: textOf(fresh), earlier: earlier.length === 0 ? undefined : earlier };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'" };

/** The text of a message that is marked as HTML. */
function textOf(html: string): string {
  return html
    .replace(/<(br|hr|p|\/p|\/div|\/li)\b[^<>]*>/gi, "\n")
    .replace(/<[a-z/][^<>]*>/gi, "")
    .replace(/&(lt|gt|amp|quot|#39);/g, (all, name: string) => ENTITIES[name] ?? all)
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/** ISO since version 7, "20260131 12:00:00.123" before, "N/A" when there is none; in the zone of the machine, so UTC. */
export function robotTime(text: string | undefined): number | undefined {
  const old = /^(\d{4})(\d{2})(\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)$/.exec(text ?? "");
  return parseTimestamp(old === null ? (text ?? "") : `${old[1]}-${old[2]}-${old[3]}T${old[4]}`);
}

export function robotState(
  bad: number,
  declared: number,
  failure: string | undefined,
): Pick<ReportMeta, "state" | "stateMessage"> {
  if (bad > 0) return {};
  if (declared > 0)
    return { state: "error", stateMessage: `the statistics say ${declared} failures, but no test failed` };
  if (failure !== undefined) return { state: "error", stateMessage: failure };
  return {};
}
