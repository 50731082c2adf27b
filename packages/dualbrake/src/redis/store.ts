import type { Clock } from '../clock.ts';
import { CallTimeoutError } from '../errors.ts';

/**
 * The interface required of a Redis client. Clients of the npm package `redis`, version 4 or later, implement it.
 *
 * @example
 * ```ts
 * // An adapter for ioredis.
 * declare const ioredis: { eval(script: string, keyCount: number, ...rest: string[]): Promise<unknown> };
 * const client: RedisClient = {
 *   eval: (script, { keys, arguments: args }) => ioredis.eval(script, keys.length, ...keys, ...args),
 * };
 * ```
 */
export interface RedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/**
 * Options of everything that is shared through Redis.
 *
 * @example
 * ```ts
 * declare const client: RedisClient; // createClient() of the npm package `redis`
 * const store: StoreOptions = { client, prefix: 'office', intervalMs: 2_000, onError: (error) => log.warn(error) };
 * const budget = sharedRetryBudget({ ...store, name: 'database' });
 * ```
 */
export interface StoreOptions {
  /** The client. You connect and close it. */
  readonly client: RedisClient;
  /** Prefix of all keys; use a different one for each program. Default `dualbrake`. */
  readonly prefix?: string;
  /** Time between synchronizations, in milliseconds. Default 1,000. */
  readonly intervalMs?: number;
  /** Time limit for each request to the store, in milliseconds; a slower store counts as down. Default 500. */
  readonly limitMs?: number;
  /** The clock for the interval. Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** Receives the error when the store cannot be reached; may be async. The next synchronization tries again. Default: errors are ignored. */
  readonly onError?: (error: unknown) => unknown;
}

export const storeSpec = {
  intervalMs: { min: 10, max: 3_600_000, unit: 'ms', default: 1_000 },
  limitMs: { min: 1, max: 3_600_000, unit: 'ms', default: 500 },
} as const;

export const storeKinds = { client: 'anything', prefix: 'string', clock: 'clock', onError: 'function' } as const;

/** Problems with a client, one sentence each. */
export function clientIssues(client: unknown): readonly string[] {
  const fits = typeof (client as Partial<RedisClient> | undefined)?.eval === 'function';
  return fits ? [] : ['client must be a Redis client with eval()'];
}

/**
 * A number of an answer of the store. Clients may be set up to answer text, bytes or big integers.
 *
 * @throws TypeError when it is none: an answer that is not understood must not open a circuit
 */
export function numberIn(answer: unknown): number {
  const isNumber = typeof answer === 'number' || typeof answer === 'bigint';
  const text = typeof answer === 'string' || answer instanceof Uint8Array ? textOf(answer) : '';
  const found = isNumber || text.trim() !== '' ? Number(isNumber ? answer : text) : Number.NaN;
  if (Number.isFinite(found)) return found;
  throw new TypeError(`The client of Redis must answer a number here, got a value of type ${typeof answer}.`);
}

function textOf(answer: string | Uint8Array): string {
  return typeof answer === 'string' ? answer : new TextDecoder().decode(answer);
}

/**
 * The rows of an answer of the store.
 *
 * @throws TypeError when they are none
 */
export function listIn(answer: unknown, length: number): readonly unknown[] {
  if (Array.isArray(answer) && answer.length === length) return answer;
  throw new TypeError(
    `The client of Redis must answer a list of ${length} here, got a value of type ${typeof answer}.`,
  );
}

/** All keys of a program share a hash tag, so that a script can access several of them in a cluster. */
export function keyOf(prefix: string, ...parts: readonly string[]): string {
  return [`{${prefix}}`, ...parts].join(':');
}

/**
 * Runs a script in the store. The time limit is needed because clients queue commands while they are not connected.
 *
 * @throws CallTimeoutError when it takes too long; what the client throws
 */
export function ask(
  { client, limitMs = storeSpec.limitMs.default }: StoreOptions,
  clock: Clock,
  script: string,
  keys: string[],
  given: string[],
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(new CallTimeoutError(limitMs)), { background: true });
    // An async function turns a synchronous throw into a rejection.
    const answer = (async () => client.eval(script, { keys, arguments: given }))();
    answer.then(resolve, reject).finally(cancel);
  });
}
