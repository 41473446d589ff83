/**
 * How the fixture of each format grows into a report of any size: which of its parts are repeated, and where a copy gets its
 * number, so that files, suites and ids of different copies are different ones. What a real tool wrote stays as it is otherwise,
 * also that most fixtures hold every kind of outcome: there are far more failures in them than in a usual report.
 */

export type Yardstick = "saxes" | "JSON.parse" | "JSON.parse of documents" | "JSON.parse of lines" | "lines";

export interface Recipe {
  /** Of `exporter/test/fixtures`. */
  readonly fixture: string;
  readonly yardstick: Yardstick;
  /** Parts that are repeated, in the order of the file. */
  readonly sections?: readonly RegExp[];
  /** Arrays or objects of a JSON document whose entries are repeated; "" is the document itself. */
  readonly containers?: readonly string[];
  /** The number of a copy stands behind each match. */
  readonly numbered?: RegExp;
  /** Left out: what may stand only once amid what is repeated. */
  readonly without?: RegExp;
}

const WHOLE = [/^[\s\S]*$/];
/** Behind the first line, before the last. */
const INNER = [/(?<=^[^\n]*\n)[\s\S]*\n(?=[^\n]*\n$)/];

export const RECIPES: Readonly<Record<string, Recipe>> = {
  junit: {
    fixture: "junit/surefire-3.5.2-junit5-flaky-rerun.xml",
    yardstick: "saxes",
    sections: [/<testcase [\s\S]*<\/testcase>/],
    numbered: /classname="shop\.BasketTest/g,
  },
  jest: {
    fixture: "jest/jest-29.7.0-all-outcomes.json",
    yardstick: "JSON.parse",
    containers: ["testResults"],
    numbered: /"name":"\/work/g,
  },
  mocha: {
    fixture: "mocha/mocha-11.7.4-all-outcomes.json",
    yardstick: "JSON.parse",
    containers: ["tests", "pending", "failures", "passes"],
    numbered: /"file": "\/work/g,
  },
  mochawesome: {
    fixture: "mochawesome/mochawesome-7.1.4-all-outcomes.json",
    yardstick: "JSON.parse",
    containers: ["results"],
    numbered: /"(?:fullFile|file)": "[^"]/g,
  },
  playwright: {
    fixture: "playwright/playwright-1.65.1-all-outcomes.json",
    yardstick: "JSON.parse",
    containers: ["suites"],
    numbered: /"file": "/g,
  },
  cucumber: {
    fixture: "cucumber/cucumber-js-12.9.0-all-outcomes.json",
    yardstick: "JSON.parse",
    containers: [""],
    numbered: /"uri": "features\//g,
  },
  "cucumber-messages": {
    fixture: "cucumber-messages/cucumber-js-12.9.0-all-outcomes.ndjson",
    yardstick: "JSON.parse of lines",
    sections: INNER,
    // The hooks of all copies are the same ones: a run has a handful.
    numbered: /"uri":"features\/|(?<!"hookId":|\{"hook":\{"id":)"[0-9a-f]{8}(?=-[0-9a-f]{4}-)/g,
    without: /^\{"testRunStarted".*\n/m,
  },
  gotest: {
    fixture: "gotest/go-1.26.8-fail-subtests.json",
    yardstick: "JSON.parse of lines",
    sections: WHOLE,
    numbered: /"Package":"example\.com\/shop/g,
  },
  "pytest-json": {
    fixture: "pytest-json/pytest-json-report-1.5.0-all-outcomes.json",
    yardstick: "JSON.parse",
    containers: ["tests"],
    numbered: /"nodeid": "test_shop/g,
  },
  "pytest-reportlog": {
    fixture: "pytest-reportlog/pytest-reportlog-1.0.0-all-outcomes.jsonl",
    yardstick: "JSON.parse of lines",
    sections: INNER,
    numbered: /(?:"nodeid": |"location": \[)"test_shop/g,
  },
  "libtest-json": {
    fixture: "libtest-json/cargo-test-1.95.0-all-outcomes.json",
    yardstick: "JSON.parse of lines",
    sections: WHOLE,
  },
  libtest: {
    fixture: "libtest/cargo-test-1.95.0-all-outcomes.txt",
    yardstick: "lines",
    sections: WHOLE,
  },
  nextest: {
    fixture: "nextest/cargo-nextest-0.9.151-flaky-and-aborts.txt",
    yardstick: "lines",
    sections: [/^ +(?:PASS|TRY 1)[\s\S]*?(?=^─+$)/m],
  },
  tap: {
    fixture: "tap/node-20.20.2-all-outcomes.tap",
    yardstick: "lines",
    sections: [/# Subtest: basket[\s\S]*(?=^1\.\.)/m],
  },
  subunit: {
    fixture: "subunit/subunit-2to1-1.4.6-all-outcomes.txt",
    yardstick: "lines",
    sections: WHOLE,
    numbered: /(?<=^\w+: )shop\.test_shop/gm,
  },
  nunit: {
    fixture: "nunit/handmade-nunit-3-all-outcomes.xml",
    yardstick: "saxes",
    sections: [/<test-suite type="Assembly"[\s\S]*<\/test-suite>/],
  },
  xunit: {
    fixture: "xunit/handmade-xunit-2-all-outcomes.xml",
    yardstick: "saxes",
    sections: [/<assembly [\s\S]*<\/assembly>/],
  },
  trx: {
    fixture: "trx/handmade-vstest-17-mstest-data-driven.trx",
    yardstick: "saxes",
    sections: [/(?<=<Results>)[\s\S]*(?=<\/Results>)/, /(?<=<TestDefinitions>)[\s\S]*(?=<\/TestDefinitions>)/],
    numbered: /(?:executionId|parentExecutionId|Execution id)="e|(?:testId|" id)="\d{7}/gi,
  },
  robot: {
    fixture: "robot/robot-7.3.2-all-outcomes.xml",
    yardstick: "saxes",
    sections: [/<suite id="s1-s1"[\s\S]*?<\/suite>/],
  },
  rspec: {
    fixture: "rspec/rspec-3.12.0-all-outcomes.json",
    yardstick: "JSON.parse",
    containers: ["examples"],
    numbered: /"(?:id|file_path)":"\.\/spec/g,
  },
  dart: {
    fixture: "dart/handmade-dart-1.25-all-outcomes.json",
    yardstick: "JSON.parse of lines",
    sections: INNER,
    numbered: /"(?:id|suiteID|testID|parentID)":(?=\d)|"groupIDs":\[(?=\d)|(?<="groupIDs":\[(?:\d+,)*),(?=\d)/g,
  },
  ctrf: {
    fixture: "ctrf/playwright-ctrf-json-reporter-0.0.29-all-outcomes.json",
    yardstick: "JSON.parse",
    containers: ["results.tests"],
    numbered: /"filePath": "\/work/g,
  },
  allure: {
    fixture: "allure/allure-mocha-3.12.2-folder-as-stream.json",
    yardstick: "JSON.parse of documents",
    sections: WHOLE,
    numbered: /"historyId":"/g,
  },
  standard: {
    fixture: "standard/plumbline-1.0-complete.json",
    yardstick: "JSON.parse",
    containers: ["failures"],
    numbered: /"test": "test_/g,
  },
  measures: {
    fixture: "measures/script-1-all-kinds.json",
    yardstick: "JSON.parse",
    containers: ["measures"],
  },
  lcov: {
    fixture: "lcov/coverage-py-7.11.0-branch.lcov",
    yardstick: "lines",
    sections: WHOLE,
    numbered: /^SF:shop/gm,
  },
  cobertura: {
    fixture: "cobertura/coverage-py-7.11.0-branch.xml",
    yardstick: "saxes",
    sections: [/<class [\s\S]*<\/class>/],
    numbered: /filename="/g,
  },
  jacoco: {
    fixture: "jacoco/jacoco-0.8.13-maven.xml",
    yardstick: "saxes",
    sections: [/<package [\s\S]*<\/package>/],
    numbered: /<package name="/g,
  },
  clover: {
    fixture: "clover/phpunit-9.6.7-pcov.xml",
    yardstick: "saxes",
    sections: [/<file [\s\S]*<\/file>/],
    numbered: /<file name="\/work/g,
  },
  istanbul: {
    fixture: "istanbul/nyc-17.1.0-all.json",
    yardstick: "JSON.parse",
    containers: [""],
    numbered: /"\/work/g,
  },
  "istanbul-summary": {
    fixture: "istanbul-summary/nyc-17.1.0-all.json",
    yardstick: "JSON.parse",
    sections: [/,"\/work[\s\S]*(?=\})/],
    numbered: /"\/work/g,
  },
  gocover: {
    fixture: "gocover/go-1.26.8-set.out",
    yardstick: "lines",
    sections: [/(?<=^mode: set\n)[\s\S]*/],
    numbered: /^example\.com\/shop/gm,
  },
  "coverage-py": {
    fixture: "coverage-py/coverage-py-7.11.0-branch.json",
    yardstick: "JSON.parse",
    containers: ["files"],
    numbered: /"shop(?=\/)/g,
  },
  simplecov: {
    fixture: "simplecov/simplecov-0.22.0-resultset.json",
    yardstick: "JSON.parse",
    containers: ["Unit Tests.coverage"],
    numbered: /"\/work/g,
  },
  opencover: {
    fixture: "opencover/handmade-opencover-4.7.xml",
    yardstick: "saxes",
    sections: [/<Module hash="B2"[\s\S]*<\/Module>/],
    numbered: /fullPath="C:\\work/g,
  },
};
