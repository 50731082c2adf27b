/** In place of a reason, which may be anything. */
const NOT_ABORTED = Symbol('not aborted');

/**
 * A signal that is made when somebody reads it: reading `AbortController.signal` costs microseconds, and most
 * operations never look.
 *
 * A derived one aborts with its parent, too. `release` ends that link; nothing is left on a long-lived signal.
 */
export class LazySignal {
  readonly #given: AbortSignal | undefined;
  #parent: LazySignal | undefined;
  #controller: AbortController | undefined;
  #unlink: (() => void) | undefined;
  #reason: unknown = NOT_ABORTED;

  /** @param given a signal to follow as it is; or else `parent`, to abort with it or by itself */
  constructor(given: AbortSignal | undefined, parent?: LazySignal) {
    this.#given = given;
    this.#parent = parent;
  }

  /** The signal that a caller gave. */
  static of(given: AbortSignal): LazySignal {
    return new LazySignal(given);
  }

  get aborted(): boolean {
    return this.#reason !== NOT_ABORTED || this.#given?.aborted === true || this.#parent?.aborted === true;
  }

  get reason(): unknown {
    if (this.#reason !== NOT_ABORTED) return this.#reason;
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
    this.#reason = reason;
    this.release();
    this.#controller?.abort(reason);
  }

  /** Stops following the parent, for good: who reads the signal later must not be left on the parent's. */
  release(): void {
    if (this.#parent === undefined) return;
    this.#unlink?.();
    this.#unlink = undefined;
    if (this.#parent.aborted && this.#reason === NOT_ABORTED) this.#reason = this.#parent.reason;
    this.#parent = undefined;
  }

  #link(controller: AbortController): void {
    if (this.#parent === undefined) return;
    const parent = this.#parent.signal;
    const follow = (): void => controller.abort(parent.reason);
    parent.addEventListener('abort', follow, { once: true });
    this.#unlink = () => parent.removeEventListener('abort', follow);
  }
}
