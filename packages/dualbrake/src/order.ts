import type { Policy } from './policy.ts';

/** What goes wrong when a policy of kind `outer` stands before one of kind `inner`. */
interface Misorder {
  readonly outer: string;
  readonly inner: string;
  readonly because: string;
}

/** A breaker before a retry is no mistake: then a call counts once, however often it was tried. */
const misorders: readonly Misorder[] = [
  ...['fallback', 'stale-cache'].flatMap((inner) => [
    { outer: 'retry', inner, because: 'the fallback answers first, so nothing is ever retried' },
    { outer: 'circuit-breaker', inner, because: 'the fallback hides every failure, so the breaker never opens' },
    { outer: 'hedge', inner, because: 'a fallback counts as an answer, so it can win over the operation' },
  ]),
  { outer: 'retry', inner: 'retry', because: 'an inner retry that gives up is not repeated, so the outer one is idle' },
  {
    outer: 'bulkhead',
    inner: 'retry',
    because: 'a call that waits for its next attempt keeps its place, so waiting calls keep working ones out',
  },
  {
    outer: 'bulkhead',
    inner: 'hedge',
    because: 'attempts beside each other share one place, so more run at once than the bulkhead allows',
  },
  { outer: 'rate-limit', inner: 'retry', because: 'repeated attempts are not counted by the rate limit' },
  { outer: 'rate-limit', inner: 'hedge', because: 'hedged attempts are not counted by the rate limit' },
];

/** One sentence for each pair of policies whose order defeats one of them. */
export function orderWarnings(policies: readonly Policy<unknown>[]): readonly string[] {
  return policies.flatMap((outer, place) =>
    policies.slice(place + 1).flatMap((inner) => {
      const found = misorders.find((misorder) => misorder.outer === outer.kind && misorder.inner === inner.kind);
      return found === undefined
        ? []
        : [`"${outer.name}" (${found.outer}) stands before "${inner.name}" (${found.inner}): ${found.because}.`];
    }),
  );
}
