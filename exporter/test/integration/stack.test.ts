import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import {
  amtool,
  findStack,
  launchBrowser,
  promtool,
  startAlertmanager,
  startPrometheus,
  startPushgateway,
  startServer,
  startVictoriaMetrics,
  startWebhook,
  until,
} from "../stack/index.ts";

const stack = await findStack();

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function kept<T extends { stop(): Promise<void> }>(server: T): T {
  cleanups.push(() => server.stop());
  return server;
}

describe.skipIf(!stack.has("prometheus"))("prometheus", () => {
  test("stores what it scrapes, and answers queries about it", async () => {
    const text = "# TYPE test_cases gauge\n" + 'test_cases{outcome="passed"} 7\ntest_cases{outcome="failed"} NaN\n';
    const target = await serve(text, "text/plain; version=0.0.4");
    const prometheus = kept(await startPrometheus({ scrapeConfigs: [scrape(target)] }));

    const passed = await until(() => prometheus.query('test_cases{outcome="passed"}'), { what: "a first sample" });
    expect(passed).toMatchObject([{ value: 7, labels: { __name__: "test_cases", job: "static", instance: target } }]);
    expect(await prometheus.query('test_cases{outcome="failed"}')).toMatchObject([{ value: Number.NaN }]);
    expect(await prometheus.query("1 / 0")).toMatchObject([{ labels: {}, value: Number.POSITIVE_INFINITY }]);
    expect(await prometheus.series("test_cases")).toHaveLength(2);
    expect(await prometheus.targets()).toMatchObject([{ health: "up", scrapeUrl: `http://${target}/metrics` }]);

    const now = Date.now() / 1000;
    const [series] = await prometheus.queryRange("vector(3)", now - 10, now, 5);
    expect(series?.points.map((point) => point.value)).toEqual([3, 3, 3]);
  });

  test("keeps exemplars when asked to", async () => {
    const text = '# TYPE runs counter\nruns_total 1 # {run_id="r-1"} 1\n# EOF\n';
    const target = await serve(text, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    const prometheus = kept(await startPrometheus({ scrapeConfigs: [scrape(target)], exemplars: true }));
    const stored = await until(() => prometheus.exemplars("runs_total"), { what: "an exemplar" });
    expect(stored[0]?.exemplars[0]?.labels).toEqual({ run_id: "r-1" });
  });

  test("parses queries, and says what is wrong with a bad one", async () => {
    const prometheus = kept(await startPrometheus());
    expect(await prometheus.parseQuery("sum by (suite) (up)")).toMatchObject({ type: "aggregation", op: "sum" });
    await expect(prometheus.parseQuery("sum(up")).rejects.toThrow(/unclosed left parenthesis/);
  });

  test("refuses a bad configuration on reload, and takes a good one", async () => {
    const prometheus = kept(await startPrometheus());
    await expect(prometheus.reload("scrape_configs: 5")).rejects.toThrow(/refused the configuration/);
    await prometheus.reload("global: {evaluation_interval: 3s}\n");
  });

  test("that cannot start is an error with its own words, and leaves nothing behind", async () => {
    const starting = startPrometheus({ configText: "nonsense: true" });
    await expect(starting).rejects.toThrow(/ended with exit code[\s\S]*field nonsense not found/);
  });
});

describe.skipIf(!stack.has("prometheus", "alertmanager", "amtool"))("alertmanager", () => {
  const routeTo = (url: string): string =>
    JSON.stringify({
      route: { receiver: "hook", group_by: ["alertname"], group_wait: "100ms", group_interval: "1s" },
      receivers: [{ name: "hook", webhook_configs: [{ url: `${url}/alerts` }] }],
    });

  test("brings a posted alert to the webhook, and again when the webhook was broken at first", async () => {
    const webhook = kept(await startWebhook());
    webhook.answerWith(503);
    const alertmanager = kept(await startAlertmanager({ configText: routeTo(webhook.url) }));
    await alertmanager.post([{ labels: { alertname: "Broken", suite: "api" }, annotations: { summary: "It broke." } }]);

    const first = await webhook.waitFor((request) => request.path === "/alerts");
    expect(first.body).toMatchObject({ status: "firing", alerts: [{ labels: { suite: "api" } }] });
    webhook.answerWith(200);
    await until(() => webhook.received.length > 1, { what: "a second try" });
    expect(await alertmanager.alerts()).toMatchObject([{ status: { state: "active" } }]);
    expect(await alertmanager.groups()).toMatchObject([
      { labels: { alertname: "Broken" }, receiver: { name: "hook" } },
    ]);
  });

  test("gets the alerts of a Prometheus that evaluates rules", async () => {
    const webhook = kept(await startWebhook());
    const alertmanager = kept(await startAlertmanager({ configText: routeTo(webhook.url) }));
    const rules = JSON.stringify({ groups: [{ name: "g", rules: [{ alert: "Always", expr: "vector(1)" }] }] });
    const prometheus = kept(await startPrometheus({ rules, alertmanagerUrl: alertmanager.url }));
    await until(() => prometheus.alerts(), { what: "a firing alert" });
    expect(await prometheus.rules()).toMatchObject([{ name: "g", rules: [{ name: "Always", health: "ok" }] }]);
    await webhook.waitFor((request) => JSON.stringify(request.body).includes("Always"));
  });

  test("has a tool that tells where an alert goes", async () => {
    const webhook = kept(await startWebhook());
    const alertmanager = kept(await startAlertmanager({ configText: routeTo(webhook.url) }));
    const config = join(alertmanager.folder, "alertmanager.yml");
    const ran = await amtool(["config", "routes", "test", `--config.file=${config}`, "alertname=Any"]);
    expect(ran).toMatchObject({ code: 0, stdout: "hook\n" });
  });
});

test.skipIf(!stack.has("pushgateway"))("pushgateway keeps a push", async () => {
  const pushgateway = kept(await startPushgateway());
  await fetch(`${pushgateway.url}/metrics/job/nightly`, { method: "PUT", body: "runs 3\n" });
  expect(await pushgateway.metrics()).toContain('runs{instance="",job="nightly"} 3\n');
});

test.skipIf(!stack.has("victoriaMetrics"))(
  "victoria-metrics takes an import, old samples too, and answers",
  async () => {
    const victoria = kept(await startVictoriaMetrics());
    const old = Date.UTC(2020, 0, 1);
    await victoria.importPrometheus(`runs{suite="api"} 5\nruns{suite="old"} 6 ${old}\n`);
    await victoria.flush();
    expect(await victoria.query("runs")).toMatchObject([{ labels: { suite: "api" }, value: 5 }]);
    expect(await victoria.query("runs", new Date(old))).toMatchObject([{ labels: { suite: "old" }, value: 6 }]);
    expect(await victoria.series("runs")).toHaveLength(2);
  },
);

describe.skipIf(!stack.has("promtool"))("promtool check metrics", () => {
  const good = "# HELP runs_total Runs so far.\n# TYPE runs_total counter\nruns_total 1\n";
  test.each([
    ["accepts a good exposition", good, 0],
    ["refuses one that does not parse", "runs_total{ 1\n", 1],
    ["refuses a counter without its suffix", good.replaceAll("runs_total", "runs"), 3],
  ])("%s", async (_name, stdin, code) => {
    expect(await promtool(["check", "metrics"], { stdin })).toMatchObject({ code });
  });
});

test.skipIf(!stack.has("chromium"))("chromium renders a page", async () => {
  const target = await serve("<h1>Plumb</h1><script>document.querySelector('h1').append('line')</script>", "text/html");
  const browser = await launchBrowser();
  cleanups.push(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`http://${target}/`);
  expect(await page.locator("h1").textContent()).toBe("Plumbline");
  expect((await page.screenshot()).subarray(1, 4).toString()).toBe("PNG");
});

describe("servers", () => {
  const listen = (port: number): string =>
    `require("node:http").createServer((q, s) => s.end("ok")).listen(${port}, "127.0.0.1");`;

  test("that ignore SIGTERM are stopped all the same, and their folder is removed", async () => {
    const args = ({ port }: { port: number }) => ["-e", `process.on("SIGTERM", () => {}); ${listen(port)}`];
    const server = await startServer({ name: "deaf", command: process.execPath, args, readyPath: "/" });
    expect(existsSync(server.folder)).toBe(true);
    await server.stop();
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(server.folder)).toBe(false);
  });

  test.each(["SIGKILL", "an exception"])("end with a test process that is ended by %s", async (end) => {
    const source = `
      import { startPushgateway } from ${JSON.stringify(join(import.meta.dirname, "../stack/index.ts"))};
      const server = await startPushgateway();
      console.log(JSON.stringify({ pid: server.pid, folder: server.folder }));
      if (${end === "an exception"}) throw new Error("crash");
    `;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const line = await new Promise<string>((done) => child.stdout.once("data", (chunk) => done(String(chunk))));
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string };
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    if (end === "SIGKILL") child.kill("SIGKILL");
    await until(() => !isAlive(pid), { what: "the end of the server" });
  });

  test("a wait in vain names what was awaited and the last value", async () => {
    const waiting = until(() => [], { what: "a miracle", timeoutMs: 100 });
    await expect(waiting).rejects.toThrow("waited 100 ms for a miracle; last: []");
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

const scrape = (target: string): object => ({ job_name: "static", static_configs: [{ targets: [target] }] });

/** Serves one body at every path; returns host:port. */
async function serve(body: string, type: string): Promise<string> {
  const server: HttpServer = createServer((_request, response) => {
    response.writeHead(200, { "content-type": type }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
