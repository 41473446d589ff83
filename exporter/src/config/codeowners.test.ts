import { describe, expect, test } from "vitest";
import { codeowners } from "./codeowners.ts";

const owners = (text: string, path: string) => codeowners(text)(path).join(" ");

// Rows of GitHub's own page about CODEOWNERS, and of gitignore(5).
describe("which paths a pattern fits", () => {
  test.each([
    ["*", "anything/at/all", true],
    ["*.js", "a.js", true],
    ["*.js", "deep/in/a.js", true],
    ["*.js", "a.jsx", false],
    ["/build/logs/", "build/logs/today", true],
    ["/build/logs/", "build/logs", true],
    ["/build/logs/", "src/build/logs/today", false],
    ["docs/*", "docs/getting-started.md", true],
    ["docs/*", "docs/build-app/troubleshooting.md", false],
    ["docs/*", "src/docs/a.md", false],
    ["docs/*", "docs", true],
    ["apps/", "apps/web/a.ts", true],
    ["apps/", "deep/apps/a.ts", true],
    ["apps/", "apps", true],
    ["apps", "deep/apps/web/a.ts", true],
    ["**/logs", "deploy/logs/x", true],
    ["**/logs", "build/scripts/logs", true],
    ["/scripts/**/e2e", "scripts/a/b/e2e/x.ts", true],
    ["/scripts/**/e2e", "scripts/e2e", true],
    ["/services/**", "services/a/b", true],
    ["/services/**", "services", true],
    ["services/pay", "services/payments", false],
    ["services/pay*", "services/payments/tests", true],
    ["/a?c/", "abc/x", true],
    ["/a?c/", "a/c/x", false],
    ["my\\ docs/", "my docs/x", true],
    ["/a.b/", "axb/x", false],
    ["/(x)+[y]/", "(x)+[y]/z", true],
  ])("%s: %s %s", (pattern, path, fits) => expect(owners(`${pattern} @x`, path)).toBe(fits ? "@x" : ""));
});

describe("whose a path is", () => {
  test("the last line that fits decides, whatever it says", () => {
    const text = "* @all\n/api/ @api @qa\n/api/generated/\n";
    expect(owners(text, "web/a")).toBe("@all");
    expect(owners(text, "api/a")).toBe("@api @qa");
    expect(owners(text, "api/generated/a")).toBe("");
  });

  test.each([
    ["leading ./ and slashes", "/api/ @x", "./api/a/"],
    ["a path from the root", "/api/ @x", "/api"],
    [
      "comments, blank lines, Windows line ends and a byte order mark",
      "\uFEFF# all\r\n\r\n/api/ @x # why\r\n",
      "api/a",
    ],
    ["tabs", "/api/\t\t@x", "api/a"],
  ])("%s", (_name, text, path) => expect(owners(text, path)).toBe("@x"));

  test("a path of a line of its own may be a file", () =>
    expect(owners("/api/a.test.ts @x", "api/a.test.ts")).toBe("@x"));

  test("GitLab's sections decide each by itself; lines without owners have their section's", () => {
    const text = `
* @root
[Payments][2] @payments
/services/payments/
^[Docs]
*.md @writers
[Empty]
`;
    expect(owners(text, "services/payments/a")).toBe("@root @payments");
    expect(owners(text, "services/payments/a.md")).toBe("@root @payments @writers");
    expect(owners(text, "web/a")).toBe("@root");
  });

  test("an empty file owns nothing", () => expect(owners("", "a")).toBe(""));
});
