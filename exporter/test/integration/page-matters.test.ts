/**
 * The pages of measures, deviations and alerts in a real browser, against a real server with a real regression. Screenshots are in
 * artifacts/screenshots/, to be looked at.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findStack, junitReport, launchBrowser, type Plumbline, startPlumbline, until } from "../stack/index.ts";

const SHOTS = resolve(import.meta.dirname, "../../../artifacts/screenshots");
const HOUR = 3_600_000;
const HOSTILE = `<img src=x onerror="window.hacked=1">`;
const RUNS = 60;
const STEP = 45;
const SPIKE = 20;

const stack = await findStack(["chromium"]);

describe.skipIf(!stack.has("chromium"))("measures, deviations and alerts in the built-in page", () => {
  let plumbline: Plumbline;
  let browser: Browser;
  let page: Page;
  let troubles: string[] = [];
  const beginMs = Date.now() - RUNS * HOUR;

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    plumbline = await startPlumbline();
    for (let i = 0; i < RUNS; i++) {
      const value = (i < STEP ? 120 : 142) + ((i * 7919) % 13) - 6 + (i === SPIKE ? 90 : 0);
      const timestamp = new Date(beginMs + i * HOUR).toISOString();
      const measures = [{ name: "api_response_time", unit: "ms", component: "checkout", value }];
      await plumbline.report(JSON.stringify({ name: "bench", timestamp, measures }), {
        ...{ project: "shop", suite: "perf", run_id: `r${i}`, parts: "1", started_at: timestamp },
        commit: `${(0xabc000 + i).toString(16)}${"0".repeat(34)}`,
      });
    }
    await plumbline.report(junitReport({ passed: 9 }), { project: "shop", suite: "unit" });
    await until(async () => (await plumbline.api<{ items: unknown[] }>("deviations?status=open")).items, {
      what: "the deviation",
      timeoutMs: 30_000,
      accept: (items) => items.length === 1,
    });
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await plumbline?.stop();
  });
  afterEach(async () => {
    await page?.close();
    expect(troubles).toEqual([]);
  });

  async function open(path: string, options: { width?: number; dark?: boolean } = {}): Promise<Page> {
    troubles = [];
    page = await browser.newPage({
      viewport: { width: options.width ?? 1400, height: 900 },
      colorScheme: options.dark === true ? "dark" : "light",
    });
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("400 (Bad Request)")) troubles.push(message.text());
    });
    await page.goto(`${plumbline.url}${path}`);
    await page.locator("h1").waitFor();
    return page;
  }
  const fitsTheScreen = async (): Promise<void> => {
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  };

  test("measures: every series with its newest value, by link and keyboard to its course", async () => {
    await open("/measures");
    const row = page.getByRole("row", { name: /api response time of checkout/ });
    expect(await row.textContent()).toMatch(/1\d\d ms/);
    await page.screenshot({ path: `${SHOTS}/measures.png`, fullPage: true });
    await row.getByRole("link").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/series\?/);
    await page.locator(".lead", { hasText: /rose 18\.3.% \(120 to 142 ms\)/ }).waitFor();
    expect(await page.getByRole("link", { name: "Measures", exact: true }).first().getAttribute("aria-current")).toBe(
      "page",
    );
  });

  test("a series: both levels, the change with its commits, the odd run; dark and narrow too", async () => {
    await open("/series?project=shop&benchmark=&measure=api_response_time");
    await page.getByText("Changed", { exact: true }).waitFor();
    const change = page.getByRole("row", { name: /Confirmed/ });
    const text = (await change.textContent()) ?? "";
    for (const part of [
      "120 ms",
      "142 ms",
      "+18.3 %",
      (0xabc000 + STEP - 1).toString(16),
      (0xabc000 + STEP).toString(16),
    ])
      expect(text).toContain(part);
    await page.getByText("Show as table").click();
    expect(await page.getByRole("row", { name: /odd run/ }).count()).toBe(1);
    expect(await page.locator(".plot canvas").count()).toBe(1);
    await page.screenshot({ path: `${SHOTS}/series.png`, fullPage: true });
    await page.close();
    await open("/series?project=shop&measure=api_response_time", { width: 390, dark: true });
    await page.getByText("Changed", { exact: true }).waitFor();
    await fitsTheScreen();
    await page.screenshot({ path: `${SHOTS}/series-narrow-dark.png`, fullPage: true });
  });

  test("a series that is not there says so, and is not green", async () => {
    await open("/series?measure=nothing");
    await page.getByText("No completed run gave a number under this name").waitFor();
  });

  test("a deviation is acknowledged by keyboard; what is typed survives the page's refresh", async () => {
    await open("/deviations");
    await page.getByRole("heading", { name: "1 open deviation" }).waitFor();
    await page.locator("[data-deviation]").click();
    await page.getByText("Candidate causes").waitFor();
    await page.getByText("Acknowledge …").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type(HOSTILE);
    await page.keyboard.press("Tab");
    await page.keyboard.type("looking at it");
    const again = page.waitForResponse(/\/api\/v1\/deviations\/\d+$/);
    await page.evaluate("dispatchEvent(new PopStateEvent('popstate'))");
    await (await again).finished();
    await page.locator("main:not([aria-busy])").waitFor();
    expect(await page.getByLabel("Why").first().inputValue()).toBe("looking at it");
    await page.keyboard.press("Enter");
    await page.locator(".badge", { hasText: "Acknowledged" }).waitFor();
    expect(await page.getByText(HOSTILE).count()).toBeGreaterThan(0);
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    await page.screenshot({ path: `${SHOTS}/deviation.png`, fullPage: true });
    await page.close();
    await open("/deviations", { width: 390, dark: true });
    await page.locator(".badge", { hasText: "Acknowledged" }).waitFor();
    await fitsTheScreen();
  });

  test("a suite as it was at a moment, and back to now", async () => {
    const seconds = Math.floor((beginMs + 30 * HOUR) / 1000);
    await open(`/?project=shop&suite=perf&environment=ci&branch=main&at=${seconds}`);
    await page.getByText(/As it was at/).waitFor();
    const newest = page.locator("#runs tbody tr").first();
    expect(await newest.textContent()).toContain("r30");
    await page.getByRole("button", { name: "Show now" }).click();
    await page.locator("#runs tbody tr").first().getByText("r59").waitFor();
    expect(page.url()).not.toContain("at=");
  });

  test("an alert from Alertmanager's message: seen, acknowledged, resolved", async () => {
    await open("/alerts");
    await page.getByRole("heading", { name: "No open alert" }).waitFor();
    await page.close();
    const alert = {
      labels: {
        ...{ alertname: "TestFailureSpike", severity: "critical", kind: "tests", team: HOSTILE },
        ...{ project: "shop", suite: "unit", environment: "ci", branch: "main" },
      },
      annotations: {
        summary: `shop/unit (main, ci): 25% of tests fail, limit 10% ${HOSTILE}`,
        description: "A quarter of them.",
        runbook_url: `${plumbline.url}/runbooks/TestFailureSpike`,
        dashboard_url: "javascript:alert(1)",
      },
      startsAt: new Date(Date.now() - 60_000).toISOString(),
      fingerprint: "00000000000000aa",
    };
    const say = async (status: "firing" | "resolved"): Promise<void> => {
      const endsAt = status === "resolved" ? new Date().toISOString() : "0001-01-01T00:00:00Z";
      const response = await fetch(`${plumbline.url}/api/v1/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          ...{ version: "4", groupKey: "{}:{}", truncatedAlerts: 0, status, receiver: "plumbline", groupLabels: {} },
          ...{ commonLabels: {}, commonAnnotations: {}, externalURL: "" },
          alerts: [{ ...alert, status, endsAt, generatorURL: "" }],
        }),
      });
      expect(response.status).toBe(200);
    };
    await say("firing");
    await open("/alerts?alertname=TestFailureSpike&project=shop&suite=unit&environment=ci&branch=main");
    await page.getByRole("heading", { name: "1 open alert" }).waitFor();
    expect(await page.getByRole("link", { name: "Runbook" }).count()).toBe(1);
    expect(await page.getByRole("link", { name: "Dashboard" }).count()).toBe(0);
    await page.locator("[data-alert]").click();
    await page.getByText("What happened").waitFor();
    await page.getByText("Acknowledge …").click();
    await page.getByLabel("Your name").fill("robin");
    await page.getByRole("button", { name: "Acknowledge" }).click();
    await page.locator(".badge", { hasText: "Acknowledged" }).first().waitFor();
    expect(await page.locator(".steps").textContent()).toContain("acknowledged by robin");
    await page.screenshot({ path: `${SHOTS}/alert.png`, fullPage: true });
    await say("resolved");
    await page.reload();
    await page.locator(".badge", { hasText: "Resolved" }).first().waitFor();
    await page.close();
    await open("/alerts", { width: 390, dark: true });
    await page.getByRole("heading", { name: "No open alert" }).waitFor();
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    await fitsTheScreen();
  });

  test("more alerts than a page holds are said to be the first, and the rest is a click away; what a link narrows by is seen", async () => {
    const alerts = Array.from({ length: 60 }, (_, index) => ({
      status: "firing",
      labels: { alertname: "CoverageDrop", severity: "warning", project: "shop", suite: `s${index}`, team: "many" },
      annotations: { summary: `alert ${index}` },
      startsAt: new Date().toISOString(),
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "",
      fingerprint: `${1000 + index}`.padStart(16, "0"),
    }));
    const answer = await fetch(`${plumbline.url}/api/v1/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ version: "4", status: "firing", receiver: "plumbline", alerts }),
    });
    expect(answer.status).toBe(200);
    await open("/alerts?team=many", { width: 390 });
    await page.getByRole("heading", { name: "First 50 open alerts" }).waitFor();
    expect(await page.getByLabel("Team").inputValue()).toBe("many");
    await page.getByRole("button", { name: "Show more alerts" }).click();
    await page.getByRole("heading", { name: "60 open alerts", exact: true }).waitFor();
    await fitsTheScreen();
  });
});
