import assert from 'node:assert/strict';
import {
  bulkhead,
  CircuitBreaker,
  createClassifier,
  type Bulkhead,
  type CircuitBreakerOptions,
  type Clock,
  type RecoveryEvent,
  type RetryOptions,
} from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import { deferred, watch, type Deferred } from '../scene.ts';

export { deferred, down, untilAborted, watch, type Watched } from '../scene.ts';
export { turn } from '../time.ts';

/** A clock that is moved by hand, and everything that is told of the calls that use it. */
export interface Stage {
  readonly clock: ManualClock;
  readonly events: RecoveryEvent[];
  readonly onEvent: (event: RecoveryEvent) => void;
  /** The events of one kind so far. */
  heard<K extends RecoveryEvent['type']>(type: K): Extract<RecoveryEvent, { readonly type: K }>[];
}

/** Spread into the options of a policy or a pipeline. */
export function stage(): Stage {
  const events: RecoveryEvent[] = [];
  return {
    clock: new ManualClock(),
    events,
    onEvent: (event) => void events.push(event),
    heard: (type) =>
      events.filter((event): event is Extract<RecoveryEvent, { type: typeof type }> => event.type === type),
  };
}

/** The part of a stage that policies take. */
export function on({ clock, onEvent }: Stage): Pick<Stage, 'clock' | 'onEvent'> {
  return { clock, onEvent };
}

/** An operation that goes through what it is given, once a call: errors are thrown, all else is answered. The last stays. */
export function script(...steps: readonly [unknown, ...unknown[]]): (() => Promise<unknown>) & { calls: number } {
  const operation = Object.assign(
    async () => {
      const step = steps[Math.min(operation.calls, steps.length - 1)];
      operation.calls += 1;
      if (step instanceof Error) throw step;
      return step;
    },
    { calls: 0 },
  );
  return operation;
}

/** An error of a connection, which every policy takes for a failure of the dependency. */
export function refused(message = 'connect ECONNREFUSED'): Error {
  return Object.assign(new Error(message), { code: 'ECONNREFUSED' });
}

/** What a call was rejected with. */
export async function rejectionOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  return assert.fail('the call was not rejected');
}

/** Lets a call come to its end on a clock that is moved by hand, in steps, for an hour at most. */
export async function settledOn<T>(clock: ManualClock, call: Promise<T>): Promise<T> {
  const watched = watch(call);
  for (let step = 0; watched.status === 'pending' && step < 3_600; step += 1) {
    // One step after the other: a timer may be set by what the one before has caused.
    await clock.advance(1_000);
  }
  assert.ok(watched.status !== 'pending', 'the call did not come to an end within an hour');
  return call;
}

/** A clock whose timers fire while it is moved, as the fake timers of test runners do. */
export class TickingClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly dueAt: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueAt: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  tick(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.dueAt > this.#now) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}

/** A breaker that opens after `failures` in a row and stays open for a second. */
export function breakerOn(scene: Stage, options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new CircuitBreaker({ ...on(scene), resetTimeoutMs: 1_000, ...options });
}

/** Calls that fail, or succeed, one after the other. */
export async function calls(guard: Pick<CircuitBreaker, 'execute'>, outcomes: string): Promise<void> {
  for (const outcome of outcomes) {
    // One after the other; `x` fails.
    await guard.execute(script(outcome === 'x' ? refused() : 'well')).catch(() => {});
  }
}

/** A retry without waits. */
export const atOnce = { strategy: 'immediate' } as const;

/** Retries what a predicate names, and nothing else. */
export function retryOnly(when: (error: unknown) => boolean): Pick<RetryOptions, 'classify'> {
  const rules = [{ when: (error: unknown) => !when(error), verdict: { retryable: false } }];
  return { classify: createClassifier({ rules }) };
}

/** Judges answers: those that a predicate names are failures. */
export function badAnswers(isBad: (value: unknown) => boolean): Pick<RetryOptions, 'judge'> {
  const failure = createClassifier()(refused());
  return { judge: (value) => (isBad(value) ? failure : undefined) };
}

/** Looks at the operation's signal before and after its caller has left. */
export async function followsItsCaller(
  execute: (operation: (context: { readonly signal: AbortSignal }) => void, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const caller = new AbortController();
  const seen: boolean[] = [];
  const call = execute(({ signal }) => {
    seen.push(signal.aborted);
    caller.abort();
    seen.push(signal.aborted);
  }, caller.signal);
  await call.catch(() => {});
  assert.deepEqual(seen, [false, true]);
}

/** A bulkhead whose places are all taken until `running` settles. */
export function occupied(limit: number, queue: number): { readonly guard: Bulkhead; readonly running: Deferred } {
  const guard = bulkhead({ limit, queue });
  const running = deferred();
  for (let call = 1; call <= limit; call += 1) watch(guard.execute(() => running.promise));
  return { guard, running };
}
