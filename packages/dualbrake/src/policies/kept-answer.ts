import { read } from '../classify/safe-read.ts';
import type { LazySignal } from '../lazy-signal.ts';
import { openStreamsOf } from '../open-stream.ts';
import { endedBy } from './ended-body.ts';
import { SharedBody } from './shared-body.ts';

/** Copies a kept result for one caller. */
export type Copy = (value: unknown) => unknown;

/** Means that a result cannot be copied. */
export const noCopy: unique symbol = Symbol('no copy');

/**
 * A result for several callers. The kept one is never read: a `Response` is copied, an object is copied by the user's
 * function if there is one, and everything else is shared as it is.
 */
export class KeptAnswer {
  readonly value: unknown;
  readonly #kind: 'as-is' | 'response' | 'copied' | 'once';
  readonly #copy: Copy | undefined;
  #body: SharedBody | undefined;

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
  async give(caller: LazySignal | undefined): Promise<unknown> {
    if (this.#kind === 'as-is') return this.value;
    if (this.#kind === 'once') return noCopy;
    try {
      return this.#kind === 'copied' ? ((await this.#copy?.(this.value)) ?? noCopy) : this.forOne(caller);
    } catch {
      return noCopy;
    }
  }

  /** Whether it is a `Response` whose body has failed, so it cannot be used. */
  get isBroken(): boolean {
    return this.#body?.isBroken === true;
  }

  /**
   * Returns a constant value for one caller: a `Response` is copied.
   *
   * @throws TypeError if somebody else reads its body
   */
  forOne(caller: LazySignal | undefined): unknown {
    return this.#kind === 'response' ? this.#copyOf(this.value as Response, caller) : this.value;
  }

  #copyOf(kept: Response, caller: LazySignal | undefined): unknown {
    const { body } = kept;
    // Those of other libraries know how to make copies of themselves.
    if (!(kept instanceof Response) || !(body instanceof ReadableStream)) return kept.clone();
    this.#body ??= new SharedBody(body);
    const { status, statusText, headers, url, redirected, type } = kept;
    const copy = this.#body.copy();
    const own = new Response(caller === undefined ? copy : (endedBy(caller, copy) as typeof copy), {
      status,
      statusText,
      headers,
    });
    // A made response has no address.
    return Object.defineProperties(own, {
      url: { value: url },
      redirected: { value: redirected },
      type: { value: type },
    });
  }
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

/** Whether a value can only be read once: a web or Node stream, an iterator or a generator. */
function isReadOnce(value: object): boolean {
  const isNodeStream = typeof read(value, 'pipe') === 'function' && typeof read(value, 'on') === 'function';
  return isStream(value) || isNodeStream || (typeof read(value, 'next') === 'function' && isIterable(value));
}

function isIterable(value: object): boolean {
  return isAsyncIterable(value) || read(value, Symbol.iterator) !== undefined;
}

function isAsyncIterable(value: object): boolean {
  return read(value, Symbol.asyncIterator) !== undefined;
}

function isStream(value: unknown): value is ReadableStream {
  return typeof read(value, 'getReader') === 'function' && typeof read(value, 'cancel') === 'function';
}
