import { captureContext } from './async-context.ts';
import { openStreamsOf } from './open-stream.ts';

/** The reason of an abort, and the signal where it started. */
interface Ending {
  readonly reason: unknown;
  readonly origin: LazySignal;
}

/**
 * A signal that is created when it is first read: reading `AbortController.signal` costs microseconds, and most operations never do.
 *
 * A derived signal also aborts with its parent: it checks that when it is read, and reacts immediately if it follows. `release` ends
 * that link, so no listener stays on a long-lived signal.
 */
export class LazySignal {
  readonly #given: AbortSignal | undefined;
  #parent: LazySignal | undefined;
  #own: OwnSignal | undefined;
  #ended: Ending | undefined;
  /** Signals to abort immediately together with this one. Usually one, which needs no set. */
  #followers: LazySignal | Set<LazySignal> | undefined;

  /** @param given an existing signal to represent; otherwise a new one, which aborts with `parent` or by itself */
  constructor(given: AbortSignal | undefined, parent?: LazySignal) {
    this.#given = given;
    this.#parent = parent;
  }

  /** Wraps a signal passed by a caller. */
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

  /** The signal where the abort started: this one or an ancestor. `undefined` if not aborted. */
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

  /** From now on, aborts immediately when the parent does, not only when read. */
  follow(): void {
    this.#parent?.add(this);
  }

  /** Stops following the parent for good: a later read of the signal must not add a listener to the parent. */
  release(): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    parent.delete(this);
    if (parent.aborted && this.#ended === undefined) {
      this.#ended = { reason: parent.reason, origin: parent.origin ?? parent };
    }
    this.#parent = undefined;
  }

  /** Whether somebody has the signal, or follows it. */
  get isHeard(): boolean {
    return this.#own !== undefined || this.#followers !== undefined;
  }

  /**
   * The work has settled. `release`, unless what it answered is a stream and somebody has the signal: the reading goes
   * on, and the caller's abort must still reach it. Then the link ends when nobody has the stream any more.
   */
  letGo(answer: unknown): void {
    if (this.#parent === undefined) return;
    if (this.isHeard) this.releaseAfter(answer);
    else this.release();
  }

  /** `release`, as soon as nobody has the streams any more that this answer is or carries. */
  protected releaseAfter(answer: unknown): void {
    const streams = openStreamsOf(answer);
    if (streams.length === 0) this.release();
    const link = { signal: this, streams: streams.length };
    for (const stream of streams) readers?.register(stream, link);
  }

  /** Called when the parent aborts, before who reads this signal knows; for those that follow. */
  protected onParentAbort(_reason: unknown): void {}

  /** For `addEventListener`, which accepts an object: that saves a closure per signal. */
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

/** A link to a caller's signal, and how many streams still need it. */
interface Link {
  readonly signal: LazySignal;
  streams: number;
}

/** Who reads a stream needs the signal of the call that opened it, for as long as there is a stream. */
const readers =
  typeof FinalizationRegistry === 'function'
    ? new FinalizationRegistry<Link>((link) => {
        link.streams -= 1;
        if (link.streams === 0) link.signal.release();
      })
    : undefined;

/** A signal that was read. Its listeners run in the async context of the call that read it. */
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
