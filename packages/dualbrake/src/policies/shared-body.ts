/**
 * The body of a `Response` that several callers read: it is read once, as far as the fastest of them has come, and kept.
 *
 * `clone()` would put one stream on top of another with each copy, and a copy that nobody reads keeps those below it:
 * after some thousands the stack is full.
 */
export class SharedBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  #ended: { readonly error?: unknown } | undefined;
  #isBroken = false;
  /** Several copies wait for one reading. */
  #reading: Promise<void> | undefined;

  /** @throws TypeError when somebody reads it already */
  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
    this.#reader.closed.catch(() => (this.#isBroken = true));
  }

  /** Whether it broke off: there is nothing in it to be given. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** All of it, for one reader. */
  copy(): ReadableStream<Uint8Array> {
    let place = 0;
    // Read only when it is asked for: nothing is fetched for a copy that nobody reads.
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (place === this.#chunks.length && this.#ended === undefined) await this.#more();
          const chunk = this.#chunks[place];
          place += 1;
          // A copy, because whoever reads may write into it, or hand it over to another thread.
          if (chunk !== undefined) controller.enqueue(chunk.slice());
          else if (this.#isBroken) throw this.#ended?.error;
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Never rejects. */
  #more(): Promise<void> {
    return (this.#reading ??= this.#read());
  }

  async #read(): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      if (done) this.#ended = {};
      else this.#chunks.push(value);
    } catch (error) {
      this.#isBroken = true;
      this.#ended = { error };
    } finally {
      this.#reading = undefined;
    }
  }
}
