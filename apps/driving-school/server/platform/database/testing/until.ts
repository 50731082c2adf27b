import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until something is so, asking again and again. A rejection counts as "not yet".
 *
 * @param what the condition in words, for the message of the failure
 * @returns what the condition gave, when it was neither false nor undefined
 * @throws after `limitMs` milliseconds, default 20,000, with the last rejection as cause
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { limitMs = 20_000, everyMs = 20 }: { readonly limitMs?: number; readonly everyMs?: number } = {},
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
  throw new Error(`It took longer than ${limitMs} ms until: ${what}.`, { cause });
}

function isSo<T>(answer: T): answer is Exclude<T, false | undefined> {
  return answer !== false && answer !== undefined;
}
