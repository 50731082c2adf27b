import { captureContext } from './async-context.ts';
import { openStreamOf } from './open-stream.ts';

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
  #own: OwnSignal | undefined;
  #ended: Ending | undefined;
  /** Those who want to know of an abort when it happens: one, as a rule, which needs no set. */
  #followers: LazySignal | Set<LazySignal> | undefined;

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
    if (this.#own === undefined) {
      this.#own = new OwnSignal();
      if (this.aborted) this.#own.abort(this.reason);
      else this.follow();
    }
    return this.#own.signal;
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

  /**
   * The work has settled. `release`, unless what it answered is a stream and somebody has the signal: the reading goes
   * on, and the caller's abort must still reach it. Then the link ends when nobody has the stream any more.
   */
  letGo(answer: unknown): void {
    if (this.#parent === undefined) return;
    const isHeard = this.#own !== undefined || this.#followers !== undefined;
    const stream = isHeard ? openStreamOf(answer) : undefined;
    if (stream === undefined) this.release();
    else readers?.register(stream, this);
  }

  /** Called when the parent aborts, before who reads this signal knows; for those that follow. */
  protected onParentAbort(_reason: unknown): void {}

  /** For `addEventListener` on the given signal, which takes an object: a closure each would cost more. */
  handleEvent(): void {
    this.tellFollowers({ reason: this.#given?.reason, origin: this });
  }

  private add(follower: LazySignal): void {
    const followers = this.#followers;
    if (followers === undefined) {
      this.#given?.addEventListener('abort', this, { once: true });
      this.follow();
      this.#followers = follower;
    } else if (followers instanceof Set) followers.add(follower);
    else if (followers !== follower) this.#followers = new Set([followers, follower]);
  }

  private delete(follower: LazySignal): void {
    const followers = this.#followers;
    if (followers instanceof Set) {
      followers.delete(follower);
      if (followers.size > 0) return;
    } else if (followers !== follower) return;
    this.#followers = undefined;
    this.#given?.removeEventListener('abort', this);
  }

  private end(ending: Ending): void {
    this.#ended = ending;
    this.release();
    this.#own?.abort(ending.reason);
    this.tellFollowers(ending);
  }

  private tellFollowers(ending: Ending): void {
    const followers = this.#followers;
    this.#followers = undefined;
    if (followers instanceof Set) followers.forEach((follower) => follower.hear(ending));
    else followers?.hear(ending);
  }

  private hear(ending: Ending): void {
    this.onParentAbort(ending.reason);
    this.end(ending);
  }
}

/** Who reads a stream needs the signal of the call that opened it, for as long as there is a stream. */
const readers =
  typeof FinalizationRegistry === 'function'
    ? new FinalizationRegistry<LazySignal>((signal) => signal.release())
    : undefined;

/** A signal that was read. Its listeners belong to the call that read it, and run in that call's async context. */
class OwnSignal {
  readonly #controller = new AbortController();
  readonly #inContext = captureContext();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#inContext === undefined) this.#controller.abort(reason);
    else this.#inContext(() => this.#controller.abort(reason));
  }
}
