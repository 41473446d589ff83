import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { bashCompletion, commandNodes, fishCompletion, zshCompletion } from "./completion-scripts.ts";
import { buildProgram } from "./program.ts";
import { testIo } from "./test-support.ts";

const nodes = commandNodes(buildProgram({ io: testIo().io, version: "1", exit: () => {} }));
const folder = temporaryFolder("completion");
const script = join(folder, "bash");
writeFileSync(script, bashCompletion(nodes));
writeFileSync(join(folder, "report.xml"), "");

/** What bash offers for a command line whose last word is being typed. */
function complete(...words: string[]): string[] {
  const line = ["plumbline", ...words].map((word) => `'${word}'`).join(" ");
  const program = `source ${script}; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _plumbline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync("bash", ["--norc", "-c", program], { encoding: "utf8" });
  return output.split("\n").filter((word) => word !== "");
}

test("bash takes the script", () => {
  expect(() => execFileSync("bash", ["-n", script])).not.toThrow();
});

test.each<[string, string[], string[]]>([
  ["commands", ["in"], ["ingest", "inspect"]],
  ["subcommands", ["runs", ""], ["list", "show", "delete", "move", "finish"]],
  ["commands after a global flag and its value", ["--log.level", "debug", "prov"], ["provision"]],
  ["flags", ["ingest", "--run"], ["--run-id", "--run-url", "--runner-class", "--run-per-file"]],
  ["flags with dots", ["serve", "--web.config"], ["--web.config.file"]],
  ["global flags after a command", ["runs", "list", "--log.l"], ["--log.level"]],
  ["choices of a flag", ["--log.level", "w"], ["warn"]],
  ["choices of a command's flag", ["runs", "list", "--status", "pa"], ["passed", "partial"]],
  ["choices of an argument", ["completion", ""], ["bash", "zsh", "fish"]],
  ["the registered formats", ["inspect", "--format", "jun"], ["junit"]],
  ["nothing of ours where a file belongs, so bash completes files", ["ingest", "rep"], []],
])("%s", (_, words, expected) => expect(complete(...words)).toEqual(expected));

test("file names come from bash itself", () => {
  expect(bashCompletion(nodes)).toContain("complete -o bashdefault -o default -F _plumbline plumbline");
});

test("every command and flag is in every script", () => {
  for (const make of [bashCompletion, zshCompletion, fishCompletion]) {
    const text = make(nodes);
    for (const { path, flags } of nodes) {
      if (path !== "") expect(text).toContain(`'${path}'`);
      for (const { names } of flags) expect(text).toContain(names[0]?.replace(/^--/, ""));
    }
  }
});
