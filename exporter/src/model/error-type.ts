/** Which `error_type` a failure is, and what failures have in common. Rules are read in order; the first match wins. */
import type { ErrorType, Failure, Outcome } from "./test.ts";

interface Rule {
  readonly is: ErrorType;
  /** Tried on the tool's own class and the message. */
  readonly says: RegExp;
  /** Also tried on the stack, for words that do not occur in passing there. */
  readonly inStack?: boolean;
}

/**
 * Order matters where texts overlap: a crash that names memory is out of memory, a connection that timed out is network
 * (the peer did not answer), a process that was ended because a test exceeded its time is a timeout. An assertion is recognised by its class
 * before words in its message count, since assertions quote what they compare ("expected status 'timeout'").
 */
const RULES: readonly Rule[] = [
  {
    is: "out_of_memory",
    says: /OutOfMemory|MemoryError\b|heap out of memory|out of memory|\bOOM(Killed)?\b|bad_alloc|cannot allocate memory/i,
    inStack: true,
  },
  {
    is: "network",
    says: /ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|connection (refused|reset|closed|aborted|timed out)|connect(ion)? ?timeout|ConnectException|ConnectionError|ConnectTimeout|SocketException|SocketTimeout|UnknownHost|no such host|name resolution|getaddrinfo|network is unreachable|socket hang up|fetch failed|net::ERR_|SSL(Error|Handshake)|TLS handshake|broken pipe/i,
  },
  {
    is: "timeout",
    says: /Time(d)?[ -]?Out|TimeoutError|TimeoutException|deadline exceeded|took too long|exceeded (its |the )?(time ?limit|timeout)|test timed out/i,
  },
  {
    is: "crash",
    says: /segmentation fault|SIG(SEGV|ABRT|BUS|ILL|FPE|KILL)\b|core dumped|access violation|stack overflow|StackOverflowError|^panic: |fatal error: |no result: the process ended|exited with (error )?code|signal: |abort(ed)? trap|worker .*(crashed|terminated)|forked VM terminated/im,
  },
  {
    is: "setup",
    says: /fixture .*not found|\b(setup|teardown|before ?(all|each)|after ?(all|each)|setUpClass|tearDownClass) (hook|failed|method|error)|"(before|after) (all|each)" hook|failed on (setup|teardown)|build failed|setup failed|suite failed to run|collection (failure|error)|cannot find module|could not resolve|ModuleNotFoundError|ImportError|ClassNotFound|NoClassDefFound|failed to load|could not compile|compil(ation|e) (failed|error)/i,
  },
  {
    is: "infrastructure",
    says: /no space left|ENOSPC|EMFILE|too many open files|disk (is )?full|read-only file system|docker|container (failed|exited)|testcontainers|kubernetes|\bpod\b.*(evicted|failed)|database is locked|too many connections|service unavailable|\b50[234]\b (bad gateway|service unavailable|gateway)|browser(Type)?\.launch|chrome not reachable|session not created|permission denied|EACCES/i,
  },
  { is: "exception", says: /\w(Exception|Error)\b|panicked at|unhandled|uncaught|Traceback|throws?\b/i, inStack: true },
];

const ASSERTION_CLASS =
  /assert|ExpectationFailed|ComparisonFailure|MultipleFailures|^(test )?failure$|^REQUIRE|^CHECK|AssertionFailedError|JestAssertionError|^Xunit\.Sdk\.|Expectations?NotMet|MockExpectationError|^TestFailure$/i;
const ASSERTION_TEXT =
  /^\s*(AssertionError|assert(ion)?\b|expected\b|expect\()|assertion (`|failed)|\bexpect\(.*\)\.|expected:? .*(but|got|to |actual|received)/i;

/**
 * Undefined for a case that passed or was skipped. A failed case that no rule knows is an assertion; an errored one is
 * unknown when it says nothing, and else an exception at least by name.
 */
export function classifyFailure(failure: Failure | undefined, outcome: Outcome): ErrorType | undefined {
  if (outcome !== "failed" && outcome !== "errored") return undefined;
  const type = failure?.type ?? "";
  const message = (failure?.message ?? "").slice(0, 2_000);
  const says = `${type}\n${message}`;
  const isAssertion = ASSERTION_CLASS.test(type) || ASSERTION_TEXT.test(message);
  // An assertion library's timeout ("expected condition, timed out after 5 s") is still a timeout only by its class.
  if (isAssertion && outcome === "failed") return "assertion";
  const stack = (failure?.stack ?? "").slice(0, 4_000);
  for (const rule of RULES) {
    if (outcome === "failed" && rule.is === "exception" && type === "") continue;
    if (rule.says.test(says) || (rule.inStack === true && outcome === "errored" && rule.says.test(stack)))
      return rule.is;
  }
  if (outcome === "failed" || isAssertion) return "assertion";
  return "unknown";
}

const SIGNATURE: readonly (readonly [RegExp, string])[] = [
  [/\u001b\[[0-9;]*m/g, ""],
  [/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?( ?(Z\b|[+-]\d{2}:?\d{2}))?/g, "<time>"],
  [/\b\d{1,2}:\d{2}:\d{2}([.,]\d+)?\b/g, "<time>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/\b0x[0-9a-f]+\b/gi, "<addr>"],
  [/@[0-9a-f]{5,16}\b/gi, "@<addr>"],
  [/\b[0-9a-f]{12,}\b/gi, "<hex>"],
  [/\bhttps?:\/\/[^\s"'<>)]+/gi, "<url>"],
  [/\b[A-Za-z]:\\[^\s"'<>|:]+/g, "<path>"],
  [/(?<![\w/<])(?:\.{0,2}\/)(?:[\w.@+~-]+\/)+[\w.@+~-]*(:\d+)*/g, "<path>"],
  [/(?<=[a-z\d.]):\d{2,5}\b/gi, ":<port>"],
  [/\b\d+(\.\d+)? ?(ns|us|µs|ms|s|sec|seconds|minutes)\b/g, "<duration>"],
  [/\d{4,}(\.\d+)?/g, "<n>"],
  [/\s+/g, " "],
];

/** The message without what differs from run to run, for grouping: at most 300 characters, never empty. */
export function signatureOf(message: string): string {
  let text = message.slice(0, 1_000);
  for (const [pattern, replacement] of SIGNATURE) text = text.replace(pattern, replacement);
  text = text.trim().slice(0, 300);
  return text === "" ? "(no message)" : text;
}
