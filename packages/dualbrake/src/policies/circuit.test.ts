/** The state machine by itself, number by number. What breakers make of it is in `circuit-breaker.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Circuit, REFUSED, type CircuitLimits } from './circuit.ts';
import { CountWindow } from './count-window.ts';
import { FAILED, SLOW } from './window.ts';

const limits: CircuitLimits = {
  run: 0,
  failures: 0,
  failureRatio: 0,
  slowRatio: 1,
  minimumCalls: 1,
  resetTimeoutMs: 1_000,
  resetTimeoutFactor: 2,
  maxResetTimeoutMs: 5_000,
  halfOpenCalls: 1,
  rampUpMs: 0,
};
const runOf3: CircuitLimits = { ...limits, run: 3 };
const ramping: CircuitLimits = { ...limits, rampUpMs: 1_000 };

/** One that was opened at 0, and is half-open at 1,000. */
function halfOpen(given: CircuitLimits = limits): Circuit {
  const circuit = new Circuit(0, undefined);
  circuit.enter('open', given, 0);
  circuit.enter('half-open', given, 1_000);
  return circuit;
}

test('a fresh circuit is closed, lets everybody pass and is due for nothing', () => {
  const circuit = new Circuit(7, undefined);

  assert.deepEqual(
    [circuit.state, circuit.changedAt, circuit.isRestrained, circuit.isDue(1e9), circuit.isRampingUp(8)],
    ['closed', 7, false, false, false],
  );
  assert.equal(circuit.retryAfterMs(1e9), 0);
  assert.equal(circuit.admit(limits, 8), circuit.closedPermit);
});

test('a transition says from where, to where, why, and what was counted', () => {
  const circuit = new Circuit(0, undefined);
  for (let call = 1; call <= 2; call += 1)
    assert.equal(circuit.record(circuit.closedPermit, FAILED, runOf3, call), undefined);

  assert.deepEqual(circuit.record(circuit.closedPermit, FAILED, runOf3, 3), {
    from: 'closed',
    to: 'open',
    failures: 3,
    failureRatio: undefined,
    slowRatio: undefined,
    cause: 'run',
    generation: 1,
  });
  assert.deepEqual([circuit.isRestrained, circuit.changedAt, circuit.retryAfterMs(503)], [true, 3, 500]);
  assert.deepEqual([circuit.isDue(1_002), circuit.isDue(1_003)], [false, true]);
  assert.equal(circuit.admit(runOf3, 1_003), REFUSED);
});

test('a window opens it by failures, by a share of failures, or by a share of slow calls', () => {
  const causeAfter = (given: Partial<CircuitLimits>, ...judged: number[]): unknown => {
    const circuit = new Circuit(0, new CountWindow(10));
    let cause: unknown;
    for (const each of judged) cause ??= circuit.record(circuit.closedPermit, each, { ...limits, ...given }, 1)?.cause;
    return cause;
  };

  assert.equal(causeAfter({ failures: 2 }, FAILED, 0, FAILED), 'failures');
  assert.equal(causeAfter({ failures: 3 }, FAILED, 0, FAILED), undefined);
  assert.equal(causeAfter({ failureRatio: 0.5, minimumCalls: 4 }, 0, FAILED, 0, FAILED), 'failure-ratio');
  assert.equal(causeAfter({ failureRatio: 0.5, minimumCalls: 5 }, 0, FAILED, 0, FAILED), undefined);
  assert.equal(causeAfter({ slowRatio: 0.5 }, 0, SLOW), 'slow-ratio');
  assert.equal(causeAfter({ slowRatio: 0.6 }, 0, SLOW), undefined);
  // No slow call is no reason, whatever share is asked for.
  assert.equal(causeAfter({ slowRatio: 0 }, FAILED, FAILED), undefined);
  assert.equal(causeAfter({ slowRatio: 0 }, SLOW | FAILED), 'slow-ratio');
});

test('a slow call that fails in the end counts as a failure then, for the same reasons', () => {
  const given = { ...limits, failures: 1, slowRatio: 1, minimumCalls: 10 };
  const circuit = new Circuit(0, new CountWindow(10));
  circuit.record(circuit.closedPermit, SLOW, given, 1);

  assert.equal(circuit.amend(circuit.closedPermit + 1, circuit.place, given, 2), undefined);
  const opened = circuit.amend(circuit.closedPermit, circuit.place, given, 3, { openMs: 70 });

  assert.deepEqual([opened?.to, opened?.cause, opened?.failureRatio, opened?.slowRatio], ['open', 'failures', 1, 1]);
  assert.equal(circuit.retryAfterMs(3), 70);
});

test('a test call closes it or opens it again, for longer each time up to the longest', () => {
  const circuit = halfOpen();
  let now = 1_000;
  for (const openMs of [2_000, 4_000, 5_000, 5_000]) {
    const permit = circuit.admit(limits, now);
    assert.equal(circuit.record(permit, FAILED, limits, now)?.cause, 'test-failed');
    assert.equal(circuit.retryAfterMs(now), openMs);
    now += openMs;
    circuit.enter('half-open', limits, now);
  }

  const closed = circuit.record(circuit.admit(limits, now), 0, limits, now);
  assert.deepEqual([closed?.from, closed?.to, closed?.failures, closed?.cause], ['half-open', 'closed', 4, undefined]);
  circuit.enter('open', limits, now);
  assert.equal(circuit.retryAfterMs(now), 1_000);
});

test('a place of a test call is given again when its lease is over, and not before', () => {
  const circuit = halfOpen();
  const first = circuit.admit(limits, 1_000);

  assert.equal(circuit.admit(limits, 1_999), REFUSED);
  const second = circuit.admit(limits, 2_000);
  assert.notEqual(second, REFUSED);
  assert.equal(circuit.record(first, 0, limits, 2_001), undefined);
  assert.equal(circuit.record(second, 0, limits, 2_001)?.to, 'closed');
});

test('a place that was given back is free; giving back what is nobody’s changes nothing', () => {
  const circuit = halfOpen({ ...limits, halfOpenCalls: 2 });
  const [one] = [circuit.admit(limits, 1_000)];
  assert.equal(circuit.admit(limits, 1_000), REFUSED);

  circuit.forget(one + 100);
  assert.equal(circuit.admit(limits, 1_000), REFUSED);
  circuit.forget(one);
  assert.notEqual(circuit.admit(limits, 1_000), REFUSED);
});

test('what comes back from another period counts for nothing', () => {
  const circuit = new Circuit(0, undefined);
  const before = circuit.closedPermit;
  circuit.enter('open', runOf3, 1);
  circuit.enter('closed', runOf3, 2);

  for (let late = 1; late <= 5; late += 1) assert.equal(circuit.record(before, FAILED, runOf3, 3), undefined);
  circuit.succeeded(before, 3);
  assert.equal(circuit.failuresInARow, 0);
});

test('after closing a growing share passes, from a tenth to all, and then nobody is asked any more', () => {
  const circuit = halfOpen(ramping);
  circuit.record(circuit.admit(ramping, 1_000), 0, ramping, 1_000);
  assert.deepEqual([circuit.state, circuit.isRestrained, circuit.isRampingUp(1_999)], ['closed', true, true]);
  const passed = (now: number, calls: number): number =>
    Array.from({ length: calls }, () => circuit.admit(ramping, now)).filter((permit) => permit !== REFUSED).length;

  assert.equal(passed(1_000, 21), 3); // the first one, and a tenth of twenty
  assert.equal(passed(1_500, 20), 10);
  assert.equal(passed(1_999, 1), 1);
  assert.deepEqual([circuit.isRampingUp(2_000), circuit.isRestrained], [false, true]);
  assert.equal(passed(2_000, 5), 5);
  assert.equal(circuit.isRestrained, false);
});

test('a ramp that is switched off in the middle is over', () => {
  const circuit = halfOpen(ramping);
  circuit.record(circuit.admit(ramping, 1_000), 0, ramping, 1_000);
  circuit.admit(ramping, 1_001);

  for (let call = 1; call <= 3; call += 1) assert.notEqual(circuit.admit(limits, 1_001), REFUSED);
  assert.deepEqual([circuit.isRestrained, circuit.isRampingUp(1_001)], [false, false]);
});

test('closing what is closed begins no ramp; opening ends one', () => {
  const circuit = new Circuit(0, undefined);
  circuit.enter('closed', ramping, 5);
  assert.deepEqual([circuit.isRestrained, circuit.isRampingUp(6)], [false, false]);

  circuit.enter('open', ramping, 10);
  assert.equal(circuit.isRampingUp(11), false);
  circuit.enter('closed', ramping, 20);
  assert.equal(circuit.isRampingUp(21), true);
  circuit.enter('open', ramping, 30);
  assert.equal(circuit.isRampingUp(31), false);
  circuit.enter('half-open', ramping, 40);
  assert.equal(circuit.isRampingUp(41), false);
});

test('shares are unknown while nothing is counted', () => {
  const unknown = { failureRatio: undefined, slowRatio: undefined };
  const counted = new Circuit(0, new CountWindow(4));

  assert.deepEqual(new Circuit(0, undefined).ratios(0), unknown);
  assert.deepEqual(counted.ratios(0), unknown);
  counted.record(counted.closedPermit, FAILED, limits, 0);
  counted.record(counted.closedPermit, 0, limits, 0);
  assert.deepEqual(counted.ratios(0), { failureRatio: 0.5, slowRatio: 0 });
});

test('an open circuit goes on elsewhere: what is left of its time, its run, and how often recovery has failed', () => {
  const circuit = halfOpen();
  circuit.record(circuit.admit(limits, 1_000), FAILED, limits, 1_000);
  const memory = circuit.memory(1_300);
  assert.deepEqual(memory, { state: 'open', sinceMs: 300, testsInMs: 1_700, failuresInARow: 1, failedRecoveries: 1 });

  const other = new Circuit(0, undefined);
  const permit = other.closedPermit;
  other.resume(memory, 50_000, 200);

  assert.deepEqual([other.state, other.changedAt, other.retryAfterMs(50_000)], ['open', 49_500, 1_500]);
  assert.deepEqual([other.generation, other.isRestrained, other.isRampingUp(50_000)], [1, true, false]);
  assert.equal(other.record(permit, 0, limits, 50_001), undefined);
  other.enter('half-open', limits, 51_500);
  other.record(other.admit(limits, 51_500), FAILED, limits, 51_500);
  assert.equal(other.retryAfterMs(51_500), 4_000);
});

test('a closed circuit goes on elsewhere, and what was under way there counts for nothing', () => {
  const other = new Circuit(0, undefined);
  const before = other.closedPermit;
  other.resume({ state: 'closed', sinceMs: 10, testsInMs: 0, failuresInARow: 2, failedRecoveries: 0 }, 100, 0);

  assert.deepEqual([other.state, other.isRestrained, other.failuresInARow], ['closed', false, 2]);
  assert.notEqual(other.admit(limits, 101), REFUSED);
  assert.equal(other.record(before, FAILED, runOf3, 101), undefined);
  assert.equal(other.record(other.closedPermit, FAILED, runOf3, 101)?.to, 'open');
});

test('half-open is saved as open and due: its test calls are lost', () => {
  const circuit = halfOpen();
  circuit.admit(limits, 1_000);

  const { state, testsInMs } = circuit.memory(1_100);

  assert.deepEqual([state, testsInMs], ['open', 0]);
});
