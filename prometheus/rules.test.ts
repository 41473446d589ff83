import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultConfig } from "../exporter/src/config/schema.ts";
import { exposedNames, metricNames } from "./metric-names.ts";
import { KINDS, SEVERITIES } from "./src/alert.ts";
import { DASHBOARDS } from "./src/links.ts";
import { prometheusConfig } from "./src/prometheus-config.ts";
import { anyOf, duration, percent, quote, tidy } from "./src/promql.ts";
import { RESPONSE_TIME, recordings, STANDING_FAILURES } from "./src/recordings.ts";
import { RULE_TESTS } from "./src/rule-tests/index.ts";
import { alerts, ruleGroups } from "./src/rules.ts";

const config = defaultConfig();
const runbooks = join(import.meta.dirname, "runbooks");
const records = new Set(recordings(config).map((rule) => rule.record));

describe.each(alerts(config).map((rule) => [rule.alert, rule] as const))("%s", (name, rule) => {
  test("has a severity and a kind that routes know", () => {
    expect(SEVERITIES).toContain(rule.labels.severity);
    expect(KINDS).toContain(rule.labels.kind);
  });

  test("has no value in a label: each evaluation would be another alert, and `for` never complete", () => {
    for (const value of Object.values(rule.labels)) expect(value).not.toContain("$value");
  });

  test("says value, limit and affected suite in summary and description", () => {
    for (const text of [rule.annotations.summary ?? "", rule.annotations.description ?? ""]) {
      expect(text.length).toBeGreaterThan(20);
      if (rule.labels.kind === "plumbline") continue;
      expect(text).toContain("$value | humanize");
      expect(text).toMatch(/limit/i);
      for (const label of ["project", "suite", "environment", "branch"]) expect(text).toContain(`$labels.${label}`);
    }
    expect(rule.annotations.summary).not.toContain("\n");
  });

  test("links to the runbook of its name and to a dashboard", () => {
    expect(rule.annotations.runbook_url).toBe(`http://127.0.0.1:10970/runbooks/${name}`);
    const uid = /^http:\/\/127\.0\.0\.1:3000\/d\/([\w-]+)/.exec(rule.annotations.dashboard_url ?? "")?.[1];
    expect(Object.values(DASHBOARDS)).toContain(uid);
  });

  test("has a runbook with four sections that say something", () => {
    const text = readFileSync(join(runbooks, `${name}.md`), "utf8");
    expect(text.startsWith(`# ${name}\n`)).toBe(true);
    const sections = new Map(
      text
        .split(/^## /m)
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n")).trim()]),
    );
    expect([...sections.keys()]).toEqual(["Meaning", "Impact", "Diagnosis", "Mitigation"]);
    for (const body of sections.values()) expect(body.length).toBeGreaterThan(150);
    expect(sections.get("Diagnosis")).toMatch(/```(sh|promql)\n/);
  });

  test("has rule tests: silent ones, firing ones, and the moments before and after", () => {
    const cases = RULE_TESTS[name] ?? [];
    expect(cases.length).toBeGreaterThan(3);
    expect(cases.some(({ checks }) => checks.every(([, firing]) => firing.length === 0))).toBe(true);
    expect(
      cases.some(({ checks }) => {
        const fires = checks.map(([, firing]) => firing.length > 0);
        return fires.length >= 3 && fires[0] === false && fires.includes(true) && fires.at(-1) === false;
      }),
    ).toBe(true);
  });

  test("survives a failed scrape: keep_firing_for, except where it would prolong an inhibition", () => {
    expect(rule.keep_firing_for).toBe(name === "PlumblineDown" ? undefined : "2m");
  });
});

test("every metric in a rule is in the catalogue or recorded", () => {
  const known = new Set([...exposedNames(), ...records, "up"]);
  for (const rule of ruleGroups(config).flatMap((group) => group.rules)) {
    for (const name of metricNames(rule.expr)) expect(known, `${name} in ${rule.expr}`).toContain(name);
  }
});

test("every recording rule stands before its first reader, and has one beside itself", () => {
  const rules = ruleGroups(config).flatMap((group) => group.rules);
  for (const record of records) {
    const own = rules.findIndex((rule) => "record" in rule && rule.record === record);
    const reader = rules.findIndex((rule, i) => i !== own && metricNames(rule.expr).has(record));
    expect(reader, record).toBeGreaterThan(own);
  }
});

test("runbooks exist for alerts only, and name metrics and settings that exist", () => {
  const names = alerts(config).map((rule) => rule.alert);
  expect(readdirSync(runbooks).sort()).toEqual(names.map((name) => `${name}.md`).sort());
  const known = new Set([...exposedNames(), ...records, "up"]);
  for (const name of names) {
    const text = readFileSync(join(runbooks, `${name}.md`), "utf8");
    for (const [, query = ""] of text.matchAll(/```promql\n([\s\S]*?)```/g)) {
      for (const metric of metricNames(query)) expect(known, `${metric} in ${name}.md`).toContain(metric);
    }
    for (const [, key = ""] of text.matchAll(/`thresholds\.(\w+)`/g))
      expect(config.thresholds, name).toHaveProperty(key);
  }
});

test("runbooks look only at what the alert names: runs of other branches and environments mislead", () => {
  for (const rule of alerts(config).filter(({ labels }) => labels.kind !== "plumbline")) {
    const text = readFileSync(join(runbooks, `${rule.alert}.md`), "utf8");
    const lists = text.match(/api\/v1\/(errors|runs|performance|deviations)"[^|]*/g) ?? [];
    expect(lists.length, rule.alert).toBeGreaterThan(0);
    for (const list of lists)
      for (const label of ["project", "suite", "environment", "branch"])
        expect(list, rule.alert).toContain(`--data-urlencode "${label}=$${label.toUpperCase()}"`);
    for (const [selector] of text.matchAll(/\{[^}]*suite="[^}]*\}/g))
      expect(selector, rule.alert).toMatch(/project=".*suite=".*environment=".*branch="/);
  }
});

describe("a user's own numbers", () => {
  const own = {
    ...config,
    thresholds: { ...config.thresholds, failureRatio: 0.07, failureForSeconds: 90, failureMinimumExecutions: 5 },
    measures: { ...config.measures, responseTime: ["GET /a.b", 'say "hi"'] },
  };
  const [spike] = alerts(own);

  test("reach condition, delay and message", () => {
    expect(spike?.expr).toContain("> 0.07");
    expect(spike?.expr).toContain(">= 5");
    expect(recordings(own).find(({ record }) => record === STANDING_FAILURES)?.expr).toContain("> 0.07");
    expect(spike?.for).toBe("90s");
    expect(spike?.annotations.summary).toContain("limit 7%");
  });

  test("are literal in matchers, whatever their names hold", () => {
    expect(recordings(own).find(({ record }) => record === RESPONSE_TIME)?.expr).toContain(
      'measure=~"GET /a\\\\.b|say \\"hi\\""',
    );
  });
});

describe("prometheus.yml", () => {
  test("scrapes and evaluates at the configured interval, with relative rule files", () => {
    const yml = prometheusConfig(config) as { global: object; rule_files: string[] };
    expect(yml.global).toMatchObject({ scrape_interval: "5s", evaluation_interval: "5s" });
    expect(yml.rule_files).toEqual(["rules/*.yml"]);
  });

  test("can be made for other places", () => {
    const yml = prometheusConfig(config, {
      plumbline: ["127.0.0.1:1", "127.0.0.1:2"],
      alertmanager: ["127.0.0.1:3"],
      self: "127.0.0.1:4",
      ruleFiles: ["/tmp/rules.yml"],
      metricsPath: "/m",
      scrapeIntervalSeconds: 1,
    });
    expect(yml).toMatchObject({
      global: { scrape_interval: "1s" },
      rule_files: ["/tmp/rules.yml"],
      alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:3"] }] }] },
      scrape_configs: [
        { job_name: "plumbline", metrics_path: "/m", static_configs: [{ targets: ["127.0.0.1:1", "127.0.0.1:2"] }] },
        { job_name: "prometheus", static_configs: [{ targets: ["127.0.0.1:4"] }] },
        { job_name: "alertmanager", static_configs: [{ targets: ["127.0.0.1:3"] }] },
      ],
    });
  });
});

describe("text for rules", () => {
  test.each([
    [300, "5m"],
    [90, "90s"],
    [3600, "1h"],
    [0.5, "500ms"],
    [86_400, "24h"],
  ])("%s seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));

  test("ratios have no dust of binary fractions", () => {
    expect(tidy(1 - 0.07)).toBe(0.93);
    expect(percent(0.07)).toBe("7%");
    expect(percent(0.125)).toBe("12.5%");
  });

  test("quotes, backslashes and line breaks are escaped in matchers", () => {
    expect(quote('a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
    expect(anyOf("measure", ["a.b", "c|d"])).toBe('measure=~"a\\\\.b|c\\\\|d"');
  });
});
