/** Who hears of what, by amtool over the generated trees, and what is held back, in a real Alertmanager. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alertmanagerYaml } from "../../../alertmanager/src/alertmanager-config.ts";
import { writeFiles } from "../../src/cli/files.ts";
import { provisionFiles } from "../../src/cli/provision-files.ts";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import { configSchema } from "../../src/config/schema.ts";
import {
  type Alertmanager,
  amtool,
  findStack,
  promtool,
  startAlertmanager,
  startWebhook,
  until,
} from "../stack/index.ts";
import { temporaryFolder } from "../temporary.ts";

const root = resolve(import.meta.dirname, "../../..");
const stack = await findStack(["promtool", "amtool", "alertmanager"]);

type Row = readonly [what: string, labels: Readonly<Record<string, string>>, receivers: string];

async function expectRoute(file: string, labels: Row[1], receivers: string): Promise<void> {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const ran = await amtool([
    ...["config", "routes", "test", `--config.file=${file}`, `--verify.receivers=${receivers}`],
    ...pairs,
  ]);
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
}

const at = { project: "shop", suite: "api", environment: "ci", branch: "main" };
const critical = { severity: "critical", kind: "tests", ...at };
const warning = { severity: "warning", kind: "tests", ...at };
const info = { severity: "info", kind: "tests", ...at };
const R1 = { actions: "page,incident,team_lead" };
const SLOW = { kind: "performance", actions: "page_performance_team,auto_scaling,performance_snapshot" };
const level = (escalation_level: string) => ({ severity: "critical", kind: "escalation", escalation_level, ...at });

describe.skipIf(!stack.has("amtool"))("routes of the defaults", () => {
  const file = join(root, "alertmanager/alertmanager.yml");

  test("are a valid configuration", async () => {
    const ran = await amtool(["check-config", file]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain("1 templates");
  });

  test.each<Row>([
    ["a failing suite", { alertname: "TestFailureSpike", ...critical, ...R1 }, "plumbline,pager"],
    ["a failing suite of some team", { alertname: "TestFailureSpike", ...critical, team: "x" }, "plumbline,pager"],
    ["a slow product", { alertname: "PerformanceDegradation", ...critical, ...SLOW }, "plumbline,pager"],
    ["a critical suite of kind security", { ...critical, kind: "security" }, "plumbline,pager"],
    ["Plumbline itself", { alertname: "PlumblineDown", severity: "critical", kind: "plumbline" }, "plumbline,pager"],
    ["a slow run", { alertname: "TestExecutionSlow", ...warning }, "plumbline,team"],
    ["lost coverage", { alertname: "CoverageDrop", ...warning, team: "payments" }, "plumbline,team"],
    ["a note", { alertname: "ChangePointFound", ...info }, "plumbline,nobody"],
    ["an alert of somebody else's", { alertname: "DiskFull" }, "plumbline,team"],
    ["a severity that nobody knows", { alertname: "X", severity: "page" }, "plumbline,team"],
    ["level 2", level("2"), "plumbline,pager"],
    ["level 3", level("3"), "plumbline,pager"],
    ["level 4", level("4"), "plumbline,pager"],
    ["the watchdog, not for the records", { alertname: "Watchdog", severity: "info", kind: "plumbline" }, "nobody"],
    ["a test of the pager", { alertname: "PlumblineTest", severity: "info", plumbline_test: "pager" }, "pager"],
    ["a test of the records", { alertname: "PlumblineTest", plumbline_test: "plumbline" }, "plumbline"],
    ["a test of nobody known", { alertname: "PlumblineTest", plumbline_test: "nobdy" }, "nobody"],
  ])("%s", (_what, labels, receivers) => expectRoute(file, labels, receivers));
});

describe.skipIf(!stack.has("amtool", "promtool"))("the example of two teams, provisioned and not edited", () => {
  const folder = temporaryFolder("two-teams");
  const file = join(folder, "alertmanager/alertmanager.yml");
  beforeAll(async () => {
    const { config } = await loadConfig(join(root, "exporter/examples/two-teams/plumbline.yml"));
    await writeFiles(folder, provisionFiles(config));
  });

  test("promtool accepts configuration and rules, amtool configuration and template", async () => {
    for (const check of ["config", "rules"]) {
      const path = check === "config" ? "prometheus/prometheus.yml" : "prometheus/rules/plumbline.yml";
      const ran = await promtool(["check", check, "--lint=all", "--lint-fatal", path], { cwd: folder });
      expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    }
    const ran = await amtool(["check-config", file]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain("1 templates");
  });

  const payments = { team: "payments" };
  const web = { team: "web" };
  test.each<Row>([
    [
      "a failing suite pages its team and opens an incident",
      { ...critical, ...R1, ...payments },
      "plumbline,incident,payments/pager",
    ],
    ["a team without a pager has the general one", { ...critical, ...R1, ...web }, "plumbline,incident,pager"],
    ["a team that is not listed as well", { ...critical, ...R1, team: "legal" }, "plumbline,incident,pager"],
    [
      "incident is found at any place of the list",
      { ...critical, actions: "incident", ...web },
      "plumbline,incident,pager",
    ],
    ["an action of a like name opens none", { ...critical, actions: "no_incident,page", ...web }, "plumbline,pager"],
    [
      "a slow product goes to the performance people and its team's pager",
      { ...critical, ...SLOW, ...payments },
      "plumbline,performance,payments/pager",
    ],
    ["without one, to them alone, once", { ...critical, ...SLOW, ...web }, "plumbline,performance"],
    ["a warning goes to the team's channel", { ...warning, ...payments }, "plumbline,payments/channel"],
    ["of the other team as well", { ...warning, ...web }, "plumbline,web/channel"],
    ["of nobody's suite to the general one", { ...warning, team: "unowned" }, "plumbline,team"],
    ["a note is shown only", { ...info, ...payments }, "plumbline,nobody"],
    [
      "a security suite is told beside its team",
      { ...critical, kind: "security", ...payments },
      "plumbline,security,payments/pager",
    ],
    ["its warnings, too", { ...warning, kind: "security", ...web }, "plumbline,security,web/channel"],
    ["not its notes", { ...info, kind: "security", ...web }, "plumbline,nobody"],
    [
      "a strategic suite has no receiver of its own here",
      { ...warning, kind: "strategic", ...web },
      "plumbline,web/channel",
    ],
    ["level 2 is the team's lead", { ...level("2"), ...payments }, "plumbline,payments/lead"],
    ["a team without a lead has the general one", { ...level("2"), ...web }, "plumbline,teamLead"],
    ["level 3 is management", { ...level("3"), ...payments }, "plumbline,management"],
    ["level 4 without an executive is management", { ...level("4"), ...web }, "plumbline,management"],
    [
      "an escalation of a security suite is no second alert",
      { ...level("2"), kind: "security", ...payments },
      "plumbline,payments/lead",
    ],
    ["no severity, but a team", { alertname: "X", ...web }, "plumbline,web/channel"],
    ["the watchdog", { alertname: "Watchdog", severity: "info" }, "watchdog"],
    ["a test of a team's lead", { severity: "info", plumbline_test: "payments/lead" }, "payments/lead"],
    ["a test of a channel reaches nobody else", { ...critical, ...R1, plumbline_test: "web/channel" }, "web/channel"],
  ])("%s", (_what, labels, receivers) => expectRoute(file, labels, receivers));
});

describe.skipIf(!stack.has("amtool"))("every configuration in docs/alerting.md is one", () => {
  const page = readFileSync(join(root, "docs/alerting.md"), "utf8");
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
  const examples = blocks.filter((text) => !text.startsWith("# docker-compose"));
  test("all were found", () => expect(examples.length).toBeGreaterThan(5));

  test.each(examples.map((text, i) => [i + 1, text] as const))("example %i", async (i, text) => {
    const file = join(temporaryFolder("docs"), `${i}.yml`);
    writeFileSync(file, alertmanagerYaml(parseConfig(text, "docs/alerting.md")));
    const ran = await amtool(["check-config", file]);
    expect(ran.code, ran.stderr).toBe(0);
  });
});

describe.skipIf(!stack.has("amtool"))("who stands in", () => {
  const url = (name: string) => ({ webhookUrl: `http://inbox.example.org/${name}` });
  const folder = temporaryFolder("stand-ins");
  const written = (name: string, notifications: object, teams: object[] = []): string => {
    const file = join(folder, `${name}.yml`);
    writeFileSync(file, alertmanagerYaml(configSchema.parse({ notifications, teams })));
    return file;
  };
  const lead = [{ name: "web", lead: url("lead") }];
  const everything = {
    ...{ info: url("info"), teamLead: url("lead"), management: url("management"), executive: url("executive") },
    ...{ strategic: url("strategic"), autoScaling: url("scaler"), watchdog: url("watchdog") },
  };

  const rows: readonly (readonly [...Row, notifications: object, teams?: object[]])[] = [
    ["level 3 without management is level 2's", { ...level("3"), team: "web" }, "plumbline,web/lead", {}, lead],
    ["level 4 with nobody above is level 2's", { ...level("4"), team: "web" }, "plumbline,web/lead", {}, lead],
    ["level 4 with an executive only", level("4"), "plumbline,executive", { executive: url("executive") }],
    ["level 3 with an executive only", level("3"), "plumbline,pager", { executive: url("executive") }],
    ["levels with everybody: 2", level("2"), "plumbline,teamLead", everything],
    ["levels with everybody: 3", level("3"), "plumbline,management", everything],
    ["levels with everybody: 4", level("4"), "plumbline,executive", everything],
    ["a note, when notes have a receiver", info, "plumbline,info", everything],
    ["auto-scaling", { ...critical, ...SLOW }, "plumbline,autoScaling,pager", everything],
    ["a strategic suite", { ...warning, kind: "strategic" }, "plumbline,strategic,team", everything],
    ["the watchdog", { alertname: "Watchdog" }, "watchdog", everything],
  ];
  test.each(
    rows.map(([what, labels, receivers, notifications, teams]) => ({ what, labels, receivers, notifications, teams })),
  )("$what", ({ what, labels, receivers, notifications, teams }) =>
    expectRoute(written(what.replace(/\W+/g, "-"), notifications, teams), labels, receivers),
  );
});

describe.skipIf(!stack.has("alertmanager"))("inhibition in the real Alertmanager", () => {
  let alertmanager: Alertmanager;
  beforeAll(async () => {
    alertmanager = await startAlertmanager({ configFile: join(root, "alertmanager/alertmanager.yml") });
  });
  afterAll(() => alertmanager?.stop());

  const scope = (suite: string) => ({ project: "shop", suite, environment: "ci", branch: "main" });
  type Labels = Record<string, string>;
  const one = (alertname: string, severity: string, kind: string, suite?: string, more: Labels = {}): Labels => ({
    ...{ alertname, severity, kind },
    ...(suite === undefined ? {} : scope(suite)),
    ...more,
  });

  /** Posts alerts, waits until exactly the second list is held back, and takes them away again. */
  async function expectInhibited(active: Labels[], inhibited: Labels[]): Promise<void> {
    const all = [...active, ...inhibited];
    await alertmanager.post(all.map((labels) => ({ labels })));
    const wanted = all.map((labels) => (inhibited.includes(labels) ? "suppressed" : "active"));
    const key = (labels: Readonly<Labels>) => JSON.stringify(Object.entries(labels).sort());
    const states = async () => {
      const held = await alertmanager.alerts();
      return all.map((labels) => held.find((found) => key(found.labels) === key(labels))?.status.state ?? "absent");
    };
    await until(states, { what: `states ${wanted.join(", ")}`, accept: (found) => found.join() === wanted.join() });
    const endsAt = new Date().toISOString();
    await alertmanager.post(all.map((labels) => ({ labels, endsAt })));
    await until(async () => (await alertmanager.alerts()).length === 0, { what: "no alert left" });
  }

  test("what pages needs no warning of its kind; another kind, suite, branch or owner does", () =>
    expectInhibited(
      [
        one("TestFailureSpike", "critical", "tests", "api"),
        one("CoverageDrop", "warning", "tests", "web"),
        one("TestExecutionSlow", "warning", "tests", "api", { branch: "release/*" }),
        one("TargetMissed", "warning", "performance", "api"),
        { alertname: "DiskFull", severity: "warning" },
      ],
      [one("TestRunFailed", "warning", "tests", "api")],
    ));

  test("of numbers only that one which pages needs no warning: another operation may become slow beside it", () => {
    const slow = (operation: string, stat: string) => ({ measure: "latency", scenario: "peak", operation, stat });
    return expectInhibited(
      [
        one("TargetCritical", "critical", "performance", "api", slow("GET /a", "p95")),
        one("DeviationConfirmed", "warning", "performance", "api", slow("GET /b", "p95")),
        one("TestExecutionSlow", "warning", "tests", "api"),
      ],
      [one("DeviationConfirmed", "warning", "performance", "api", slow("GET /a", "avg"))],
    );
  });

  test("one failing test that pages has paged when many are found to fail", () =>
    expectInhibited(
      [one("TestRunFailed", "critical", "tests", "api"), one("TestFailureSpike", "critical", "tests", "web")],
      [one("TestFailureSpike", "critical", "tests", "api")],
    ));

  test("tests that fail are told once, not as a missed rate of success as well; other targets are", () => {
    const rate = { level: "yellow", stat: "value" };
    return expectInhibited(
      [
        one("TestRunFailed", "warning", "tests", "api"),
        one("TargetMissed", "warning", "tests", "web", { measure: "success_rate", ...rate }),
        one("TargetMissed", "warning", "performance", "api", { measure: "success_rate", operation: "pay", ...rate }),
        one("TargetMissed", "warning", "performance", "api", { measure: "latency", operation: "pay", ...rate }),
      ],
      [one("TargetMissed", "warning", "tests", "api", { measure: "success_rate", ...rate })],
    );
  });

  test("what burns a project's budget and has paged already does not page again", async () => {
    const burn = (pace: string, severity: string, project: string) => ({
      ...{ alertname: `PassRateBurn${pace}`, severity, kind: "tests" },
      ...{ project, environment: "ci", branch: "main" },
    });
    await expectInhibited(
      [one("TestFailureSpike", "critical", "tests", "api"), burn("Fast", "critical", "other")],
      [burn("Fast", "critical", "shop"), burn("Slow", "warning", "shop"), burn("Slow", "warning", "other")],
    );
  });

  test("a page or a warning needs no note of its kind", () =>
    expectInhibited(
      [
        one("TestExecutionSlow", "warning", "tests", "api"),
        one("ChangePointFound", "info", "performance", "api"),
        one("FlakyTests", "info", "tests", "web"),
      ],
      [one("FlakyTests", "info", "tests", "api")],
    ));

  test("while a suite fails by its surroundings, its tests and figures say nothing; what climbs, climbs on", () =>
    expectInhibited(
      [
        one("InfrastructureSuspect", "critical", "infrastructure", "api"),
        one("AlertEscalated", "critical", "escalation", "api", { escalation_level: "2" }),
        one("TestFailureSpike", "critical", "tests", "web"),
      ],
      [
        one("TestFailureSpike", "critical", "tests", "api"),
        one("TargetCritical", "critical", "performance", "api"),
        one("TestRunFailed", "critical", "security", "api"),
      ],
    ));

  test("a security suite's suspicion does not hold itself back", () =>
    expectInhibited(
      [one("InfrastructureSuspect", "critical", "security", "api")],
      [one("TestFailureSpike", "critical", "security", "api")],
    ));

  test("while Plumbline is down nothing about runs is sent; about itself, and others' alerts, are", () =>
    expectInhibited(
      [
        { alertname: "PlumblineDown", severity: "critical", kind: "plumbline", job: "plumbline" },
        { alertname: "AlertDeliveryFailing", severity: "critical", kind: "plumbline", integration: "slack" },
        {
          ...{ alertname: "AlertDeliveryFailing", severity: "critical", kind: "plumbline" },
          ...{ integration: "webhook", receiver_name: "pager" },
        },
        { alertname: "AlertEscalated", severity: "critical", kind: "escalation", source_alert: "PlumblineDown" },
        { alertname: "DiskFull", severity: "warning" },
        { alertname: "PodDown", severity: "critical", project: "kubernetes" },
      ],
      [
        one("TestFailureSpike", "critical", "tests", "api"),
        one("TestRunMissing", "warning", "infrastructure", "web"),
        one("AlertEscalated", "critical", "escalation", "api", { escalation_level: "2" }),
        { alertname: "PassRateBurnFast", severity: "critical", kind: "tests", project: "shop", environment: "ci" },
        { alertname: "AlertDeliveryFailing", severity: "critical", kind: "plumbline", integration: "webhook" },
      ],
    ));
});

describe.skipIf(!stack.has("alertmanager"))("quiet hours in the real Alertmanager", () => {
  test("warnings wait, also those of the security people; what pages and what climbs does not", async () => {
    const webhook = await startWebhook();
    const url = (name: string) => ({ webhookUrl: `${webhook.url}/${name}` });
    const config = configSchema.parse({
      notifications: {
        ...{ pager: url("pager"), team: url("team"), security: url("security"), teamLead: url("lead") },
        exporter: { url: `${webhook.url}/records` },
        ...{ groupWaitSeconds: 0.2, groupIntervalSeconds: 0.2 },
        quietHours: [{ name: "always", teams: ["web"] }],
      },
    });
    const alertmanager = await startAlertmanager({ configText: alertmanagerYaml(config) });
    try {
      const of = (team: string, labels: Readonly<Record<string, string>>) => ({ labels: { ...labels, team } });
      await alertmanager.post([
        of("web", { alertname: "A", ...warning, kind: "security" }),
        of("web", { alertname: "B", ...critical, suite: "other" }),
        of("web", { alertname: "C", ...level("2") }),
        of("payments", { alertname: "D", ...warning, suite: "third" }),
      ]);
      const told = () => [...new Set(webhook.received.map(({ path }) => path))].sort().join();
      await until(() => told() === "/lead,/pager,/records,/team", { what: "the four receivers", timeoutMs: 15_000 });
      // All groups wait equally long, so when a later one has been told, those of before have had their turn.
      await alertmanager.post([of("web", { alertname: "E", ...critical, suite: "later" })]);
      const names = (path: string) =>
        webhook.received
          .filter((one) => one.path === path)
          .flatMap((one) => (one.body as { alerts: { labels: { alertname: string } }[] }).alerts)
          .map(({ labels }) => labels.alertname);
      await until(() => names("/pager"), {
        what: "the later page",
        timeoutMs: 15_000,
        accept: (all) => all.includes("E"),
      });
      const heard = ["/team", "/security", "/pager", "/lead"].map((path) => [...new Set(names(path))]);
      expect(heard).toEqual([["D"], [], ["B", "E"], ["C"]]);
    } finally {
      await alertmanager.stop();
      await webhook.stop();
    }
  });
});
