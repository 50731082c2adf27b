import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a test waits for a condition before it counts as a hang, in milliseconds. Far more than a slow machine that
 * is busy with other work needs, so that no test depends on its speed.
 */
export const hangLimitMs = 180_000;

/**
 * Polls until a condition holds. A rejection counts as "not yet".
 *
 * @param what describes the condition in the message of the failure
 * @returns the condition's value, once it is neither false nor undefined
 * @throws Error after `limitMs` milliseconds, default `hangLimitMs`, with the last rejection as its cause
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { limitMs = hangLimitMs, everyMs = 20 }: { readonly limitMs?: number; readonly everyMs?: number } = {},
): Promise<Exclude<T, false | undefined>> {
  const endsAt = performance.now() + limitMs;
  let cause: unknown;
  do {
    try {
      const answer = await condition();
      if (isSo(answer)) return answer;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs);
  } while (performance.now() < endsAt);
  throw new Error(`Waited ${limitMs} ms and still not: ${what}.`, { cause });
}

function isSo<T>(answer: T): answer is Exclude<T, false | undefined> {
  return answer !== false && answer !== undefined;
}
