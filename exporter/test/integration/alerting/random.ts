/** 200 failures and 200 recoveries of many suites at random times: none is missed, none is told twice. */
import { expect } from "vitest";
import { randomOf } from "../../../bench/detection/random.ts";
import { until } from "../../stack/index.ts";
import { eventsOf, RANDOM_SUITES, type Stacks, told } from "./stacks.ts";
import { ONE_FAILS, PASSED, pause, run } from "./steps.ts";

const EPISODES = 4;
/** A state that stands shorter may come and go unseen: a scrape, an evaluation, a group's wait and interval, and keep_firing_for. */
const LEAST_SECONDS = 9;

export async function randomized({ one }: Stacks, seed: number): Promise<void> {
  const suites = Array.from({ length: RANDOM_SUITES }, (_, i) => `random-${i}`);
  await Promise.all(
    suites.map(async (suite, i) => {
      const random = randomOf(seed, i);
      const stand = async (counts: typeof ONE_FAILS | typeof PASSED): Promise<void> => {
        await run(one, suite, counts);
        const rest = LEAST_SECONDS + random.between(0, 4);
        const again = random.chance(0.3);
        // A second run with the same result is no news.
        await pause(again ? rest / 2 : rest);
        if (!again) return;
        await run(one, suite, counts);
        await pause(rest / 2);
      };
      await pause(random.between(0, 6));
      for (let episode = 0; episode < EPISODES; episode++) {
        await stand(ONE_FAILS);
        await stand(PASSED);
      }
    }),
  );
  const episode = ["/random TestRunFailed firing", "/random TestRunFailed resolved"];
  const expected = Array.from({ length: EPISODES }, () => episode).flat();
  // When the time is over, what follows says which suite's messages are missing or too many.
  await until(() => suites.filter((suite) => told(one, suite).length < expected.length), {
    what: "every message",
    timeoutMs: 30_000,
    accept: (behind) => behind.length === 0,
  }).catch(() => undefined);
  const wrong = suites.filter((suite) => JSON.stringify(told(one, suite)) !== JSON.stringify(expected));
  expect(Object.fromEntries(wrong.map((suite) => [suite, told(one, suite)]))).toEqual({});
  const messages = suites.flatMap((suite) => eventsOf(one, suite));
  const identities = messages.map(({ status, message }) => {
    const { fingerprint, startsAt } = message.alerts[0]!;
    return `${status} ${fingerprint} ${startsAt}`;
  });
  expect(new Set(identities).size).toBe(2 * EPISODES * RANDOM_SUITES);
  expect(identities).toHaveLength(2 * EPISODES * RANDOM_SUITES);
}
