// oxlint-disable unicorn/no-thenable -- thenables of all kinds are what is tested here
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  answersYes,
  answersYesLater,
  asyncIssue,
  chanceOf,
  dropRejection,
  isThenable,
  onRejection,
  tell,
} from './user-function.ts';

/** Values of which reading `then` throws. */
const hostile = [
  Object.defineProperty({}, 'then', {
    get() {
      throw new Error('no');
    },
  }),
  revoked(),
];

describe('user functions', () => {
  it('takes only what has a then() for a promise', () => {
    assert.equal(isThenable(Promise.resolve()), true);
    assert.equal(isThenable({ then() {} }), true);
    assert.equal(isThenable(Object.assign(() => {}, { then() {} })), true);
    for (const other of [undefined, null, true, 'then', 1, {}, { then: 1 }, [], ...hostile]) {
      assert.equal(isThenable(other), false);
    }
  });

  it('takes only true for a yes, and no promise', async () => {
    const rejected = Promise.reject(new Error('of the condition'));
    const noes = [Promise.resolve(true), rejected, 1, 'yes', {}, [], undefined, null, NaN, ...hostile];
    assert.equal(answersYes(true), true);
    assert.deepEqual(noes.filter(answersYes), []);
    await assertQuiet();
  });

  it('waits for a promise where that is meant, and takes a rejection for a no', async () => {
    assert.equal(answersYesLater(true), true);
    assert.equal(answersYesLater('yes'), false);
    assert.equal(answersYesLater(undefined), false);
    assert.equal(await answersYesLater(Promise.resolve(true)), true);
    assert.equal(await answersYesLater(Promise.resolve('yes')), false);
    assert.equal(await answersYesLater(Promise.reject(new Error('no'))), false);
    assert.equal(await answersYesLater({ then: () => assert.fail('as it throws') }), false);
  });

  it('drops what a listener throws or rejects with', async () => {
    const heard: number[] = [];
    tell((value: number) => {
      heard.push(value);
      throw new Error('thrown');
    }, 1);
    tell((value: number) => {
      heard.push(value);
      return Promise.reject(new Error('rejected'));
    }, 2);
    assert.deepEqual(heard, [1, 2]);
    await assertQuiet();
  });

  it('tells of a rejection once, and drops what the listener throws', async () => {
    const error = new Error('rejected');
    const told: unknown[] = [];
    onRejection(Promise.reject(error), (found) => {
      told.push(found);
      throw new Error('of the listener');
    });
    onRejection(Promise.resolve(1), (found) => told.push(found));
    onRejection('no promise', (found) => told.push(found));
    await assertQuiet();
    assert.deepEqual(told, [error]);
  });

  it('looks after the promise that a thenable answers as well', async () => {
    dropRejection({ then: () => Promise.reject(new Error('second')) });
    dropRejection({
      then() {
        throw new Error('at once');
      },
    });
    await assertQuiet();
  });

  it('keeps chance within [0, 1) whatever its source answers', () => {
    const answers = (answer: unknown) => chanceOf(() => answer as number);
    assert.equal(answers(0.25), 0.25);
    assert.equal(answers(-1), 0);
    assert.equal(answers(-Infinity), 0);
    assert.equal(answers(1), 1 - Number.EPSILON / 2);
    assert.equal(answers(Infinity), 1 - Number.EPSILON / 2);
    const odd = [NaN, '0.5', undefined, null, {}, 1n, Promise.reject(new Error('async chance'))];
    for (const drawn of odd.map(answers)) assert.ok(drawn >= 0 && drawn < 1);
    const thrown = chanceOf(() => {
      throw new Error('no chance');
    });
    assert.ok(thrown >= 0 && thrown < 1);
  });

  it('names functions that cannot answer at once', () => {
    assert.equal(
      asyncIssue('when', async () => true),
      'when must be synchronous, got an async function',
    );
    assert.equal(
      asyncIssue('when', function* () {}),
      'when must be synchronous, got a generator function',
    );
    assert.equal(
      asyncIssue('when', async function* () {}),
      'when must be synchronous, got an async generator function',
    );
    for (const other of [() => true, 'timeout', undefined, {}, revoked()]) {
      assert.equal(asyncIssue('when', other), undefined);
    }
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable(() => {}, {});
  revoke();
  return proxy;
}

/** Lets rejections become known, then fails if there was one that nobody handled: `node:test` turns them into failures. */
async function assertQuiet(): Promise<void> {
  await new Promise(setImmediate);
}
