/** The `operation` of a request: its route with what differs from call to call taken out, and a bound for how many there are. */
import type { ReportSink } from "../model/format.ts";
import { MAX_OPERATIONS } from "../model/load.ts";
import { OVERFLOW } from "../model/store.ts";
import { cut, own, plain } from "./text.ts";

const MAX_OPERATION = 200;
/** Thread groups, k6 scenarios, simulations of one report. */
const MAX_SCENARIOS = 50;

const METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|QUERY)(?=\s)/i;
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;
const EMAIL = /^[^\s/@{}]+(?:@|%40)[^\s/@{}]+\.[a-z]{2,}$/i;
const FREE_UUIDS = new RegExp(`\\b${UUID.source}\\b`, "gi");
const FREE_EMAILS = /[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/gi;

/**
 * The templated operation of a request's name or address, with the method before it where it is known:
 *
 * - `https://shop.example:8080/users/42?page=2#top` is `/users/{id}`: scheme, user, host and port go, since one operation has one
 *   name in every environment; query string, fragment, `;jsessionid=…` and a slash at the end go.
 * - In paths, a segment that is a number becomes `{id}`, a UUID `{uuid}`, a date `{date}`, an e-mail address `{email}`, an IP
 *   address `{ip}`, a long hex or base64-like text `{token}`; `user-1234` becomes `user-{id}`, `42.json` `{id}.json`, `Users(42)`
 *   `Users({id})`. Versions (`v2`, `1.0`), words and what is a template already (`{id}`, `:id`, `${id}`, `*`) stay.
 * - A name that is no path is the user's own and stays as it is, but for UUIDs and e-mail addresses within it.
 *
 * Idempotent. Never empty: what says nothing is `(unnamed)`.
 */
export function operationOf(name: string, method?: string | undefined): string {
  let text = plain(name)
    .replace(/[\u0000-\u001f\u007f\s]+/g, " ")
    .trim();
  const stated = METHOD.exec(text)?.[0];
  if (stated !== undefined) text = text.slice(stated.length).trim();
  const verb = (stated ?? method?.trim() ?? "").toUpperCase();
  const address = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(text)?.[0];
  let operation: string;
  if (address !== undefined) operation = templatedPath(text.slice(address.length) || "/");
  else if (text.startsWith("/")) operation = templatedPath(text);
  else operation = text.replace(FREE_UUIDS, "{uuid}").replace(FREE_EMAILS, "{email}");
  operation = operation.trim();
  if (operation === "") return verb === "" ? "(unnamed)" : verb;
  return cut(verb === "" ? operation : `${verb} ${operation}`, MAX_OPERATION);
}

function templatedPath(text: string): string {
  const path = withoutQuery(text);
  const segments = path.split("/").filter((segment) => segment !== "");
  return `/${segments.map(templatedSegment).join("/")}`;
}

/** A `?` or `#` within `{…}` is part of a template. */
function withoutQuery(text: string): string {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "{") depth++;
    else if (c === "}") depth = Math.max(0, depth - 1);
    else if (depth === 0 && (c === "?" || c === "#")) return text.slice(0, i);
  }
  return text;
}

function templatedSegment(segment: string): string {
  const bare = segment.startsWith(";") ? segment : segment.replace(/;.*$/, "");
  // Templates of any framework.
  if (/[{}<>*]|^:|^\[.*\]$/.test(bare)) return bare;
  const call = /^([A-Za-z_][\w.]*)\((?:'[^']*'|-?\d+)\)$/.exec(bare);
  if (call !== null) return `${call[1]}({id})`;
  const file = /^(.+)(\.[A-Za-z][A-Za-z0-9]{0,4})$/.exec(bare);
  if (file !== null && !EMAIL.test(bare)) {
    const stem = placeholderOf(file[1]!);
    if (stem !== undefined) return `${stem}${file[2]}`;
  }
  return placeholderOf(bare) ?? bare;
}

/** Undefined when the segment is a word of the route. */
function placeholderOf(segment: string): string | undefined {
  if (/^-?\d+$/.test(segment)) return "{id}";
  if (new RegExp(`^${UUID.source}$`, "i").test(segment)) return "{uuid}";
  if (/^\d{4}-\d{2}-\d{2}(?:[T_ ][\d:.,Z+%A-Fa-f-]*)?$/.test(segment)) return "{date}";
  if (EMAIL.test(segment)) return "{email}";
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(segment)) return "{ip}";
  if (/^\d{1,2}(?:\.\d{1,2}){1,2}$/.test(segment)) return undefined;
  if (/^-?\d[\d.,:+-]*$/.test(segment)) return "{id}";
  if (isToken(segment)) return "{token}";
  const prefixed = /^([A-Za-z][A-Za-z_-]*[-_])\d{2,}(?:[-_]\d+)*$/.exec(segment);
  return prefixed === null ? undefined : `${prefixed[1]}{id}`;
}

/** Made by a machine: hex with digits, or long texts of mixed letters and digits that no one would type. */
function isToken(segment: string): boolean {
  if (/^(?:0x)?[0-9a-f]{8,}$/i.test(segment)) return /\d/.test(segment);
  const text = segment.replace(/%3D|=+$/gi, "");
  if (!/^[\w.~+-]+$/.test(text)) return false;
  const digits = text.replace(/\D/g, "").length;
  const mixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
  // A slug of words has hyphens between words of one case.
  if (text.length >= 20 && digits >= 2 && mixed) return true;
  return text.length >= 16 && digits >= 4 && /^[a-z0-9]+$/i.test(text);
}

export interface Place {
  readonly scenario: string | undefined;
  readonly operation: string | undefined;
}

/**
 * Keeps a report's operations within MAX_OPERATIONS, and its scenarios within 50: the first ones have their names, the rest is
 * `__overflow__`, told of once.
 */
export class OperationBudget {
  readonly #sink: ReportSink;
  readonly #operations = new Set<string>();
  readonly #scenarios = new Set<string>();
  readonly #said = new Set<string>();

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  scenario(name: string | undefined): string | undefined {
    const text =
      name === undefined
        ? ""
        : plain(name)
            .replace(/[\u0000-\u001f\u007f\s]+/g, " ")
            .trim();
    if (text === "") return undefined;
    const kept = own(cut(text, MAX_OPERATION));
    if (this.#scenarios.has(kept)) return kept;
    if (this.#scenarios.size >= MAX_SCENARIOS) return this.#overflow("scenarios", MAX_SCENARIOS);
    this.#scenarios.add(kept);
    return kept;
  }

  /** `operation` is templated already. */
  operation(scenario: string | undefined, operation: string): string {
    const key = JSON.stringify([scenario, operation]);
    if (this.#operations.has(key)) return operation;
    if (this.#operations.size >= MAX_OPERATIONS) return this.#overflow("operations", MAX_OPERATIONS);
    this.#operations.add(key);
    return own(operation);
  }

  #overflow(what: string, max: number): string {
    if (!this.#said.has(what)) {
      this.#said.add(what);
      this.#sink.warn({
        code: "LIMIT",
        message: `more than ${max} ${what}; the rest is together in ${OVERFLOW} (give requests names that do not vary)`,
      });
    }
    return OVERFLOW;
  }
}
