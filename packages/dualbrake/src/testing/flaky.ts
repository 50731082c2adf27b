/**
 * What a flaky operation does, one step per call: an `Error` is thrown, any other value is returned. The last step repeats.
 *
 * @example
 * ```ts
 * const script: Script<string> = [new Error('connection lost'), 'Ana Costa'];
 * await retry({ strategy: 'immediate' }).execute(flaky(script));
 * ```
 */
export type Script<T> = readonly (T | Error)[];

/**
 * A number of failures, then the same value on every call.
 *
 * @example
 * ```ts
 * const plan: FailuresThen<string> = { failures: 2, value: 'Ana Costa' };
 * await retry({ strategy: 'immediate' }).execute(flaky(plan));
 * ```
 */
export interface FailuresThen<T> {
  /** How many calls fail before the first success; 0 or more. */
  readonly failures: number;
  /** What each failing call throws. Default: `ECONNREFUSED`, as Node reports a refused connection. */
  readonly error?: Error;
  readonly value: T;
}

/**
 * A share of calls fails at random.
 *
 * @example
 * ```ts
 * const plan: FailsByChance<string> = { ratio: 0.3, random: seededRandom(7), value: 'Ana Costa' };
 * const readStudent = flaky(plan);
 * ```
 */
export interface FailsByChance<T> {
  /** Share of calls that fail, 0 to 1. */
  readonly ratio: number;
  /** Returns a number in [0, 1). Use `seededRandom(1)` for reproducible failures. */
  readonly random: () => number;
  /** What each failing call throws. Default: `ECONNREFUSED`, as Node reports a refused connection. */
  readonly error?: Error;
  readonly value: T;
}

/**
 * An operation that fails as planned and counts its calls.
 *
 * @example
 * ```ts
 * const readStudent: Flaky<string> = flaky({ failures: 1, value: 'Ana Costa' });
 * await retry({ strategy: 'immediate' }).execute(readStudent);
 * log.info(readStudent.calls); // 2
 * ```
 */
export interface Flaky<T> {
  (): Promise<T>;
  /** Calls so far. */
  readonly calls: number;
}

/**
 * An operation that fails and succeeds as planned: by a script, a number of times, or at random.
 *
 * @throws RangeError when the script is empty
 * @example
 * ```ts
 * const readStudent = flaky([new Error('connection lost'), 'Ana Costa']);
 * await retry({ strategy: 'immediate' }).execute(readStudent); // 'Ana Costa', on the second call
 * ```
 */
export function flaky<T>(plan: Script<T> | FailuresThen<T> | FailsByChance<T>): Flaky<T> {
  const stepOf = stepsOf(plan);
  let calls = 0;
  const operation = async (): Promise<T> => {
    calls += 1;
    const step = stepOf(calls);
    if (step instanceof Error) throw step;
    return step;
  };
  return Object.defineProperty(operation, 'calls', { get: () => calls }) as Flaky<T>;
}

function stepsOf<T>(plan: Script<T> | FailuresThen<T> | FailsByChance<T>): (call: number) => T | Error {
  if (isScript(plan)) {
    if (plan.length === 0) throw new RangeError('The script of flaky([...]) is empty. Give it at least one step.');
    return (call) => plan[Math.min(call, plan.length) - 1] as T | Error;
  }
  const { error = refusedConnection(), value } = plan;
  if ('failures' in plan) return (call) => (call <= plan.failures ? error : value);
  return () => (plan.random() < plan.ratio ? error : value);
}

function isScript<T>(plan: Script<T> | FailuresThen<T> | FailsByChance<T>): plan is Script<T> {
  return Array.isArray(plan);
}

/** The error Node reports when nothing listens at the other end. */
export function refusedConnection(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
}
