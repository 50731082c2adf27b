import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import {
  AutoRecovery,
  breakerService,
  CircuitBreaker,
  type AutoRecoveryOptions,
  type CheckEvent,
  type RecoverableService,
} from './index.ts';
import { deferred } from './testing/deferred.ts';
import { ManualClock } from './testing/index.ts';

function service(healthy: () => boolean | Promise<boolean>): {
  checks: number;
  resets: number;
  isHealthy: () => boolean | Promise<boolean>;
  reset: () => void;
} {
  const made = {
    checks: 0,
    resets: 0,
    isHealthy: () => ((made.checks += 1), healthy()),
    reset: () => void (made.resets += 1),
  };
  return made;
}

test('B40: checks every 300 s and resets what is healthy', async () => {
  const clock = new ManualClock();
  let healthy = false;
  const watched = service(() => healthy);
  const recovery = new AutoRecovery({ service: watched, clock });

  recovery.start();
  await clock.advance(299_999);
  assert.equal(watched.checks, 0);
  await clock.advance(1);
  assert.deepEqual([watched.checks, watched.resets], [1, 0]);
  healthy = true;
  await clock.advance(300_000);

  assert.deepEqual([watched.checks, watched.resets], [2, 1]);
  recovery.stop();
});

test('B40: never two checks at once', async () => {
  const clock = new ManualClock();
  const answer = deferred<boolean>();
  const watched = service(() => answer.promise);
  const recovery = new AutoRecovery({ service: watched, checkIntervalMs: 1_000, clock });

  recovery.start();
  await clock.advance(5_000);
  assert.equal(watched.checks, 1);
  answer.resolve(true);
  await clock.advance(1_000);

  assert.deepEqual([watched.checks, watched.resets], [2, 2]);
  recovery.stop();
});

test('B40: a check has a time limit; its signal aborts, a late answer resets nothing, and checking goes on', async () => {
  const clock = new ManualClock();
  const late = deferred<boolean>();
  const events: CheckEvent[] = [];
  const signals: AbortSignal[] = [];
  let resets = 0;
  const recovery = new AutoRecovery({
    service: { isHealthy: (signal) => (signals.push(signal), late.promise), reset: () => void (resets += 1) },
    checkIntervalMs: 1_000,
    timeoutMs: 300,
    clock,
    onEvent: (event) => events.push(event),
  });

  recovery.start();
  await clock.advance(1_300);
  assert.equal(signals[0]?.aborted, true);
  assert.equal((events[0]?.error as { code?: string } | undefined)?.code, 'CALL_TIMEOUT');
  late.resolve(true);
  await clock.advance(0);
  assert.equal(resets, 0);
  await clock.advance(700);

  assert.equal(signals.length, 2);
  recovery.stop();
});

test('B40: a reset that hangs does not end the checking', async () => {
  const clock = new ManualClock();
  let checks = 0;
  const recovery = new AutoRecovery({
    service: { isHealthy: () => (checks += 1) > 0, reset: () => new Promise(() => {}) },
    checkIntervalMs: 1_000,
    timeoutMs: 300,
    clock,
  });

  recovery.start();
  await clock.advance(3_000);

  assert.equal(checks, 3);
  recovery.stop();
});

test('B40, P61: a check that throws is unhealthy and is told', async () => {
  const clock = new ManualClock();
  const events: CheckEvent[] = [];
  const boom = new Error('boom');
  const watched = service(() => {
    throw boom;
  });
  const recovery = new AutoRecovery({
    service: watched,
    checkIntervalMs: 1_000,
    clock,
    onEvent: (event) => events.push(event),
  });

  recovery.start();
  await clock.advance(1_000);

  assert.equal(watched.resets, 0);
  assert.deepEqual(events, [{ type: 'check', healthy: false, error: boom }]);
  recovery.stop();
});

test('B40: stopping ends the timer and the check; starting twice checks once', async () => {
  const clock = new ManualClock();
  const answer = deferred<boolean>();
  const watched = service(() => answer.promise);
  const recovery = new AutoRecovery({ service: watched, checkIntervalMs: 1_000, clock });
  recovery.start();
  recovery.start();
  await clock.advance(1_000);
  assert.equal(watched.checks, 1);

  recovery.stop();
  answer.resolve(true);
  await clock.advance(60_000);

  assert.deepEqual([watched.checks, watched.resets, clock.pending], [1, 0, 0]);
});

test('B40: it does not keep the process alive', () => {
  const script = `
    import { AutoRecovery, CircuitBreaker } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    new AutoRecovery({ service: { isHealthy: () => true, reset() {} } }).start();
    await new CircuitBreaker().execute(() => 'fine');
  `;

  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    timeout: 180_000,
    encoding: 'utf8',
  });

  assert.equal(status, 0, stderr);
});

test('B41, P62: while a breaker is open the service itself is asked, and the breaker closes early', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 60_000, clock });
  let healthy = false;
  let asked = 0;
  const watched = breakerService({ name: 'database', breakers: [breaker], isHealthy: () => ((asked += 1), healthy) });
  const recovery = new AutoRecovery({ service: watched, checkIntervalMs: 1_000, clock });
  recovery.start();
  await clock.advance(10_000);
  assert.equal(asked, 0, 'while all is well it costs nothing');

  await assert.rejects(
    breaker.execute(() => Promise.reject(new Error('down'))),
    { message: 'down' },
  );
  await clock.advance(2_000);
  assert.equal(breaker.state, 'open');
  healthy = true;
  await clock.advance(1_000);

  assert.equal(breaker.state, 'closed');
  assert.deepEqual(breaker.transitions.at(-1)?.trigger, 'health-check');
  recovery.stop();
});

/** A dependency whose check always passes; calls fail until `works`. */
function lockedTable(options: Partial<AutoRecoveryOptions> = {}) {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 600_000, clock });
  const recovery = new AutoRecovery({
    service: breakerService({ breakers: [breaker], isHealthy: () => true }),
    checkIntervalMs: 1_000,
    clock,
    ...options,
  });
  const openings: number[] = [];
  const state = { works: false };
  recovery.start();
  return {
    state,
    openings,
    /** Lets time pass, with a call every 100 ms. @returns the times at which calls passed */
    async runFor(ms: number): Promise<number[]> {
      const passed: number[] = [];
      for (const end = clock.now() + ms; clock.now() < end; await clock.advance(100)) {
        if (breaker.state !== 'closed') continue;
        if (!state.works) openings.push(clock.now());
        else passed.push(clock.now());
        const call = (): Promise<unknown> => (state.works ? Promise.resolve() : Promise.reject(new Error('locked')));
        await breaker.execute(call).catch(() => undefined);
      }
      return passed;
    },
    stop: () => recovery.stop(),
  };
}

test('P62: a breaker that opens again soon after a check has closed it is closed later each time', async () => {
  const locked = lockedTable();
  await locked.runFor(130_000);

  const gaps = locked.openings.slice(1).map((at, index) => Math.round((at - (locked.openings[index] ?? 0)) / 1_000));
  assert.deepEqual(gaps.slice(0, 8), [1, 2, 4, 8, 16, 30, 30, 30]);
  locked.stop();
});

test('P62: after a time without relapses, the first check closes it again', async () => {
  const locked = lockedTable();
  await locked.runFor(8_000);
  locked.state.works = true;
  await locked.runFor(60_000);
  locked.state.works = false;
  locked.openings.length = 0;
  await locked.runFor(2_500);

  assert.equal(locked.openings.length, 2, 'opened, and closed after one interval');
  locked.stop();
});

test('P62: a relapse window of 0 closes it at every check', async () => {
  const locked = lockedTable({ relapseWindowMs: 0 });
  await locked.runFor(10_000);

  assert.ok(locked.openings.length >= 10, `${locked.openings.length}`);
  locked.stop();
});

test("B41: an operator's order has precedence: what he has just tripped stays open for its reset time", async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ resetTimeoutMs: 5_000, clock });
  const recovery = new AutoRecovery({
    service: breakerService({ breakers: [breaker], isHealthy: () => true }),
    checkIntervalMs: 1_000,
    clock,
  });
  recovery.start();
  breaker.trip('maintenance');

  await clock.advance(4_000);
  assert.equal(breaker.state, 'open');
  await clock.advance(2_000);

  assert.equal(breaker.state, 'closed');
  recovery.stop();
});

test('B51: all problems are told at once, by name', () => {
  const half = { isHealthy: () => true } as unknown as RecoverableService;

  assert.throws(() => new AutoRecovery({ service: half, checkIntervalMs: 0 }), {
    code: 'INVALID_SETTINGS',
    issues: ['checkIntervalMs must be a number of at least 1, got 0', 'service must have reset()'],
  });
  assert.throws(() => new AutoRecovery(undefined as unknown as AutoRecoveryOptions), {
    issues: ['options must be an object, got undefined'],
  });
});
