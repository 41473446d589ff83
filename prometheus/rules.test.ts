import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configSchema, defaultConfig } from "../exporter/src/config/schema.ts";
import { exposedNames, metricNames } from "./metric-names.ts";
import { type AlertRule, KINDS, SEVERITIES } from "./src/alert.ts";
import { ESCALATION } from "./src/escalation-alerts.ts";
import { FOREIGN } from "./src/foreign.ts";
import { DASHBOARDS } from "./src/links.ts";
import { prometheusConfig } from "./src/prometheus-config.ts";
import { anyOf, duration, percent, quote, tidy } from "./src/promql.ts";
import { RESPONSE_TIME, recordings, STANDING_FAILURES, steadyRecordings } from "./src/recordings.ts";
import { RULE_TESTS } from "./src/rule-tests/index.ts";
import { alerts, ruleGroups } from "./src/rules.ts";
import { suspectForSeconds } from "./src/trust-alerts.ts";

const config = defaultConfig();
const runbooks = join(import.meta.dirname, "runbooks");
const everyRule = ruleGroups(config).flatMap((group) => group.rules);
const records = new Set(everyRule.flatMap((rule) => ("record" in rule ? [rule.record] : [])));
/** Alerts about a suite name it; the others are about Plumbline, its configuration, or other alerts. */
const isAboutSuite = (rule: AlertRule): boolean => rule.annotations.run_url !== undefined;

describe.each(alerts(config).map((rule) => [rule.alert, rule] as const))("%s", (name, rule) => {
  test("has a severity and a kind that routes know", () => {
    expect(SEVERITIES).toContain(rule.labels.severity);
    // It may depend on the labels: then every text that its template can say.
    for (const kind of (rule.labels.kind ?? "")
      .replace(/\{\{.*?\}\}/g, " ")
      .trim()
      .split(/ +/))
      expect(KINDS).toContain(kind);
  });

  test("has no value in a label: each evaluation would be another alert, and `for` never complete", () => {
    for (const value of Object.values(rule.labels)) expect(value).not.toContain("$value");
  });

  test("says value, limit and affected suite in summary and description", () => {
    for (const text of [rule.annotations.summary ?? "", rule.annotations.description ?? ""]) {
      expect(text.length).toBeGreaterThan(20);
      if (!isAboutSuite(rule)) continue;
      expect(text).toMatch(/\$value \| (humanize|printf)/);
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
    if (name === "Watchdog") return expect(cases.length).toBeGreaterThan(1);
    expect(cases.length).toBeGreaterThan(3);
    expect(cases.some(({ checks }) => checks.every(([, firing]) => firing.length === 0))).toBe(true);
    expect(
      cases.some(({ checks }) => {
        const fires = checks.map(([, firing]) => firing.length > 0);
        return fires.length >= 3 && fires[0] === false && fires.includes(true) && fires.at(-1) === false;
      }),
    ).toBe(true);
  });

  test("survives a failed scrape: keep_firing_for, except where it would prolong an inhibition or outlive an acknowledgement", () => {
    const ends = ["PlumblineDown", "AlertEscalated", "Watchdog"];
    expect(rule.keep_firing_for).toBe(ends.includes(name) ? undefined : "2m");
  });
});

test("every metric in a rule is in the catalogue or recorded", () => {
  const known = new Set([...exposedNames(), ...records, ...Object.values(FOREIGN)]);
  for (const rule of everyRule) {
    for (const name of metricNames(rule.expr)) expect(known, `${name} in ${rule.expr}`).toContain(name);
  }
});

test("every recording rule stands before its first reader, and has one beside itself", () => {
  // Readers of the others are dashboards, which have a test of the same (grafana/src/dashboard-queries.test.ts).
  const dashboards = ruleGroups(config).find(({ name }) => name === "plumbline-dashboards")?.rules ?? [];
  const ofDashboards = new Set(dashboards.flatMap((rule) => ("record" in rule ? [rule.record] : [])));
  for (const record of [...records].filter((one) => !ofDashboards.has(one))) {
    const own = everyRule.findIndex((rule) => "record" in rule && rule.record === record);
    const reader = everyRule.findIndex((rule, i) => i !== own && metricNames(rule.expr).has(record));
    expect(reader, record).toBeGreaterThan(own);
  }
});

test("runbooks exist for alerts only, and name metrics and settings that exist", () => {
  const names = [...new Set(alerts(config).map((rule) => rule.alert))];
  expect(readdirSync(runbooks).sort()).toEqual(names.map((name) => `${name}.md`).sort());
  const known = new Set([...exposedNames(), ...records, ...Object.values(FOREIGN)]);
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
  for (const rule of alerts(config).filter(isAboutSuite)) {
    const text = readFileSync(join(runbooks, `${rule.alert}.md`), "utf8");
    const lists = text.match(/api\/v1\/(errors|runs|performance|deviations|flaky)"[^|]*/g) ?? [];
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
    expect(steadyRecordings(own).find(({ record }) => record === RESPONSE_TIME)?.expr).toContain(
      'measure=~"GET /a\\\\.b|say \\"hi\\""',
    );
  });
});

describe("suites with a severity or a kind of their own", () => {
  const own = configSchema.parse({
    suites: [
      { suite: "pay.v2", failureSeverity: "critical" },
      { project: "shop", suite: 'say "hi"', failureSeverity: "info", kind: "security" },
      { suite: "unit", team: "payments" },
    ],
  });
  const failed = alerts(own).find((rule) => rule.alert === "TestRunFailed");

  test("say it by a template over labels, which is one line", () => {
    expect(failed?.labels.severity).toBe(
      '{{ if match "(?s)^.*\\npay\\\\.v2$" (printf "%s\\n%s" $labels.project $labels.suite) }}critical' +
        '{{ else if match "(?s)^shop\\nsay \\"hi\\"$" (printf "%s\\n%s" $labels.project $labels.suite) }}info{{ else }}warning{{ end }}',
    );
    expect(failed?.labels.kind).toContain("}}security{{ else }}tests{{ end }}");
  });

  test("leave it plain where no suite differs", () => {
    expect(alerts(config).find((rule) => rule.alert === "TestRunFailed")?.labels.severity).toBe("warning");
  });
});

test("an infrastructure suspect is known long before the spike that it holds back", () => {
  for (const failureForSeconds of [3, 15, 300, 3600]) {
    const own = { ...config, thresholds: { ...config.thresholds, failureForSeconds } };
    const seconds = suspectForSeconds(own);
    expect(seconds).toBeLessThanOrEqual(failureForSeconds / 5);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(alerts(own).find((rule) => rule.alert === "InfrastructureSuspect")?.for).toBe(duration(seconds));
  }
});

describe("escalation", () => {
  const by = (engine: "exporter" | "prometheus" | "off"): AlertRule[] =>
    alerts({ ...config, escalation: { ...config.escalation, engine } }).filter(({ alert }) => alert === ESCALATION);

  test("sends the same messages whoever counts the time", () => {
    const message = ({ expr: _expr, ...rest }: AlertRule) => rest;
    expect(by("prometheus").map(message)).toEqual(by("exporter").map(message));
    expect(by("exporter").map(({ labels }) => labels.escalation_level)).toEqual(["2", "3", "4"]);
    expect(by("off")).toEqual([]);
  });

  test("by Prometheus adds each alert's own `for`, and leaves out what may not climb and itself", () => {
    const [second] = by("prometheus");
    for (const rule of alerts(config)) {
      const climbs = rule.labels.severity?.includes("critical") && rule.alert !== ESCALATION;
      expect(new RegExp(`alertname=~"([^"]*\\|)?${rule.alert}[|"]`).test(second?.expr ?? ""), rule.alert).toBe(
        Boolean(climbs),
      );
    }
    expect(second?.expr).toMatch(/alertname=~"TestFailureSpike[^>]*>= 1200/);
    expect(second?.expr.match(/escalation_level=""/g)?.length).toBe(
      2 * (second?.expr.match(/time\(\) -/g)?.length ?? 0),
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
