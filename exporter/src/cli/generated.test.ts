import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generatedFiles, withBlocks } from "./generated.ts";
import { ownPackage } from "./package.ts";

const { root } = ownPackage();
const readmePath = join(root, "README.md");
const readme = existsSync(readmePath) ? readFileSync(readmePath, "utf8") : undefined;

test.each([...generatedFiles(readme)])("%s is what 'npm run generate' writes", (path, text) => {
  expect(existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "missing").toBe(text);
});

test("help does not depend on the terminal, the environment or the version", () => {
  expect(generatedFiles(undefined)).toEqual(generatedFiles(undefined));
  expect(generatedFiles(undefined).get("docs/cli.md")).not.toMatch(/\d+\.\d+\.\d+-?\w*\n/);
});

test("only what stands between the marks is renewed", () => {
  const text = "a\n<!-- generated:x -->\nold\n<!-- /generated:x -->\nb\n";
  const once = withBlocks(text, new Map([["x", "new\n"]]));
  expect(once).toBe("a\n<!-- generated:x -->\n\nnew\n\n<!-- /generated:x -->\nb\n");
  expect(withBlocks(once, new Map([["x", "new\n"]]))).toBe(once);
});

test("a mark that nothing fills is an error", () => {
  expect(() => withBlocks("<!-- generated:y -->\n<!-- /generated:y -->", new Map())).toThrow('no generated block "y"');
});
