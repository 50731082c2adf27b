import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CircuitBreaker,
  InvalidSettingsError,
  pipeline,
  Registry,
  timeout,
  type CircuitBreakerOptions,
  type RecoveryEvent,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

const thrown =
  (fields: object): (() => Promise<never>) =>
  () =>
    Promise.reject(Object.assign(new Error('failed'), fields));
const down = thrown({ code: 'ECONNREFUSED', syscall: 'connect' });
const fine = (): Promise<string> => Promise.resolve('fine');

async function calls(breaker: CircuitBreaker, pattern: string): Promise<void> {
  for (const letter of pattern) await breaker.execute(letter === 'x' ? down : fine).catch(() => undefined);
}

function aBreaker(options: CircuitBreakerOptions = {}): {
  breaker: CircuitBreaker;
  clock: ManualClock;
  events: RecoveryEvent[];
} {
  const clock = new ManualClock();
  const events: RecoveryEvent[] = [];
  const breaker = new CircuitBreaker({ clock, onEvent: (event) => events.push(event), ...options });
  return { breaker, clock, events };
}

test('a count window opens at its share of failures, once it holds enough calls', async () => {
  const { breaker } = aBreaker({ window: 'count', windowCalls: 10, minimumCalls: 4, failureRatio: 0.5 });

  await calls(breaker, 'xx.');
  assert.equal(breaker.state, 'closed', 'three calls are not enough');
  await calls(breaker, 'x');

  assert.equal(breaker.state, 'open');
});

test('a count window opens at a number of failures where one is given', async () => {
  const { breaker } = aBreaker({ window: 'count', windowCalls: 100, failureThreshold: 3 });

  await calls(breaker, 'x...x.....');
  assert.equal(breaker.state, 'closed');
  await calls(breaker, 'x');

  assert.equal(breaker.state, 'open');
});

test('B11: a time window forgets a tenth at a time, and everything after a gap', async () => {
  const { breaker, clock } = aBreaker({
    window: 'time',
    windowMs: 10_000,
    minimumCalls: 1,
    failureRatio: 1,
    consecutiveFailures: 0,
  });
  await calls(breaker, '.');
  await calls(breaker, 'xxx');
  assert.equal(breaker.report(clock.now())['failureRatio'], 0.75);

  await clock.advance(9_999);
  assert.equal(breaker.report(clock.now())['failureRatio'], 0.75);
  await clock.advance(1);

  assert.equal(breaker.report(clock.now())['failureRatio'], undefined);
  assert.equal(breaker.state, 'closed');
});

test('B16: a run of failures opens a window that is full of successes, at the twentieth call', async () => {
  const { breaker, clock, events } = aBreaker({ window: 'time' });
  for (let call = 0; call < 1_000; call += 1) {
    await breaker.execute(fine);
    await clock.advance(5);
  }

  await calls(breaker, 'x'.repeat(19));
  assert.equal(breaker.state, 'closed');
  await calls(breaker, 'x');

  assert.equal(breaker.state, 'open');
  assert.match(breaker.report(clock.now()).reason, /^20 consecutive failures/);
  assert.equal(events.filter(({ type }) => type === 'transition').length, 1);
});

test('B16: calls that still run and are too slow already open it, before any of them answers', async () => {
  const { breaker, clock } = aBreaker({ window: 'time', slowCallMs: 1_000, slowCallRatio: 0.5, minimumCalls: 4 });
  const answers = Array.from({ length: 4 }, () => deferred<string>());
  const running = answers.map(({ promise }) => breaker.execute(() => promise));
  await clock.advance(1_000);

  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN' });

  assert.match(breaker.report(clock.now()).reason, /100 % of the calls in the window were slow/);
  for (const { resolve } of answers) resolve('late');
  assert.deepEqual(
    await Promise.all(running),
    ['late', 'late', 'late', 'late'],
    'their callers still get their answers',
  );
});

test('a slow call that fails in the end is one call in the window, slow and failed', async () => {
  const { breaker, clock } = aBreaker({
    window: 'count',
    slowCallMs: 100,
    slowCallRatio: 1,
    failureRatio: 1,
    minimumCalls: 5,
  });
  const answer = deferred<string>();
  const running = breaker.execute(() => answer.promise).catch(() => undefined);
  await clock.advance(100);
  await breaker.execute(fine);
  assert.deepEqual(ratios(breaker, clock), [0, 0.5]);

  answer.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  await running;

  assert.deepEqual(ratios(breaker, clock), [0.5, 0.5]);
});

function ratios(breaker: CircuitBreaker, clock: ManualClock): unknown[] {
  const { failureRatio, slowRatio } = breaker.report(clock.now());
  return [failureRatio, slowRatio];
}

test('P20: with a share of 1 it opens when all calls are slow', async () => {
  const { breaker, clock } = aBreaker({ window: 'count', slowCallMs: 10, slowCallRatio: 1, minimumCalls: 3 });
  for (let call = 0; call < 3; call += 1) {
    const running = breaker.execute(() => new Promise((resolve) => void clock.after(10, () => resolve('slow'))));
    await clock.advance(10);
    await running;
  }

  assert.equal(breaker.state, 'open');
});

test('P12: after it has closed one failure does not open it again', async () => {
  const { breaker, clock } = aBreaker({ window: 'count', windowCalls: 4, minimumCalls: 4, failureRatio: 0.5 });
  await calls(breaker, 'xxxx');
  await clock.advance(60_000);
  await breaker.execute(fine);
  assert.equal(breaker.state, 'closed');

  await calls(breaker, 'x');

  assert.equal(breaker.state, 'closed');
});

test('P25: what is told and saved of a window does not grow with the traffic', async () => {
  const sizeAfter = async (count: number): Promise<number> => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ window: 'time', windowMs: 60_000, minimumCalls: 1_000_000, clock });
    for (let call = 0; call < count; call += 1) await breaker.execute(() => 'fine');
    // Numbers may have more digits, but there are not more of them.
    return JSON.stringify([breaker.save(), breaker.report(clock.now())]).replaceAll(/\d+/g, '0').length;
  };

  assert.equal(await sizeAfter(20_000), await sizeAfter(10));
});

test('P26: refused calls do not dilute the share of failures', async () => {
  const { breaker, clock } = aBreaker({ window: 'count', windowCalls: 4, minimumCalls: 4, failureRatio: 0.5 });
  await calls(breaker, 'xxxx');
  await calls(breaker, '.'.repeat(20));

  assert.equal(breaker.report(clock.now())['refused'], 20);
  assert.equal(breaker.report(clock.now())['failureRatio'], 1);
});

test('P17: the event of a change says from, to, why, the counts, the shares and the period', async () => {
  const { breaker, events } = aBreaker({ window: 'count', windowCalls: 4, minimumCalls: 2, failureRatio: 0.5 });

  await calls(breaker, '.x');

  const { at, attributes, ...event } = events.find(({ type }) => type === 'transition') ?? assert.fail('no transition');
  assert.deepEqual([at, attributes], [0, {}]);
  assert.deepEqual(event, {
    type: 'transition',
    from: 'closed',
    to: 'open',
    trigger: 'automatic',
    reason: '50 % of the calls in the window failed, the last one node.ECONNREFUSED (transient)',
    failures: 1,
    failureRatio: 0.5,
    generation: 1,
    retryAfterMs: 60_000,
    pipeline: 'circuit-breaker',
    policy: 'circuit-breaker',
    key: 'circuit-breaker',
  });
});

test('P18: two breakers made of one options object share nothing, and the object is left alone', async () => {
  const options = Object.freeze({ failureThreshold: 1, clock: new ManualClock() });
  const one = new CircuitBreaker(options);
  const other = new CircuitBreaker(options);

  await calls(one, 'x');

  assert.deepEqual([one.state, other.state], ['open', 'closed']);
});

test('B12: a change of numbers keeps state, window, history and listeners', async () => {
  const { breaker, events } = aBreaker({ window: 'count', windowCalls: 10, minimumCalls: 10, failureRatio: 0.5 });
  await calls(breaker, 'xxx..');

  breaker.settings.change({ minimumCalls: 5 });
  await calls(breaker, 'x');

  assert.equal(breaker.state, 'open', 'the five calls from before count');
  breaker.settings.change({ resetTimeoutMs: 5 });
  assert.equal(breaker.state, 'open');
  assert.equal(events.length, 1);
});

test('B12: a change while a call is under way applies to its result', async () => {
  const { breaker } = aBreaker({ failureThreshold: 5 });
  const answer = deferred<string>();
  const running = breaker.execute(() => answer.promise).catch(() => undefined);

  breaker.settings.change({ failureThreshold: 1 });
  answer.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  await running;

  assert.equal(breaker.state, 'open');
});

test('B12: a time window of another length begins empty; the other settings keep it', async () => {
  const { breaker, clock } = aBreaker({ window: 'time', windowMs: 1_000, failureRatio: 1, minimumCalls: 20 });
  await calls(breaker, 'x');
  breaker.settings.change({ minimumCalls: 10 });
  assert.equal(breaker.report(clock.now())['failureRatio'], 1);

  breaker.settings.change({ windowMs: 2_000 });
  await calls(breaker, '.');

  assert.equal(breaker.report(clock.now())['failureRatio'], 0);
});

test('P28: wrong combinations are told, with those that would be right', () => {
  assert.throws(() => new CircuitBreaker({ failureRatio: 0.5 }), {
    code: 'INVALID_SETTINGS',
    issues: ["failureRatio has no effect on window 'consecutive', only on 'count' and 'time'"],
  });
  assert.throws(() => new CircuitBreaker({ window: 'count', windowCalls: 10, minimumCalls: 11 }), {
    issues: ['minimumCalls must be at most windowCalls (10), got 11'],
  });
  const breaker = new CircuitBreaker({ window: 'count', windowCalls: 10 });
  assert.throws(() => breaker.settings.change({ windowCalls: 5 }), InvalidSettingsError, 'and by a change as well');
  assert.equal(breaker.settings.values.windowCalls, 10);
  assert.throws(() => new CircuitBreaker({ rules: [{ when: 5 as never, resetTimeoutMs: -1 }] }), {
    issues: [
      'rules[0].when must be a class, code, kind or rule, an object with some of class, code, kind, rule, or a function',
      'rules[0].resetTimeoutMs must be a number of at least 1, got -1',
    ],
  });
});

test('B17: a Retry-After on the failure that opens it sets the open time, up to the longest', async () => {
  const { breaker, clock } = aBreaker({ failureThreshold: 1, resetTimeoutMs: 30_000, maxResetTimeoutMs: 90_000 });
  const asking = (seconds: string): (() => Promise<never>) =>
    thrown({ status: 503, headers: { 'retry-after': seconds } });
  await breaker.execute(asking('7')).catch(() => undefined);

  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 7_000 });
  await clock.advance(7_000);
  await breaker.execute(asking('500')).catch(() => undefined);

  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 90_000 });
});

test('B17: the open time and the threshold can differ by class, code or anything', async () => {
  const { breaker, clock } = aBreaker({
    failureThreshold: 5,
    rules: [
      { when: 'ENOTFOUND', failureThreshold: 1, resetTimeoutMs: 300_000 },
      { when: { class: 'system' }, resetTimeoutMs: 1_000 },
    ],
  });

  await breaker.execute(thrown({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })).catch(() => undefined);
  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 300_000 });
  breaker.reset();
  for (let call = 0; call < 5; call += 1) await breaker.execute(thrown({ code: 'EMFILE' })).catch(() => undefined);

  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 1_000 });
  assert.equal(clock.pending, 0);
});

test('a rule’s own run ends with a success', async () => {
  const { breaker } = aBreaker({ failureThreshold: 9, rules: [{ when: 'ECONNREFUSED', failureThreshold: 2 }] });

  await calls(breaker, 'x.x.x');
  assert.equal(breaker.state, 'closed');
  await calls(breaker, 'x');

  assert.equal(breaker.state, 'open');
});

test('chance lengthens the open time, never shortens it', async () => {
  const random = [0, 0.5, 0.999];
  for (const drawn of random) {
    const { breaker } = aBreaker({ failureThreshold: 1, resetTimeoutMs: 1_000, resetJitter: 0.2, random: () => drawn });
    await calls(breaker, 'x');
    await assert.rejects(breaker.execute(fine), { retryAfterMs: 1_000 * (1 + 0.2 * drawn) });
  }
});

test('ramp-up: after closing a growing share of calls is let through, then all', async () => {
  const { breaker, clock } = aBreaker({ failureThreshold: 1, rampUpMs: 10_000 });
  await calls(breaker, 'x');
  await clock.advance(60_000);
  await breaker.execute(fine);
  const admitted: number[] = [];

  for (let second = 0; second < 11; second += 1) {
    let passed = 0;
    for (let call = 0; call < 100; call += 1) {
      await breaker.execute(fine).then(
        () => (passed += 1),
        () => undefined,
      );
    }
    admitted.push(passed);
    await clock.advance(1_000);
  }

  assert.deepEqual(admitted, [11, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
});

test('ramp-up: a call that is held back is told so, and the state stays closed', async () => {
  const { breaker, clock } = aBreaker({ name: 'db', failureThreshold: 1, rampUpMs: 10_000 });
  await calls(breaker, 'x');
  await clock.advance(60_000);
  await breaker.execute(fine);
  await breaker.execute(fine);

  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN', breaker: 'db', reason: /ramping up/ });
  assert.equal(breaker.state, 'closed');
  assert.equal(breaker.report(clock.now())['rampingUp'], true);
});

test('B13, P14: isolate refuses everything until it is released or its time is over', async () => {
  const { breaker, clock, events } = aBreaker({ name: 'db' });

  breaker.isolate('the vendor called', 60_000);
  assert.equal(breaker.state, 'open');
  await clock.advance(59_999);
  await assert.rejects(breaker.execute(fine), {
    code: 'CIRCUIT_OPEN',
    retryAfterMs: 1,
    reason: 'isolated: the vendor called',
  });
  await clock.advance(1);

  assert.equal(breaker.state, 'closed');
  assert.equal(await breaker.execute(fine), 'fine');
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'control' ? [[event.order, event.reason]] : [])),
    [
      ['isolate', 'the vendor called'],
      ['release', 'it expired'],
    ],
  );
});

test('B13, P13: the circuit goes on underneath: an open one is still open after the release, for what is left', async () => {
  const { breaker, clock } = aBreaker({ failureThreshold: 1, resetTimeoutMs: 10_000 });
  await calls(breaker, 'x');
  breaker.isolate();
  await clock.advance(4_000);

  breaker.release();

  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 6_000 });
});

test('B13: hold-closed lets every call through, and the circuit judges underneath', async () => {
  const { breaker, clock } = aBreaker({ failureThreshold: 2, resetTimeoutMs: 10_000 });
  breaker.holdClosed('exams are on', 5_000);

  await calls(breaker, 'xxx');
  assert.equal(breaker.state, 'closed');
  assert.equal(await breaker.execute(fine), 'fine');
  assert.deepEqual(breaker.report(clock.now())['circuit'], 'open');
  await clock.advance(5_000);

  assert.equal(breaker.state, 'open');
  await assert.rejects(breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 5_000 });
});

test('B13: orders by name, through a registry, say who and for how long', async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  registry.pipeline('reads', [new CircuitBreaker({ name: 'db' })]);

  const change = registry.control('reads', 'db', 'isolate', { forMs: 1_000, reason: 'maintenance', actor: 'ana' });

  assert.deepEqual(change, { what: 'order', from: 'none', to: 'isolate' });
  const member = registry.report()[0]?.members[0];
  assert.deepEqual(member?.report['order'], { kind: 'isolate', reason: 'maintenance', actor: 'ana', endsInMs: 1_000 });
  assert.throws(() => registry.control('reads', 'db', 'isolate', { forMs: 0 }), RangeError);
  assert.throws(() => registry.control('reads', 'db', 'hold-closed', { forMs: Number.POSITIVE_INFINITY }), RangeError);
  assert.deepEqual(registry.control('reads', 'db', 'release'), { what: 'order', from: 'isolate', to: 'none' });
  assert.equal(registry.control('reads', 'db', 'release'), undefined);
});

test('P15: a breaker that was saved isolated is isolated after it is restored, and can be released', async () => {
  const { breaker, clock } = aBreaker();
  breaker.isolate('a test', 60_000);
  const saved = JSON.parse(JSON.stringify(breaker.save())) as ReturnType<CircuitBreaker['save']>;
  const again = aBreaker();

  again.breaker.restore(saved, 10_000);

  await assert.rejects(again.breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 50_000 });
  again.breaker.release();
  assert.equal(await again.breaker.execute(fine), 'fine');
  assert.equal(clock.pending, 0);
});

test('an open breaker that is restored in another process stays open for what is left, and tests when it is due', async () => {
  const { breaker, clock } = aBreaker({ failureThreshold: 2, resetTimeoutMs: 30_000 });
  await calls(breaker, 'xx');
  await clock.advance(5_000);
  const saved = JSON.parse(JSON.stringify(breaker.save())) as ReturnType<CircuitBreaker['save']>;
  const soon = aBreaker({ failureThreshold: 2, resetTimeoutMs: 30_000 });
  const late = aBreaker({ failureThreshold: 2, resetTimeoutMs: 30_000 });

  soon.breaker.restore(saved, 1_000);
  late.breaker.restore(saved, 3_600_000);

  await assert.rejects(soon.breaker.execute(fine), { code: 'CIRCUIT_OPEN', retryAfterMs: 24_000, openForMs: 6_000 });
  assert.equal(late.breaker.state, 'half-open');
  await calls(late.breaker, 'x');
  assert.equal(late.breaker.state, 'open', 'the test call decides');
  assert.throws(() => soon.breaker.restore({ state: 'ajar' } as never), TypeError);
});

test('failures counted by a process that lives for one call add up in the next', async () => {
  let saved: ReturnType<CircuitBreaker['save']> | undefined;
  const states: string[] = [];
  for (let process = 0; process < 3; process += 1) {
    const { breaker } = aBreaker({ failureThreshold: 3 });
    if (saved !== undefined) breaker.restore(saved, 100);
    await calls(breaker, 'x');
    states.push(breaker.state);
    saved = breaker.save();
  }

  assert.deepEqual(states, ['closed', 'closed', 'open']);
});

test('B28: an answer that is judged a failure counts as one, and is answered', async () => {
  const { breaker } = aBreaker({
    failureThreshold: 2,
    judge: (value) => (value === 'sorry' ? { ...transient, rule: 'sorry' } : undefined),
  });

  const answers = [await breaker.execute(() => 'sorry'), await breaker.execute(() => 'sorry')];

  assert.deepEqual(answers, ['sorry', 'sorry']);
  assert.equal(breaker.state, 'open');
});

const transient = {
  class: 'transient',
  retryable: true,
  countsAgainstBreaker: true,
  reachedServer: 'yes',
  applied: 'maybe',
  kind: 'unavailable',
  scope: 'dependency',
  rule: 'test',
} as const;

test('P43: a classifier or a judge that throws changes no answer and no error', async () => {
  const broken = (): never => {
    throw new Error('a bug in the classifier');
  };
  const { breaker } = aBreaker({ failureThreshold: 1, classify: broken, judge: broken });

  assert.equal(await breaker.execute(fine), 'fine');
  await assert.rejects(breaker.execute(down), { code: 'ECONNREFUSED' });
  assert.equal(breaker.state, 'open', 'the usual classifier has judged');
});

test('P46: a caller who leaves is not counted, a timeout inside is', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const read = pipeline('read', [breaker, timeout({ limitMs: 100 })], { clock });
  const leaving = new AbortController();
  const left = read.execute(
    ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    {
      signal: leaving.signal,
    },
  );
  leaving.abort(new Error('gone'));
  await assert.rejects(left, { message: 'gone' });
  assert.equal(breaker.state, 'closed');

  const slow = assert.rejects(
    read.execute(() => new Promise(() => {})),
    { code: 'CALL_TIMEOUT' },
  );
  await clock.advance(100);
  await slow;

  assert.equal(breaker.state, 'open');
});
