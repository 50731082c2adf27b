/** A body that can be read only once. */
type OneTimeBody = ReadableStream<unknown> | AsyncIterable<unknown>;

/**
 * A request body that can be read only once. Reading it through a stream of our own makes it possible to cancel it: neither a failed
 * `fetch` nor the copies made for retries do that.
 */
export class BodySource {
  /** The body to send. Reads the source only on demand. */
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

  /** @returns `undefined` for a body that can be sent again as it is */
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

  /** Cancels the source. Pending reads fail with the reason, so that the body never looks complete. Never throws. */
  cancel(reason: unknown): void {
    this.#controller?.error(reason);
    this.#cancel(reason).catch(() => undefined);
  }
}

function isOneTime(body: unknown): body is OneTimeBody {
  if (typeof body !== 'object' || body === null) return false;
  return body instanceof ReadableStream || Symbol.asyncIterator in body;
}
