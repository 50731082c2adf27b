import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bulkhead,
  CircuitBreaker,
  fallback,
  hedge,
  measure,
  pipeline,
  rateLimit,
  retry,
  staleCache,
  timeout,
  type Layer,
} from './index.ts';

const again = (name = 'again'): Layer => retry({ name });
const breaker = (): Layer => new CircuitBreaker({ name: 'breaker' });
const copy = (): Layer => fallback({ name: 'copy', to: 'copy' });
const cache = (): Layer => staleCache({ name: 'cache', key: () => 'key' });
const slots = (): Layer => bulkhead({ name: 'slots', limit: 10 });
const pace = (): Layer => rateLimit({ name: 'pace', limit: 10, perMs: 1_000 });
const beside = (): Layer => hedge({ name: 'beside', delayMs: 10, idempotent: true });
const limit = (name = 'limit'): Layer => timeout({ name, limitMs: 100 });

const warningsOf = (...layers: readonly Layer[]): readonly string[] => pipeline('read', layers).warnings;

const mistakes: readonly { readonly layers: readonly Layer[]; readonly because: string }[] = [
  { layers: [again(), copy()], because: 'the fallback answers first, so nothing is ever retried' },
  { layers: [again(), cache()], because: 'the fallback answers first, so nothing is ever retried' },
  { layers: [breaker(), copy()], because: 'the fallback hides every failure, so the breaker never opens' },
  { layers: [breaker(), cache()], because: 'the fallback hides every failure, so the breaker never opens' },
  { layers: [beside(), copy()], because: 'a fallback counts as an answer, so it can win over the operation' },
  { layers: [beside(), cache()], because: 'a fallback counts as an answer, so it can win over the operation' },
  {
    layers: [again('outer'), again('inner')],
    because: 'the outer retry has no effect: calls that the inner one gave up on are not retried',
  },
  {
    layers: [slots(), again()],
    because: 'a call keeps its slot while it waits for the next attempt, so waiting calls block others',
  },
  {
    layers: [slots(), beside()],
    because: 'concurrent attempts share one slot, so more run at once than the bulkhead allows',
  },
  { layers: [pace(), again()], because: 'repeated attempts are not counted by the rate limit' },
  { layers: [pace(), beside()], because: 'hedged attempts are not counted by the rate limit' },
];

for (const { layers, because } of mistakes) {
  const [outer, inner] = layers.map((layer) => layer as { name: string; kind: string });

  test(`P67: ${outer?.kind} before ${inner?.kind}: ${because}`, () => {
    assert.deepEqual(warningsOf(...layers), [
      `"${outer?.name}" (${outer?.kind}) comes before "${inner?.name}" (${inner?.kind}): ${because}.`,
    ]);
    // What stands between two layers changes nothing, and neither does a pipeline in the list.
    assert.equal(warningsOf(layers[0] as Layer, measure(), pipeline('rest', layers.slice(1))).length, 1);
  });

  if (outer?.kind !== inner?.kind) {
    test(`${inner?.kind} before ${outer?.kind} is in order`, () => {
      assert.deepEqual(warningsOf(...layers.toReversed()), []);
    });
  }
}

test('P67: the order that the documents recommend has no warning', () => {
  assert.deepEqual(
    warningsOf(measure(), copy(), limit('total'), again(), breaker(), pace(), slots(), limit('attempt')),
    [],
  );
});

test('a breaker around a retry is a choice: then a call counts once, however often it was tried', () => {
  assert.deepEqual(warningsOf(breaker(), again()), []);
});
