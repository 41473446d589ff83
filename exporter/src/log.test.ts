import { expect, test } from "vitest";
import { AppError } from "./errors.ts";
import { createLogger, type LogFormat } from "./log.ts";

function lines(format: LogFormat, level: "debug" | "info" | "warn" = "info") {
  const out: string[] = [];
  const now = () => new Date(Date.UTC(2026, 4, 20));
  return { out, log: createLogger({ level, format, write: (line) => out.push(line), now }) };
}

test("logfmt quotes what needs it, and stays on one line", () => {
  const { out, log } = lines("logfmt");
  log.info("it's up", {
    url: "http://x:1/",
    n: 3,
    none: undefined,
    nothing: null,
    ok: true,
    list: [1],
    "a b": 'q"\n\u2028',
  });
  expect(out).toEqual([
    'ts=2026-05-20T00:00:00.000Z level=info msg="it\'s up" url=http://x:1/ n=3 nothing=null ok=true list="[1]" a_b="q\\"\\n\\u2028"\n',
  ]);
});

test("json holds the same", () => {
  const { out, log } = lines("json");
  log.warn("x", { n: 1, error: new AppError("STORE_FULL", "no space", { file: "a.db" }) });
  expect(JSON.parse(out[0]!)).toEqual({
    ts: "2026-05-20T00:00:00.000Z",
    level: "warn",
    msg: "x",
    n: 1,
    error: "a.db: STORE_FULL: no space",
  });
});

test("levels below the least are left out", () => {
  const { out, log } = lines("logfmt", "warn");
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  expect(out.map((line) => /msg=(\w)/.exec(line)![1])).toEqual(["c", "d"]);
});

test("an error of ours is a line, a fault keeps its stack, a cause its message", () => {
  const { out, log } = lines("json");
  log.error("x", { error: new AppError("STORE_FULL", "no", {}, { cause: new Error("ENOSPC") }) });
  log.error("x", { error: new TypeError("bug") });
  expect(JSON.parse(out[0]!).error).toBe("STORE_FULL: no (ENOSPC)");
  expect(JSON.parse(out[1]!).error).toMatch(/TypeError: bug\n.*log\.test/);
});

test.each([
  [{ password: "hunter22" }, "hunter22"],
  [{ apiKey: "hunter22" }, "hunter22"],
  [{ Authorization: "hunter22" }, "hunter22"],
  [{ url: "https://me:hunter22@host/x" }, "hunter22"],
  [{ header: "Bearer hunter22aaaa" }, "hunter22aaaa"],
  [{ error: new Error("at https://me:hunter22@host failed") }, "hunter22"],
])("%j does not show its secret", (fields, secret) => {
  for (const format of ["json", "logfmt"] as const) {
    const { out, log } = lines(format);
    log.info("x", fields);
    expect(out[0]).not.toContain(secret);
    expect(out[0]).toContain("<redacted>");
  }
});
