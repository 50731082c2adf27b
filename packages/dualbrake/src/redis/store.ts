import type { Clock } from '../clock.ts';
import { CallTimeoutError } from '../errors.ts';

/**
 * What is needed of a client: that of the npm package `redis` from version 4 on is one. For ioredis:
 *
 *     { eval: (script, { keys, arguments: given }) => ioredis.eval(script, keys.length, ...keys, ...given) }
 */
export interface RedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** Where things are shared, and how often. */
export interface StoreOptions {
  /** Yours: connected, and closed, by you. */
  readonly client: RedisClient;
  /** Begins all keys; programs that share nothing have different ones. Default `dualbrake`. */
  readonly prefix?: string;
  /** Milliseconds between two looks at the store. Default 1,000. */
  readonly intervalMs?: number;
  /** Milliseconds that the store may take to answer; longer counts as down. Default 500. */
  readonly limitMs?: number;
  /** For the interval. Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** Hears why the store could not be asked; may be async. Without it, nobody does, and the next time is tried again. */
  readonly onError?: (error: unknown) => unknown;
}

export const storeSpec = {
  intervalMs: { min: 10, max: 3_600_000, unit: 'ms', default: 1_000 },
  limitMs: { min: 1, max: 3_600_000, unit: 'ms', default: 500 },
} as const;

export const storeKinds = { client: 'anything', prefix: 'string', clock: 'clock', onError: 'function' } as const;

/** What is wrong with a client. */
export function clientIssues(client: unknown): readonly string[] {
  const fits = typeof (client as Partial<RedisClient> | undefined)?.eval === 'function';
  return fits ? [] : ['client must be a client of Redis, with eval()'];
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

/** One hash tag for all keys of a program, so that a script may touch several of them in a cluster, too. */
export function keyOf(prefix: string, ...parts: readonly string[]): string {
  return [`{${prefix}}`, ...parts].join(':');
}

/**
 * Asks the store. A client that is not connected keeps a command until it is, so an answer is waited for only so long.
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
    // An async function, so that a client that throws at once rejects.
    const answer = (async () => client.eval(script, { keys, arguments: given }))();
    answer.then(resolve, reject).finally(cancel);
  });
}
