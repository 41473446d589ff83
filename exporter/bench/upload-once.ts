/** `upload-once.ts FILE URL`: one report over HTTP, streamed; seconds from the first byte to the 201. */
import { createReadStream, statSync } from "node:fs";
import { request } from "node:http";
import { pipeline } from "node:stream/promises";
import { answer } from "./child.ts";

const [file, url] = process.argv.slice(2) as [string, string];
const start = performance.now();
const headers = { "content-type": "application/xml", "content-length": statSync(file).size };
const out = request(url, { method: "POST", headers });
const answered = new Promise<number>((resolve, reject) => {
  out.on("error", reject);
  out.on("response", (response) => {
    response.on("end", () => resolve(response.statusCode ?? 0));
    response.resume();
  });
});
await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), out);
const status = await answered;
if (status !== 201) throw new Error(`${url} answered ${status}`);
answer((performance.now() - start) / 1000);
