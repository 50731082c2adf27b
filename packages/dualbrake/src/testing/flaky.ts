/** What a flaky operation does, call by call: an `Error` is thrown, anything else is answered. */
export type Script<T> = readonly (T | Error)[];

/** A number of failures, then a value for ever. */
export interface FailuresThen<T> {
  readonly failures: number;
  /** Default: a refused connection. */
  readonly error?: Error;
  readonly value: T;
}

/** Fails by chance. */
export interface FailsByChance<T> {
  /** Share of calls that fail, 0 to 1. */
  readonly ratio: number;
  /** A number in [0, 1), such as `seededRandom(1)`. */
  readonly random: () => number;
  /** Default: a refused connection. */
  readonly error?: Error;
  readonly value: T;
}

/** An operation that fails as it was told, and counts its calls. */
export interface Flaky<T> {
  (): Promise<T>;
  readonly calls: number;
}

/**
 * An operation that fails and succeeds by a script: `flaky([error, error, 'value'])`, `flaky({ failures: 2, value: 1 })`
 * or `flaky({ ratio: 0.3, random, value: 1 })`. The last step of a script is repeated.
 *
 * @throws RangeError when the script is empty
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
    if (plan.length === 0) throw new RangeError('flaky([...]) takes a script of at least one step.');
    return (call) => plan[Math.min(call, plan.length) - 1] as T | Error;
  }
  const { error = refusedConnection(), value } = plan;
  if ('failures' in plan) return (call) => (call <= plan.failures ? error : value);
  return () => (plan.random() < plan.ratio ? error : value);
}

function isScript<T>(plan: Script<T> | FailuresThen<T> | FailsByChance<T>): plan is Script<T> {
  return Array.isArray(plan);
}

/** What Node says when nothing listens at the other end. */
export function refusedConnection(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
}
