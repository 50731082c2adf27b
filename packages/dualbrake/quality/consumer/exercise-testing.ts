/** Moves time by hand, as a test of an application does. */
import { CircuitBreaker, pipeline, retry } from 'dualbrake';
import { flaky, ManualClock } from 'dualbrake/testing';

export async function exerciseTesting(): Promise<Readonly<Record<string, unknown>>> {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 3, resetTimeoutMs: 60_000 });
  const guard = pipeline('exercise.testing', [breaker, retry({ maxAttempts: 2, baseMs: 1_000, jitter: 'none' })], {
    clock,
  });
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
  const work = flaky<string>([reset, 'fine']);
  const answer = guard.execute(() => work());
  await clock.advance(1_000);
  return { answer: await answer, calls: work.calls, state: breaker.state, now: clock.now() };
}

/** What `exerciseTesting` must answer. */
export const expectedOfTesting = { answer: 'fine', calls: 2, state: 'closed', now: 1_000 };
