import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker } from '../index.ts';
import { sharedBreakers, sharedRetryBudget, type RedisClient } from '../redis/index.ts';
import { ManualClock } from '../testing/index.ts';

const answering = (answer: unknown): RedisClient => ({ eval: async () => answer });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('F10: an answer of the store that is not understood opens no circuit: each process judges alone', async () => {
  const answers = [undefined, null, 5, 'x', [], [null], [['a', 'b', 'c']], [[Number.NaN, '0', {}]], [[1]], { 0: 1 }];
  for (const answer of answers) {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ clock });
    const shared = sharedBreakers({ client: answering(answer), breakers: [breaker], clock });

    await assert.rejects(shared.sync(), { name: 'TypeError', message: /The client of Redis must answer/ });

    assert.deepEqual([shared.status, shared.votesOf(breaker), breaker.state], ['alone', 0, 'closed']);
  }
});

test('F10: a budget believes no totals that are not understood', async () => {
  for (const answer of [undefined, null, 5, 'xyz', [], [1, 2], ['a', 'b', 'c'], [Number.NaN, 0, 1], [{}, 0, 1]]) {
    const clock = new ManualClock();
    const budget = sharedRetryBudget({ client: answering(answer), clock });

    await assert.rejects(budget.sync(), { name: 'TypeError', message: /The client of Redis must answer/ });

    assert.equal(budget.status, 'alone');
    budget.record(clock.now());
    assert.ok(budget.tryTake(clock.now()), 'its own floor allows one');
  }
});

test('F10: clients that answer numbers as text, bytes or big integers are understood', async () => {
  for (const [nothing, many] of [
    [0, 2],
    ['0', '2'],
    [bytes('0'), bytes('2')],
    [0n, 2n],
  ]) {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ clock });
    let rows: readonly unknown[] = [[many, nothing, nothing]];
    const client = { eval: async () => rows };
    const shared = sharedBreakers({ client, breakers: [breaker], clock });
    await shared.sync();
    assert.deepEqual([shared.votesOf(breaker), breaker.state], [2, 'closed']);

    rows = [[many, '1796078102292', nothing]];
    await shared.sync();
    assert.equal(breaker.state, 'open');

    const budget = sharedRetryBudget({ client: answering([many, nothing, many]), clock });
    await budget.sync();
    assert.equal(budget.status, 'shared');
  }
});
