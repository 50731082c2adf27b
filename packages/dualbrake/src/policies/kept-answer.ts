import { read } from '../classify/safe-read.ts';
import { SharedBody } from './shared-body.ts';

/** Makes an answer for one caller of the one that is kept. */
export type Copy = (value: unknown) => unknown;

/** There is nothing that could be given. */
export const noCopy: unique symbol = Symbol('no copy');

/**
 * An answer that is given to several callers. The one that is kept is never read: a `Response` is given as a copy, an
 * object as the copy that the user's function makes of it, and everything else as it is.
 */
export class KeptAnswer {
  readonly value: unknown;
  readonly #kind: 'as-is' | 'response' | 'copied' | 'once';
  readonly #copy: Copy | undefined;
  #body: SharedBody | undefined;

  /** @param copy of the user's, for objects */
  constructor(value: unknown, copy: Copy | undefined) {
    this.value = value;
    this.#copy = copy;
    this.#kind = kindOf(value, copy !== undefined);
  }

  /** Whether only one caller can have it, because it can be read only once. */
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
   * @param signal the caller's: ends the reading of its body, and nobody else's
   * @returns `noCopy` when there is none, because it can be read only once, or the user's function throws or answers
   *   nothing
   */
  async give(signal: AbortSignal | undefined): Promise<unknown> {
    if (this.#kind === 'as-is') return this.value;
    if (this.#kind === 'once') return noCopy;
    try {
      return this.#kind === 'copied' ? ((await this.#copy?.(this.value)) ?? noCopy) : this.forOne(signal);
    } catch {
      return noCopy;
    }
  }

  /**
   * The same for what needs no function of the user's: a `Response` as a copy, everything else as it is.
   *
   * @throws TypeError when its body is read by somebody already
   */
  forOne(signal: AbortSignal | undefined): unknown {
    return this.#kind === 'response' ? this.#copyOf(this.value as Response, signal) : this.value;
  }

  /** Whether it is a `Response` whose body broke off, so that there is nothing in it to be given. */
  get isBroken(): boolean {
    return this.#body?.isBroken === true;
  }

  #copyOf(kept: Response, signal: AbortSignal | undefined): unknown {
    const { body } = kept;
    // Those of other libraries know how to make copies of themselves.
    if (!(kept instanceof Response) || !(body instanceof ReadableStream)) return kept.clone();
    this.#body ??= new SharedBody(body);
    const { status, statusText, headers, url, redirected, type } = kept;
    const own = new Response(this.#body.copy(signal), { status, statusText, headers });
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
  if (typeof read(value, 'bodyUsed') === 'boolean' && typeof read(value, 'clone') === 'function') {
    const isRead = read(value, 'bodyUsed') === true || read(read(value, 'body'), 'locked') === true;
    return isRead ? 'once' : 'response';
  }
  if (isReadOnce(value)) return 'once';
  return isCopied ? 'copied' : 'as-is';
}

/** Streams of both kinds, iterators and generators. */
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
