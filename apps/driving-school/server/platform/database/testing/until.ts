import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Time after which a test that waits for a condition has failed, in milliseconds. Far more than a slow and busy machine
 * needs.
 */
export const hangLimitMs = Number(process.env['HANG_LIMIT_MS'] ?? 180_000);

/**
 * Polls until a condition holds. A rejection counts as "not yet".
 *
 * @param description the condition as text, for the error message
 * @returns the condition's value, once it is neither false nor undefined
 * @throws Error after `limitMs` milliseconds, default `hangLimitMs`, with the last rejection as its cause
 */
export async function until<T>(
  description: string,
  condition: () => T | Promise<T>,
  { limitMs = hangLimitMs, everyMs = 20 }: { readonly limitMs?: number; readonly everyMs?: number } = {},
): Promise<Exclude<T, false | undefined>> {
  const endsAt = performance.now() + limitMs;
  let cause: unknown;
  do {
    try {
      const answer = await condition();
      if (isMet(answer)) return answer;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs);
  } while (performance.now() < endsAt);
  throw new Error(`Timed out after ${limitMs} ms waiting until: ${description}.`, { cause });
}

function isMet<T>(answer: T): answer is Exclude<T, false | undefined> {
  return answer !== false && answer !== undefined;
}
