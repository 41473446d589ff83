/** `npm run generate`: writes every generated file of the repository. */
import { join } from "node:path";
import { currentText, writeFiles } from "./files.ts";
import { generatedFiles } from "./generated.ts";
import { ownPackage } from "./package.ts";

const { root } = ownPackage();
const { written, unchanged } = await writeFiles(root, generatedFiles(await currentText(join(root, "README.md"))));
for (const path of written) console.log(path);
console.error(`${written.length} files written, ${unchanged.length} unchanged`);
