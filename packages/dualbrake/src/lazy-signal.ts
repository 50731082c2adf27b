/** An abort: why, and the signal at which it began. */
interface Ending {
  readonly reason: unknown;
  readonly origin: LazySignal;
}

/**
 * A signal that is made when somebody reads it: reading `AbortController.signal` costs microseconds, and most
 * operations never look.
 *
 * A derived one aborts with its parent, too: it sees that when it is asked, and at once if it follows. `release` ends
 * that link; nothing is left on a long-lived signal.
 */
export class LazySignal {
  readonly #given: AbortSignal | undefined;
  #parent: LazySignal | undefined;
  #controller: AbortController | undefined;
  #ended: Ending | undefined;
  /** Those who want to know of an abort when it happens. */
  #followers: Set<LazySignal> | undefined;

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
    return this.#ended !== undefined || this.#given?.aborted === true || this.#parent?.aborted === true;
  }

  get reason(): unknown {
    if (this.#ended !== undefined) return this.#ended.reason;
    return this.#given?.aborted === true ? this.#given.reason : this.#parent?.reason;
  }

  /** The signal at which the abort began, this one or one above it; nothing while it is not aborted. */
  get origin(): LazySignal | undefined {
    if (this.#ended !== undefined) return this.#ended.origin;
    return this.#given?.aborted === true ? this : this.#parent?.origin;
  }

  get signal(): AbortSignal {
    if (this.#given !== undefined) return this.#given;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
      else this.follow();
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (!this.aborted) this.end({ reason, origin: this });
  }

  /** From now on this one aborts when its parent does, and not only when somebody asks. */
  follow(): void {
    this.#parent?.add(this);
  }

  /** Stops following the parent, for good: who reads the signal later must not be left on the parent's. */
  release(): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    parent.delete(this);
    if (parent.aborted && this.#ended === undefined) {
      this.#ended = { reason: parent.reason, origin: parent.origin ?? parent };
    }
    this.#parent = undefined;
  }

  /** Called when the parent aborts, before who reads this signal knows; for those that follow. */
  protected onParentAbort(_reason: unknown): void {}

  /** For `addEventListener` on the given signal, which takes an object: a closure each would cost more. */
  handleEvent(): void {
    this.tellFollowers({ reason: this.#given?.reason, origin: this });
  }

  private add(follower: LazySignal): void {
    if (this.#followers === undefined || this.#followers.size === 0) {
      this.#given?.addEventListener('abort', this, { once: true });
      this.follow();
    }
    (this.#followers ??= new Set()).add(follower);
  }

  private delete(follower: LazySignal): void {
    if (this.#followers?.delete(follower) === true && this.#followers.size === 0) {
      this.#given?.removeEventListener('abort', this);
    }
  }

  private end(ending: Ending): void {
    this.#ended = ending;
    this.release();
    this.#controller?.abort(ending.reason);
    this.tellFollowers(ending);
  }

  private tellFollowers(ending: Ending): void {
    const followers = this.#followers;
    this.#followers = undefined;
    followers?.forEach((follower) => {
      follower.onParentAbort(ending.reason);
      follower.end(ending);
    });
  }
}
