import { read } from '../classify/safe-read.ts';

/** Copies a kept result for one caller. */
export type Copy = (value: unknown) => unknown;

/** Means that a result cannot be copied. */
export const noCopy: unique symbol = Symbol('no copy');

/**
 * A result for several callers. The kept one is never read: a `Response` is cloned, an object is copied by the user's
 * function if there is one, and everything else is shared as it is.
 */
export class KeptAnswer {
  readonly value: unknown;
  readonly #kind: 'as-is' | 'response' | 'copied' | 'once';
  readonly #copy: Copy | undefined;
  /** A check of the body that is running. Meanwhile the body is locked and cannot be cloned. */
  #looking: Promise<boolean> | undefined;

  /** @param copy the user's function, for objects */
  constructor(value: unknown, copy: Copy | undefined) {
    this.value = value;
    this.#copy = copy;
    this.#kind = kindOf(value, copy !== undefined);
  }

  /** Whether only one caller can have it, because it can only be read once. */
  get isOnlyForOne(): boolean {
    return this.#kind === 'once';
  }

  /** Whether all callers share it as it is. */
  get isShared(): boolean {
    return this.#kind === 'as-is';
  }

  /**
   * Returns the result for one caller.
   *
   * @param signal the caller's: aborts reading this caller's body, and no other
   * @returns `noCopy` if the result can only be read once, or the user's function throws or returns nothing
   */
  async give(signal: AbortSignal | undefined): Promise<unknown> {
    if (this.#kind === 'as-is') return this.value;
    if (this.#kind === 'once') return noCopy;
    try {
      if (this.#kind === 'copied') return (await this.#copy?.(this.value)) ?? noCopy;
      while (this.#looking !== undefined) await this.#looking;
      return cloneOf(this.value as Response, signal);
    } catch {
      return noCopy;
    }
  }

  /** Whether it is a `Response` whose body has failed, so it cannot be used. */
  async isBroken(): Promise<boolean> {
    const body: unknown = this.#kind === 'response' ? read(this.value, 'body') : undefined;
    if (!isStream(body)) return false;
    this.#looking ??= hasFailed(body).finally(() => (this.#looking = undefined));
    return this.#looking;
  }
}

/** Returns a constant value for one caller: a `Response` is cloned. */
export function forOne<V>(value: V): V {
  // A clone has the same type as the response.
  return kindOf(value, false) === 'response' ? (cloneOf(value as Response, undefined) as V) : value;
}

function kindOf(value: unknown, isCopied: boolean): 'as-is' | 'response' | 'copied' | 'once' {
  if (typeof value !== 'object' || value === null) return 'as-is';
  if (typeof read(value, 'bodyUsed') === 'boolean' && typeof read(value, 'clone') === 'function') {
    const isRead = read(value, 'bodyUsed') === true || read(read(value, 'body'), 'locked') === true;
    return isRead ? 'once' : 'response';
  }
  if (isReadOnce(value)) return 'once';
  return isCopied ? 'copied' : 'as-is';
}

/** Whether a value can only be read once: a web or Node stream, an iterator or a generator. */
function isReadOnce(value: object): boolean {
  const isNodeStream = typeof read(value, 'pipe') === 'function' && typeof read(value, 'on') === 'function';
  return isStream(value) || isNodeStream || (typeof read(value, 'next') === 'function' && isIterable(value));
}

function isIterable(value: object): boolean {
  try {
    return Symbol.asyncIterator in value || Symbol.iterator in value;
  } catch {
    return false;
  }
}

function isStream(value: unknown): value is ReadableStream {
  return typeof read(value, 'getReader') === 'function' && typeof read(value, 'cancel') === 'function';
}

/** Clones a response. The caller's signal aborts the clone's body; the signal of the fetch belongs to all callers. */
function cloneOf(kept: Response, signal: AbortSignal | undefined): unknown {
  const clone = kept.clone();
  const { body } = clone;
  if (signal === undefined || !(clone instanceof Response) || !(body instanceof ReadableStream)) return clone;
  const { status, statusText, headers, url, redirected, type } = clone;
  const own = new Response(body.pipeThrough(new TransformStream(), { signal }), { status, statusText, headers });
  // A constructed response has no URL.
  return Object.defineProperties(own, {
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
  });
}

/** Whether a stream has failed. Locks it briefly, because only a reader shows that. */
async function hasFailed(body: ReadableStream): Promise<boolean> {
  if (body.locked) return false;
  const reader = body.getReader();
  let failed = false;
  reader.closed.catch(() => (failed = true));
  // A failed stream rejects `closed` within the next microtasks.
  await Promise.resolve();
  await Promise.resolve();
  const answer = failed;
  reader.releaseLock();
  return answer;
}
