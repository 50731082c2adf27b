import { pipeline } from '../pipeline.ts';
import type { Policy } from '../policy.ts';
import { ManualClock } from './manual-clock.ts';

/**
 * One rule that every policy must follow.
 *
 * @example
 * ```ts
 * const checks: readonly ContractCheck[] = policyContract(() => retry());
 * for (const { name, run } of checks) {
 *   await run();
 *   log.info(`ok: ${name}`);
 * }
 * ```
 */
export interface ContractCheck {
  /** A sentence to use as the name of a test. */
  readonly name: string;
  /** Rejects with an error that says which rule was broken and how. */
  run(): Promise<void>;
}

/**
 * The rules that every policy must follow, whatever else it does. Run them with any test runner.
 *
 * @param make creates a policy that lets a single successful call through; called once or more per check
 * @example
 * ```ts
 * import { test } from 'node:test';
 *
 * for (const { name, run } of policyContract(() => retry({ maxAttempts: 2 }))) test(name, run);
 * ```
 */
export function policyContract(make: () => Policy<unknown>): readonly ContractCheck[] {
  const single = (): { clock: ManualClock; guarded: ReturnType<typeof guard> } => {
    const clock = new ManualClock();
    return { clock, guarded: guard(make(), clock) };
  };
  return [
    {
      name: 'an answer comes out as it is, whatever it is',
      async run() {
        for (const value of [undefined, null, 0, 'text', { an: 'object' }]) {
          const { guarded } = single();
          equal(await guarded.execute(() => value), value, 'the answer');
        }
      },
    },
    {
      name: 'an error that will not clear by itself comes out as it is: same object',
      async run() {
        const { guarded } = single();
        const error = Object.assign(new Error('Not Found'), { status: 404 });
        equal(await rejection(guarded.execute(() => Promise.reject(error))), error, 'the error');
      },
    },
    {
      name: 'an operation that throws at once is like one that rejects',
      async run() {
        const { guarded } = single();
        const error = new TypeError('a bug');
        const thrown = guarded.execute(() => {
          throw error;
        });
        equal(await rejection(thrown), error, 'the error');
      },
    },
    {
      name: 'a call that goes well is made once',
      async run() {
        const { clock, guarded } = single();
        let calls = 0;
        await guarded.execute(() => {
          calls += 1;
        });
        await clock.advance(0);
        equal(calls, 1, 'the number of calls');
      },
    },
    {
      name: 'the operation is told signal, deadline, attempt, key and attributes',
      async run() {
        const { guarded } = single();
        const attributes = { request: 'r-1' };
        await guarded.execute(
          (context) => {
            equal(context.signal.aborted, false, 'signal.aborted');
            equal(context.deadline <= 60_000, true, 'deadline <= 60,000');
            equal(context.attempt, 1, 'attempt');
            equal(context.key, 'a-key', 'key');
            equal(context.attributes, attributes, 'attributes');
          },
          { key: 'a-key', attributes, deadline: 60_000 },
        );
      },
    },
    {
      name: 'a caller who leaves while the operation runs gets what it makes of that',
      async run() {
        const { guarded } = single();
        const caller = new AbortController();
        const running = guarded.execute(leaving, { signal: caller.signal });
        const reason = new Error('gone');
        caller.abort(reason);
        equal(await rejection(running), reason, 'the reason');
      },
    },
    {
      name: 'nothing is left on the caller’s signal, and no timer, after success, failure and leaving',
      async run() {
        const { clock, guarded } = single();
        const counted = new CountedSignal();
        await guarded.execute(() => 'fine', { signal: counted.signal });
        await rejection(guarded.execute(() => Promise.reject(new TypeError('a bug')), { signal: counted.signal }));
        equal(counted.listeners, 0, 'listeners after success and failure');
        const running = guarded.execute(leaving, { signal: counted.signal });
        counted.abort();
        await rejection(running);
        await clock.advance(0);
        equal(counted.listeners, 0, 'listeners after leaving');
        equal(clock.pending, 0, 'timers');
      },
    },
    {
      name: 'reading the report changes nothing',
      async run() {
        const policy = make();
        const clock = new ManualClock();
        const guarded = guard(policy, clock);
        await guarded.execute(() => 'fine');
        const first = JSON.stringify(policy.report?.(clock.now()) ?? {});
        equal(JSON.stringify(policy.report?.(clock.now()) ?? {}), first, 'the second report');
      },
    },
    {
      name: 'two calls at the same time get their own answers',
      async run() {
        const { clock, guarded } = single();
        const first = guarded.execute(() => new Promise((resolve) => void clock.after(5, () => resolve('first'))));
        await clock.advance(1);
        const second = guarded.execute(() => 'second').catch((error: unknown) => error);
        await clock.advance(100);
        equal(await first, 'first', 'the first answer');
        const other = await second;
        equal(other === 'second' || other instanceof Error, true, 'the second is answered or refused');
      },
    },
  ];
}

function guard(policy: Policy<unknown>, clock: ManualClock): ReturnType<typeof pipeline<[Policy<unknown>]>> {
  return pipeline('contract', [policy], { clock, random: () => 0.5 });
}

/** Ends with the reason of its signal. */
function leaving({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** A signal that knows how many listen to it. */
class CountedSignal {
  listeners = 0;
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();

  constructor() {
    const { signal } = this.#controller;
    this.signal = signal;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    const known = new Set<unknown>();
    signal.addEventListener = (type: string, listener: EventListener, options?: AddEventListenerOptions | boolean) => {
      known.add(listener);
      this.listeners = known.size;
      add(type, listener, options);
    };
    signal.removeEventListener = (type: string, listener: EventListener, options?: EventListenerOptions | boolean) => {
      known.delete(listener);
      this.listeners = known.size;
      remove(type, listener, options);
    };
    // Those that listen once are gone when it has happened.
    add('abort', () => {
      known.clear();
      this.listeners = 0;
    });
  }

  abort(): void {
    this.#controller.abort(new Error('gone'));
  }
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`The call must fail, and answered ${String(value)}.`);
}

function equal(found: unknown, expected: unknown, what: string): void {
  if (!Object.is(found, expected))
    throw new Error(`Wrong: ${what}. Expected ${String(expected)}, got ${String(found)}.`);
}
