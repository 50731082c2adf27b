/** A body that can be read only once. */
type OneTimeBody = ReadableStream<unknown> | AsyncIterable<unknown>;

/**
 * A body that can be read only once, as the caller gave it. It is read through a stream of ours, so that it can be let
 * go when it is not wanted any more: neither a failed `fetch` nor the copies that are made for repeating do that.
 */
export class BodySource {
  /** The same body, to be sent. Reads no further than it is read. */
  readonly stream: ReadableStream<unknown>;
  readonly #cancel: (reason: unknown) => Promise<unknown>;
  #controller: ReadableStreamDefaultController<unknown> | undefined;

  private constructor(
    read: () => Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>,
    cancel: (reason: unknown) => Promise<unknown>,
  ) {
    this.#cancel = cancel;
    this.stream = new ReadableStream<unknown>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: async (controller) => {
          const { done, value } = await read();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        cancel: async (reason) => void (await cancel(reason)),
      },
      { highWaterMark: 0 },
    );
  }

  /** @returns nothing for a body that can be sent again as it is */
  static of(body: unknown): BodySource | undefined {
    if (!isOneTime(body)) return undefined;
    if (body instanceof ReadableStream) {
      const reader = body.getReader();
      return new BodySource(
        () => reader.read(),
        (reason) => reader.cancel(reason),
      );
    }
    const iterator = body[Symbol.asyncIterator]();
    return new BodySource(
      () => iterator.next(),
      async () => iterator.return?.(),
    );
  }

  /** Lets go of what has not been read. Who reads it still gets the reason: it must not look complete. Never throws. */
  cancel(reason: unknown): void {
    this.#controller?.error(reason);
    this.#cancel(reason).catch(() => undefined);
  }
}

function isOneTime(body: unknown): body is OneTimeBody {
  if (typeof body !== 'object' || body === null) return false;
  return body instanceof ReadableStream || Symbol.asyncIterator in body;
}
