/**
 * A process that uses a store, for tests of locks, full disks and sudden ends: `child.ts FILE MODE JOB [ARGUMENT]`. Prints one
 * line per step; errors as their code.
 */
import { openSqlite } from "../sqlite.ts";
import { addPart, Clock, codeOf, kase, putPart, settingsOf } from "./support.ts";

const [file, mode, job, argument] = process.argv.slice(2) as [string, "write" | "serve", string, string | undefined];
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const forever = () => new Promise<void>(() => setInterval(() => {}, 60_000));
const clock = new Clock();
const many = function* (n: number) {
  for (let i = 0; i < n; i++) yield kase(`a test with a rather long name, number ${i}`);
};

try {
  const store = openSqlite(file, settingsOf(clock, { busyMs: 10_000 }), mode);
  say("open");
  if (job === "hold") await forever();
  if (job === "write") {
    for (let i = 0; i < 25; i++) {
      const cases = ["shared", `shared ${i}`, `${argument} ${i}`];
      await putPart(store, clock, { runId: `${argument}-${i}`, cases });
    }
  }
  if (job === "half") {
    // Enough to reach the file before the commit.
    await store.write(async (tx) => {
      const during = async () => {
        say("half");
        await forever();
      };
      await addPart(tx, clock, { runId: "half", cases: [...many(300_000)], during });
    });
  }
  if (job === "fill") {
    say(await codeOf(putPart(store, clock, { runId: "before", cases: ["a"] })));
    // The one that fills the disk, and one after it in the same transaction.
    const batch = store.write(async (tx) => {
      const codes = [
        await codeOf(addPart(tx, clock, { runId: "small", cases: ["b"] })),
        await codeOf(addPart(tx, clock, { runId: "big", cases: [...many(300_000)] })),
        await codeOf(addPart(tx, clock, { runId: "next", cases: ["c"] })),
        await codeOf(tx.tick()),
      ];
      say(codes.join(" "));
    });
    say(await codeOf(batch));
    say(await codeOf(putPart(store, clock, { runId: "after", cases: ["a", "d"] })));
  }
  await store.close();
  say("closed");
} catch (error) {
  say((error as { code?: string }).code ?? String(error));
}
