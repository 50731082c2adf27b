import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pipeline, retry, setAmbientContext, timeout } from '../index.ts';
import { ManualClock } from '../testing/index.ts';
import { currentContext, installAmbientContext } from './ambient-context.ts';

installAmbientContext();
after(() => setAmbientContext(undefined));

const clock = new ManualClock();
const outer = pipeline('outer', [], { clock });
const inner = pipeline('inner', [], { clock });

test('an inner call inherits signal, deadline and attributes across awaits, without being handed a context', async () => {
  const caller = new AbortController();
  const attributes = { correlationId: 'c-1' };

  const seen = await outer.execute(
    async () => {
      await Promise.resolve();
      return inner.execute(({ signal, deadline, attributes: given }) => ({ signal, deadline, given }));
    },
    { signal: caller.signal, deadline: 500, attributes },
  );

  assert.deepEqual(seen, { signal: caller.signal, deadline: 500, given: attributes });
});

test('an explicit context wins over the ambient one', async () => {
  const own = new AbortController();

  const seen = await outer.execute(
    () => inner.execute(({ signal, deadline }) => [signal, deadline], { signal: own.signal, deadline: 9 }),
    {
      deadline: 500,
    },
  );

  assert.deepEqual(seen, [own.signal, 9]);
});

test('a deadline is translated between clocks', async () => {
  const other = pipeline('other', [], { clock: new ManualClock(10_000) });

  const deadline = await outer.execute(() => other.execute((context) => context.deadline), { deadline: 500 });

  assert.equal(deadline, 10_500);
});

test('calls that run side by side do not see each other', async () => {
  const both = await Promise.all(
    ['c-1', 'c-2'].map((correlationId) =>
      outer.execute(async () => (await Promise.resolve(), currentContext()?.attributes['correlationId']), {
        attributes: { correlationId },
      }),
    ),
  );

  assert.deepEqual(both, ['c-1', 'c-2']);
  assert.equal(currentContext(), undefined);
});

test('an inner retry does not wait past a limit of the layer above', async () => {
  const limited = pipeline('limited', [timeout({ limitMs: 100 })], { clock });
  const retried = pipeline('retried', [retry({ jitter: 'none', baseMs: 1_000 })], { clock });
  let calls = 0;

  const call = limited.execute(() => retried.execute(() => ((calls += 1), Promise.reject(new Error('boom')))));

  await assert.rejects(call, { message: 'boom' });
  assert.equal(calls, 1);
});
