/** `saxes-once.ts WARM_UP FILE`: the yardstick. Nothing but saxes, told to do as little as it can. */
import { createReadStream } from "node:fs";
import { SaxesParser } from "saxes";
import { answer } from "./child.ts";

async function read(path: string): Promise<number> {
  const parser = new SaxesParser({ position: false });
  let tags = 0;
  parser.on("opentag", () => {
    tags++;
  });
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024, encoding: "utf8" })) {
    parser.write(chunk as string);
  }
  parser.close();
  return tags;
}

const [warmUp, file] = process.argv.slice(2) as [string, string];
await read(warmUp);
const start = performance.now();
const tags = await read(file);
answer({ seconds: (performance.now() - start) / 1000, tags });
