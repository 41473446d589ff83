/** The closed set of model/test.ts; page.test.ts compares. */
export const ERROR_TYPES = [
  "assertion",
  "timeout",
  "network",
  "crash",
  "setup",
  "out_of_memory",
  "infrastructure",
  "exception",
  "unknown",
];
