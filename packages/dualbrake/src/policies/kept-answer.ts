import { read } from '../classify/safe-read.ts';
import type { LazySignal } from '../lazy-signal.ts';
import { openStreamsOf } from '../open-stream.ts';
import { endedBy } from './ended-body.ts';

/** Makes an answer for one caller of the one that is kept. */
export type Copy = (value: unknown) => unknown;

/** There is nothing that could be given. */
export const noCopy: unique symbol = Symbol('no copy');

/**
 * An answer that is given to several callers. The one that is kept is never read: a `Response` is given as a clone, an
 * object as the copy that the user's function makes of it, and everything else as it is.
 */
export class KeptAnswer {
  readonly value: unknown;
  readonly #kind: 'as-is' | 'response' | 'copied' | 'once';
  readonly #copy: Copy | undefined;
  /** While it is looked at, a body is locked and cannot be cloned. */
  #looking: Promise<boolean> | undefined;

  /** @param copy of the user's, for objects */
  constructor(value: unknown, copy: Copy | undefined) {
    this.value = value;
    this.#copy = copy;
    this.#kind = kindOf(value, copy !== undefined);
  }

  /** Whether only one caller can have it, because it can be read only once, or asks the dependency while it is read. */
  get isOnlyForOne(): boolean {
    return this.#kind === 'once';
  }

  /** Whether it is given as it is. */
  get isShared(): boolean {
    return this.#kind === 'as-is';
  }

  /**
   * What one caller gets.
   *
   * @param caller what ends the reading of its body, and nobody else's
   * @returns `noCopy` when there is none, because it can be read only once, or the user's function throws or answers
   *   nothing
   */
  async give(caller: LazySignal | undefined): Promise<unknown> {
    if (this.#kind === 'as-is') return this.value;
    if (this.#kind === 'once') return noCopy;
    try {
      if (this.#kind === 'copied') return (await this.#copy?.(this.value)) ?? noCopy;
      while (this.#looking !== undefined) await this.#looking;
      return cloneOf(this.value as Response, caller);
    } catch {
      return noCopy;
    }
  }

  /** Whether it is a `Response` whose body broke off, so that there is nothing in it to be given. */
  async isBroken(): Promise<boolean> {
    const body: unknown = this.#kind === 'response' ? read(this.value, 'body') : undefined;
    if (!isStream(body)) return false;
    this.#looking ??= hasFailed(body).finally(() => (this.#looking = undefined));
    return this.#looking;
  }
}

/** What one caller gets of a value that was given once and for all: a `Response` as a clone. */
export function forOne<V>(value: V): V {
  // A clone of a response is a response, too.
  return isResponse(value) && !isRead(value) ? (cloneOf(value as Response, undefined) as V) : value;
}

function kindOf(value: unknown, isCopied: boolean): 'as-is' | 'response' | 'copied' | 'once' {
  if (typeof value !== 'object' || value === null) return 'as-is';
  if (isResponse(value)) return isRead(value) ? 'once' : 'response';
  if (isReadOnce(value)) return 'once';
  if (isCopied) return 'copied';
  // What asks the dependency while it is read does so by the signal of one call.
  return openStreamsOf(value).some((stream) => isReadOnce(stream) || isAsyncIterable(stream)) ? 'once' : 'as-is';
}

/** Whether only one caller could read it, or something in it, also where responses are given as clones. */
export function isForOneReader(value: unknown): boolean {
  return kindOf(value, true) === 'once' || (!isResponse(value) && openStreamsOf(value).some(isReadOnce));
}

function isResponse(value: unknown): boolean {
  return typeof read(value, 'bodyUsed') === 'boolean' && typeof read(value, 'clone') === 'function';
}

function isRead(response: unknown): boolean {
  return read(response, 'bodyUsed') === true || read(read(response, 'body'), 'locked') === true;
}

/** Streams of both kinds, iterators and generators. */
function isReadOnce(value: object): boolean {
  const isNodeStream = typeof read(value, 'pipe') === 'function' && typeof read(value, 'on') === 'function';
  return isStream(value) || isNodeStream || (typeof read(value, 'next') === 'function' && isIterable(value));
}

function isIterable(value: object): boolean {
  return isAsyncIterable(value) || has(value, Symbol.iterator);
}

function isAsyncIterable(value: object): boolean {
  return has(value, Symbol.asyncIterator);
}

function has(value: object, member: symbol): boolean {
  try {
    return member in value;
  } catch {
    return false;
  }
}

function isStream(value: unknown): value is ReadableStream {
  return typeof read(value, 'getReader') === 'function' && typeof read(value, 'cancel') === 'function';
}

/** A clone whose body the caller's abort ends, too: the signal that fetched it belongs to all. */
function cloneOf(kept: Response, caller: LazySignal | undefined): unknown {
  const clone = kept.clone();
  const { body } = clone;
  if (caller === undefined || !(clone instanceof Response) || !(body instanceof ReadableStream)) return clone;
  const { status, statusText, headers, url, redirected, type } = clone;
  const own = new Response(endedBy(caller, body) as ReadableStream<Uint8Array>, { status, statusText, headers });
  // A made response has no address.
  return Object.defineProperties(own, {
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
  });
}

/** Whether a stream has failed. Locks it for a moment, because only a reader can tell. */
async function hasFailed(body: ReadableStream): Promise<boolean> {
  if (body.locked) return false;
  const reader = body.getReader();
  let failed = false;
  reader.closed.catch(() => (failed = true));
  // One that has failed tells so in the next microtask.
  await Promise.resolve();
  await Promise.resolve();
  const answer = failed;
  reader.releaseLock();
  return answer;
}
