import { setTimeout as sleep } from "node:timers/promises";

type Filled<T> = Exclude<T, false | null | undefined | 0 | "">;

/**
 * Asks again and again until the answer is accepted, and returns it. By default anything but a falsy value and an empty
 * array is accepted. A check that throws counts as "not yet"; the last answer or error is told when the time is over.
 */
export async function until<T>(
  check: () => T | Promise<T>,
  options: { what: string; timeoutMs?: number; everyMs?: number; accept?: (value: T) => boolean },
): Promise<Filled<T>> {
  const { what, timeoutMs = 15_000, everyMs = 50, accept = isFilled } = options;
  const deadline = Date.now() + timeoutMs;
  let last = "nothing yet";
  let cause: unknown;
  do {
    try {
      const value = await check();
      if (accept(value)) return value as Filled<T>;
      last = show(value);
      cause = undefined;
    } catch (error) {
      last = String(error);
      cause = error;
    }
    await sleep(everyMs);
  } while (Date.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms for ${what}; last: ${last}`, { cause });
}

const isFilled = (value: unknown): boolean => Boolean(value) && !(Array.isArray(value) && value.length === 0);

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}
