/** The real benchmark of regression.ts, in a process of its own as a CI step would be: `N` rounds of hashing, timed some times. */
import { createHash } from "node:crypto";
import { answer } from "./child.ts";

const SAMPLES = 25;
const rounds = Number(process.argv[2]);

function work(): void {
  let digest = Buffer.alloc(32);
  for (let i = 0; i < rounds; i++) digest = createHash("sha256").update(digest).update("plumbline").digest();
}

for (let i = 0; i < 3; i++) work();
const seconds = Array.from({ length: SAMPLES }, () => {
  // Processor time: what else the machine does costs wall time, and is not what this benchmark is about.
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
});
answer(seconds);
