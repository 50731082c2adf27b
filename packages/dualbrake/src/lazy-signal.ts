/**
 * A signal that is made when somebody reads it: reading `AbortController.signal` costs microseconds, and most
 * operations never look.
 *
 * A derived one aborts with its parent, too. `release` ends that link; nothing is left on a long-lived signal.
 */
export class LazySignal {
  readonly canAbort: boolean;
  readonly #parent: LazySignal | undefined;
  readonly #given: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #unlink: (() => void) | undefined;
  #abortedItself = false;
  #released = false;
  #reason: unknown;

  private constructor(parent: LazySignal | undefined, given: AbortSignal | undefined, canAbort: boolean) {
    this.#parent = parent;
    this.#given = given;
    this.canAbort = canAbort;
  }

  /** The signal that a caller gave, or one that never aborts. */
  static of(given: AbortSignal | undefined): LazySignal {
    return new LazySignal(undefined, given, given !== undefined);
  }

  /** A signal that aborts with this one or by itself. */
  derive(): LazySignal {
    return new LazySignal(this, undefined, true);
  }

  get aborted(): boolean {
    return this.#abortedItself || this.#given?.aborted === true || this.#parent?.aborted === true;
  }

  get reason(): unknown {
    if (this.#abortedItself) return this.#reason;
    return this.#given?.aborted === true ? this.#given.reason : this.#parent?.reason;
  }

  get signal(): AbortSignal {
    if (this.#given !== undefined) return this.#given;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
      else this.#link(this.#controller);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.#abortedItself = true;
    this.#reason = reason;
    this.release();
    this.#controller?.abort(reason);
  }

  /** Stops following the parent, for good: who reads the signal later must not be left on the parent's. */
  release(): void {
    this.#released = true;
    this.#unlink?.();
    this.#unlink = undefined;
  }

  #link(controller: AbortController): void {
    if (this.#parent?.canAbort !== true || this.#released) return;
    const parent = this.#parent.signal;
    const follow = (): void => controller.abort(parent.reason);
    parent.addEventListener('abort', follow, { once: true });
    this.#unlink = () => parent.removeEventListener('abort', follow);
  }
}
