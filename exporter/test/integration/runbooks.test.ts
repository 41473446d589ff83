/**
 * What runbooks have people paste is run here as it stands, against real servers that hold a red suite: shell blocks by bash, PromQL by
 * Prometheus. Only addresses are replaced. Blocks about containers cannot be run without a Docker engine and are counted, not run.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alertmanagerYaml } from "../../../alertmanager/src/alertmanager-config.ts";
import { prometheusYaml } from "../../../prometheus/src/prometheus-config.ts";
import { rulesYaml } from "../../../prometheus/src/rules.ts";
import { configSchema } from "../../src/config/schema.ts";
import {
  type Alertmanager,
  findStack,
  junitReport,
  type Plumbline,
  type Prometheus,
  runCommand,
  startAlertmanager,
  startPlumbline,
  startPrometheus,
  until,
} from "../stack/index.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const RUNBOOKS = join(ROOT, "prometheus/runbooks");
/** What has no counterpart here. */
const CONTAINERS = /\b(docker|kubectl|systemctl|journalctl)\b/;

interface Block {
  readonly language: string;
  readonly text: string;
}

/** Fenced blocks, also those indented in a list. */
function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = "", language = "", body = ""]) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );
}

const stack = await findStack(["prometheus", "alertmanager", "amtool", "promtool", "curl", "jq"]);

describe.skipIf(!stack.has("prometheus", "alertmanager", "amtool", "promtool", "curl", "jq"))("runbooks", () => {
  let plumbline: Plumbline;
  let prometheus: Prometheus;
  let alertmanager: Alertmanager;
  const folder = mkdtempSync(join(tmpdir(), "plumbline-runbooks-"));
  const runbooks = readdirSync(RUNBOOKS)
    .filter((file) => file.endsWith(".md"))
    .map((file) => [file.replace(".md", ""), blocksOf(readFileSync(join(RUNBOOKS, file), "utf8"))] as const);

  beforeAll(async () => {
    const settings = { metrics: { scrapeIntervalSeconds: 1 } };
    const config = configSchema.parse(settings);
    plumbline = await startPlumbline({ config: JSON.stringify(settings) });
    const rules = join(folder, "rules.yml");
    writeFileSync(rules, rulesYaml(config));
    alertmanager = await startAlertmanager({
      configText: alertmanagerYaml(config).replace(/^templates:\n(?: +- .*\n)+/m, ""),
    });
    prometheus = await startPrometheus({
      configText: prometheusYaml(config, {
        plumbline: [plumbline.url.replace("http://", "")],
        alertmanager: [alertmanager.url.replace("http://", "")],
        ruleFiles: [rules],
      }),
      resendSeconds: 60,
    });
    const place = { project: "default", suite: "unit", environment: "ci", branch: "main" };
    await plumbline.report(junitReport({ passed: 40 }), place);
    await plumbline.report(junitReport({ passed: 30, failed: 9, errored: 1 }), place);
    await plumbline.report(junitReport({ passed: 5 }, "first of two"), { ...place, run_id: "waits", parts: "2" });
    const measures = [
      { name: "api_response_time", unit: "ms", component: "checkout", samples: [1300, 1200, 1400, 1350, 1250] },
    ];
    await plumbline.report(JSON.stringify({ name: "perf", measures }), { ...place, suite: "perf" });
    writeFileSync(join(folder, "plumbline.yml"), "project: default\n");
    writeFileSync(join(folder, "report.xml"), junitReport({ passed: 3 }));
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const main = join(ROOT, "exporter/src/cli/main.ts");
    const programs = {
      plumbline: `exec ${process.execPath} --disable-warning=ExperimentalWarning ${main} "$@"`,
      amtool: `exec ${stack.path("amtool")} "$@"`,
      promtool: `exec ${stack.path("promtool")} "$@"`,
    };
    for (const [name, line] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    await until(() => prometheus.query("suite:test_last_run_executed:sum"), {
      what: "the recorded suites",
      timeoutMs: 60_000,
      accept: (found) => (found as readonly unknown[]).length > 0,
    });
  }, 120_000);
  afterAll(async () => {
    await prometheus?.stop();
    await alertmanager?.stop();
    await plumbline?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The shipped addresses, as a reader would put their own. */
  const placed = (text: string): string =>
    text
      .replaceAll("http://127.0.0.1:10970", plumbline.url)
      .replaceAll("http://127.0.0.1:9090", prometheus.url)
      .replaceAll("http://127.0.0.1:9093", alertmanager.url);

  test.each(runbooks)("%s: every query is answered", async (_name, blocks) => {
    for (const { text } of blocks.filter(({ language }) => language === "promql"))
      await expect(prometheus.query(placed(text)), text).resolves.toBeInstanceOf(Array);
  });

  test.each(runbooks)(
    "%s: every command runs",
    async (_name, blocks) => {
      const shell = blocks.filter(({ language, text }) => language === "sh" && !CONTAINERS.test(text));
      // In the order of the page, in one shell: later blocks use what earlier ones set.
      const script = shell.map(({ text }) => placed(text)).join("\n");
      expect(script, "a placeholder that nobody can paste").not.toMatch(/<[A-Z_ ]+>/);
      const ran = await runCommand("bash", ["-euo", "pipefail", "-c", script], {
        cwd: folder,
        env: {
          PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}`,
          PLUMBLINE_STORE: `sqlite:${join(plumbline.data, "plumbline.db")}`,
        },
        timeoutMs: 90_000,
      });
      expect(ran, script).toMatchObject({ code: 0 });
    },
    120_000,
  );

  test("only blocks about containers are left out", () => {
    const left = runbooks.flatMap(([name, blocks]) =>
      blocks.filter(({ language, text }) => language === "sh" && CONTAINERS.test(text)).map(() => name),
    );
    const all = runbooks.flatMap(([, blocks]) => blocks).length;
    expect(left.length).toBeLessThan(all / 4);
    expect(runbooks.flatMap(([, blocks]) => blocks).every(({ language }) => ["sh", "promql"].includes(language))).toBe(
      true,
    );
  });
});
