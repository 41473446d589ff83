/** Reports to measure with: the same bytes for the same arguments, and lines as Surefire and Gradle write them. */
import { closeSync, openSync, writeSync } from "node:fs";

export interface Corpus {
  readonly suites: number;
  readonly casesPerSuite: number;
}

/** Bad and skipped cases: one in a hundred each, at different places. */
const isFailed = (index: number): boolean => index % 100 === 37;
const isSkipped = (index: number): boolean => index % 100 === 73;

/** Outcomes of so many generated cases of one suite; they do not depend on the seed. */
export function countsOf(cases: number): { passed: number; failed: number; skipped: number } {
  let failed = 0;
  let skipped = 0;
  for (let i = 0; i < cases; i++) {
    if (isFailed(i)) failed++;
    else if (isSkipped(i)) skipped++;
  }
  return { passed: cases - failed - skipped, failed, skipped };
}

/** Writes a JUnit file suite by suite, so that its size costs no memory. */
export function writeJUnit(path: string, { suites, casesPerSuite }: Corpus, seed = 1): void {
  const file = openSync(path, "w");
  try {
    writeSync(file, '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="nightly">\n');
    const random = generator(seed);
    for (let suite = 0; suite < suites; suite++) writeSync(file, suiteXml(suite, casesPerSuite, random));
    writeSync(file, "</testsuites>\n");
  } finally {
    closeSync(file);
  }
}

/** One report of one suite, and where in it eight digits may be written over: another seed is another content. */
export function smallReport(suite: number, cases: number): { bytes: Buffer; seedAt: number } {
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="service-${suite}">\n<properties><property name="build" value="`;
  const body = suiteXml(suite, cases, generator(suite + 1));
  const bytes = Buffer.from(`${head}00000000"/></properties>\n${body}</testsuites>\n`);
  return { bytes, seedAt: Buffer.byteLength(head) };
}

function suiteXml(suite: number, cases: number, random: () => number): string {
  const { failed, skipped } = countsOf(cases);
  const className = `com.example.shop.${AREAS[suite % AREAS.length]}.Flow${suite}Test`;
  let xml = `<testsuite name="${className}" tests="${cases}" failures="${failed}" errors="0" skipped="${skipped}" timestamp="2026-11-20T03:00:00Z" hostname="runner-7">\n`;
  for (let i = 0; i < cases; i++) {
    const time = (random() ** 4 * 2).toFixed(3);
    const open = `<testcase name="${VERBS[i % VERBS.length]} the order of customer ${i}" classname="${className}" time="${time}"`;
    if (isFailed(i)) xml += `${open}>${failureXml(className, i)}</testcase>\n`;
    else if (isSkipped(i)) xml += `${open}><skipped message="not on this platform"/></testcase>\n`;
    else xml += `${open}/>\n`;
  }
  return `${xml}</testsuite>\n`;
}

function failureXml(className: string, index: number): string {
  const message = `expected: &lt;${index}&gt; but was: &lt;${index + 1}&gt;`;
  const frames = STACK.map((frame) => `\tat ${frame}\n`).join("");
  return `<failure message="${message}" type="org.opentest4j.AssertionFailedError">org.opentest4j.AssertionFailedError: ${message}\n\tat ${className}.check(${className.split(".").at(-1)}.java:${index + 20})\n${frames}</failure>`;
}

const AREAS = ["checkout", "search", "payment", "catalogue", "shipping"];
const VERBS = ["accepts", "refuses", "prices", "ships", "cancels", "refunds", "lists"];
const STACK = [
  "org.junit.jupiter.api.AssertionFailureBuilder.build(AssertionFailureBuilder.java:151)",
  "org.junit.jupiter.api.AssertionFailureBuilder.buildAndThrow(AssertionFailureBuilder.java:132)",
  "org.junit.jupiter.api.AssertEquals.failNotEqual(AssertEquals.java:197)",
  "org.junit.jupiter.api.Assertions.assertEquals(Assertions.java:531)",
  "java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)",
  "java.base/java.lang.reflect.Method.invoke(Method.java:580)",
  "java.base/java.util.ArrayList.forEach(ArrayList.java:1596)",
];

/** Numerical Recipes' linear congruential generator: 0 to 1, the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
