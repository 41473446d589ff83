/** Which `error_type` a failure is. Rules are read in order; the first match wins. */
import { namePattern } from "./name-pattern.ts";
import type { ErrorType, Failure, Outcome } from "./test.ts";

interface BuiltInRule {
  readonly is: ErrorType;
  readonly means: string;
  /** Regular expressions without regard to case; one of them is found. */
  readonly says: readonly string[];
  /** Also tried on the stack of an errored case, for words that do not occur in passing there. */
  readonly inStack?: boolean;
}

/**
 * Order matters where texts overlap: a crash that names memory is out of memory, a connection that timed out is network
 * (the peer did not answer), a process that was ended because a test exceeded its time is a timeout. An assertion is recognised by its class
 * before words in its message count, since assertions quote what they compare ("expected status 'timeout'").
 */
export const ERROR_TYPE_RULES: readonly BuiltInRule[] = [
  {
    is: "out_of_memory",
    means: "the process or a container had no memory left",
    says: [
      "OutOfMemory",
      "MemoryError\\b",
      "heap out of memory",
      "out of memory",
      "\\bOOM(Killed)?\\b",
      "bad_alloc",
      "cannot allocate memory",
    ],
    inStack: true,
  },
  {
    is: "network",
    means: "another machine was not found, refused, or did not answer",
    says: [
      "\\bECONN(REFUSED|RESET|ABORTED)",
      "\\bENOTFOUND",
      "\\bEAI_AGAIN",
      "\\bEHOSTUNREACH",
      "\\bENETUNREACH",
      "\\bEPIPE",
      "\\bETIMEDOUT",
      "connection (refused|reset|closed|aborted|timed out)",
      "connect(ion)? ?timeout",
      "ConnectException",
      "ConnectionError",
      "ConnectTimeout",
      "SocketException",
      "SocketTimeout",
      "UnknownHost",
      "no such host",
      "name resolution",
      "getaddrinfo",
      "network is unreachable",
      "socket hang up",
      "fetch failed",
      "net::ERR_",
      "SSL(Error|Handshake)",
      "TLS handshake",
      "broken pipe",
    ],
  },
  {
    is: "timeout",
    means: "something took longer than it was given",
    says: [
      "Time(d)?[ -]?Out",
      "TimeoutError",
      "TimeoutException",
      "deadline exceeded",
      "took too long",
      "exceeded (its |the )?(time ?limit|timeout)",
      "test timed out",
    ],
  },
  {
    is: "crash",
    means: "the process ended before its tests did",
    says: [
      "segmentation fault",
      "SIG(SEGV|ABRT|BUS|ILL|FPE|KILL)\\b",
      "core dumped",
      "access violation",
      "stack overflow",
      "StackOverflowError",
      "^panic: ",
      "fatal error: ",
      "no result: the process ended",
      "exited with (error )?code",
      "signal: ",
      "abort(ed)? trap",
      "worker .*(crashed|terminated)",
      "forked VM terminated",
    ],
  },
  {
    is: "setup",
    means: "the tests could not be built, loaded or prepared",
    says: [
      "fixture .*not found",
      "\\b(setup|teardown|before ?(all|each)|after ?(all|each)|setUpClass|tearDownClass) (hook|failed|method|error)",
      '"(before|after) (all|each)" hook',
      "failed on (setup|teardown)",
      "build failed",
      "setup failed",
      "suite failed to run",
      "collection (failure|error)",
      "cannot find module",
      "could not resolve",
      "ModuleNotFoundError",
      "ImportError",
      "ClassNotFound",
      "NoClassDefFound",
      "failed to load",
      "could not compile",
      "compil(ation|e) (failed|error)",
    ],
  },
  {
    is: "infrastructure",
    means: "what the tests run on failed: disk, files, containers, database, browser",
    says: [
      "no space left",
      "\\bENOSPC",
      "\\bEMFILE",
      "too many open files",
      "disk (is )?full",
      "read-only file system",
      "docker",
      "container (failed|exited)",
      "testcontainers",
      "kubernetes",
      "\\bpod\\b.*(evicted|failed)",
      "database is locked",
      "too many connections",
      "service unavailable",
      "\\b50[234]\\b (bad gateway|service unavailable|gateway)",
      "browser(Type)?\\.launch",
      "chrome not reachable",
      "session not created",
      "permission denied",
      "\\bEACCES",
    ],
  },
  {
    is: "exception",
    means: "code threw something else; of a failed (not errored) case only when the report names its class",
    says: ["\\w(Exception|Error)\\b", "panicked at", "unhandled", "uncaught", "Traceback", "throws?\\b"],
    inStack: true,
  },
];

const RULES = ERROR_TYPE_RULES.map(({ is, says, inStack }) => ({
  is,
  says: new RegExp(says.join("|"), "im"),
  inStack: inStack === true,
}));

/** Classes and beginnings of messages that are an assertion's. */
export const ASSERTION_RULES = {
  classes: [
    "assert",
    "ExpectationFailed",
    "ComparisonFailure",
    "MultipleFailures",
    "^(test )?failure$",
    "^REQUIRE",
    "^CHECK",
    "AssertionFailedError",
    "JestAssertionError",
    "^Xunit\\.Sdk\\.",
    "Expectations?NotMet",
    "MockExpectationError",
    "^TestFailure$",
  ],
  messages: [
    "^\\s*(AssertionError|assert(ion)?\\b|expected\\b|expect\\()",
    "assertion (`|failed)",
    "\\bexpect\\(.*\\)\\.",
    "expected:? .*(but|got|to |actual|received)",
  ],
} as const;
const ASSERTION_CLASS = new RegExp(ASSERTION_RULES.classes.join("|"), "i");
const ASSERTION_TEXT = new RegExp(ASSERTION_RULES.messages.join("|"), "i");

/** A user's rule. What it names must all fit; it names `pattern` or `errorClass`. */
export interface ErrorTypeRule {
  readonly type: ErrorType;
  /** Regular expression, without regard to case; found in the class, or in the first 500 characters of the message. */
  readonly pattern?: string | undefined;
  /** As the report writes it; `*` stands for any characters. */
  readonly errorClass?: string | undefined;
  /** Suite label; `*` stands for any characters. */
  readonly suite?: string | undefined;
}

/** Flags of a rule's pattern, which is compiled when the configuration is read and when it is used. */
export const PATTERN_FLAGS = "im";
const PATTERN_READS = 500;

export type Classifier = (failure: Failure | undefined, outcome: Outcome, suite: string) => ErrorType | undefined;

/** Own rules first, in their order, then the built-in ones. Throws SyntaxError for a pattern that does not compile. */
export function createClassifier(rules: readonly ErrorTypeRule[]): Classifier {
  const own = rules.map(({ type, pattern, errorClass, suite }) => ({
    type,
    pattern: pattern === undefined ? undefined : new RegExp(pattern, PATTERN_FLAGS),
    errorClass: errorClass === undefined ? undefined : namePattern(errorClass),
    suite: suite === undefined ? undefined : namePattern(suite),
  }));
  return (failure, outcome, suiteLabel) => {
    if (outcome !== "failed" && outcome !== "errored") return undefined;
    const type = failure?.type ?? "";
    const message = (failure?.message ?? "").slice(0, PATTERN_READS);
    for (const rule of own) {
      if (rule.suite?.(suiteLabel) === false || rule.errorClass?.(type) === false) continue;
      if (rule.pattern === undefined || rule.pattern.test(message) || (type !== "" && rule.pattern.test(type)))
        return rule.type;
    }
    return classifyFailure(failure, outcome);
  };
}

/**
 * By the built-in rules. Undefined for a case that passed or was skipped. A failed case that no rule knows is an assertion; an
 * errored one is unknown when it says nothing, and else an exception at least by name.
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
    if (rule.says.test(says) || (rule.inStack && outcome === "errored" && rule.says.test(stack))) return rule.is;
  }
  if (outcome === "failed" || isAssertion) return "assertion";
  return "unknown";
}
