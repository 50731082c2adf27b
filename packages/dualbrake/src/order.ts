import type { Policy } from './policy.ts';

/** What goes wrong when a policy of kind `outer` comes before one of kind `inner`. */
interface Misorder {
  readonly outer: string;
  readonly inner: string;
  readonly because: string;
}

/** A breaker before a retry is not a mistake: each call then counts once, however many attempts it takes. */
const misorders: readonly Misorder[] = [
  ...['fallback', 'stale-cache'].flatMap((inner) => [
    { outer: 'retry', inner, because: 'the fallback answers first, so nothing is ever retried' },
    { outer: 'circuit-breaker', inner, because: 'the fallback hides every failure, so the breaker never opens' },
    { outer: 'hedge', inner, because: 'a fallback counts as an answer, so it can win over the operation' },
  ]),
  {
    outer: 'retry',
    inner: 'retry',
    because: 'the outer retry has no effect: calls that the inner one gave up on are not retried',
  },
  {
    outer: 'bulkhead',
    inner: 'retry',
    because: 'a call keeps its slot while it waits for the next attempt, so waiting calls block others',
  },
  {
    outer: 'bulkhead',
    inner: 'hedge',
    because: 'concurrent attempts share one slot, so more run at once than the bulkhead allows',
  },
  { outer: 'rate-limit', inner: 'retry', because: 'repeated attempts are not counted by the rate limit' },
  { outer: 'rate-limit', inner: 'hedge', because: 'hedged attempts are not counted by the rate limit' },
];

/** One sentence per pair of policies whose order makes one of them ineffective. */
export function orderWarnings(policies: readonly Policy<unknown>[]): readonly string[] {
  return policies.flatMap((outer, place) =>
    policies.slice(place + 1).flatMap((inner) => {
      const found = misorders.find((misorder) => misorder.outer === outer.kind && misorder.inner === inner.kind);
      return found === undefined
        ? []
        : [`"${outer.name}" (${found.outer}) comes before "${inner.name}" (${found.inner}): ${found.because}.`];
    }),
  );
}
