/** `node exporter/test/stack/install-cli.ts` fetches the whole stack ahead of the tests; exits 1 when something is missing. */
import { findStack } from "./install.ts";

const stack = await findStack();
for (const tool of Object.keys(stack.versions) as (keyof typeof stack.versions)[]) {
  process.stdout.write(`${tool}\t${stack.versions[tool]}\t${stack.path(tool)}\n`);
}
process.exitCode = stack.missing.length === 0 ? 0 : 1;
