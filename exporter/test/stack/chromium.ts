import type { Browser } from "playwright-core";
import { findStack } from "./install.ts";

/** Headless Chromium. Without these flags it tries to reach its maker's hosts at every start, which a closed network refuses. */
export async function launchBrowser(): Promise<Browser> {
  // Loaded only here: it takes most of a second, and few tests need it.
  const { chromium } = await import("playwright-core");
  const stack = await findStack(["chromium"]);
  return chromium.launch({
    executablePath: stack.path("chromium"),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
  });
}
