import { LazySignal } from '../lazy-signal.ts';

/**
 * The same body, which a caller's abort ends as well. Nothing is left on his signal once it has been read, or when nobody
 * has it any more.
 */
export function endedBy(caller: LazySignal, body: ReadableStream<unknown>): ReadableStream<unknown> {
  const reader = body.getReader();
  let controller: ReadableStreamDefaultController<unknown> | undefined;
  const end = (reason: unknown): Promise<void> => {
    link.release();
    controller?.error(reason);
    return reader.cancel(reason);
  };
  const link = new Link(caller, end);
  const own = new ReadableStream<unknown>(
    {
      start: (itself) => {
        controller = itself;
      },
      pull: async (itself) => {
        const { done, value } = await reader.read().catch((error: unknown) => {
          link.release();
          throw error;
        });
        if (!done) itself.enqueue(value);
        else {
          link.release();
          itself.close();
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  link.followFor(own);
  return own;
}

/** From the caller's signal to the body, which it does not keep in memory. */
class Link extends LazySignal {
  readonly #end: { deref(): ((reason: unknown) => Promise<void>) | undefined };

  constructor(caller: LazySignal, end: (reason: unknown) => Promise<void>) {
    super(undefined, caller);
    this.#end = typeof WeakRef === 'function' ? new WeakRef(end) : { deref: () => end };
  }

  /** Until the body is gone. */
  followFor(body: object): void {
    if (this.aborted) this.onParentAbort(this.reason);
    else {
      this.follow();
      this.releaseAfter(body);
    }
  }

  protected override onParentAbort(reason: unknown): void {
    this.#end
      .deref()?.(reason)
      .catch(() => undefined);
  }
}
