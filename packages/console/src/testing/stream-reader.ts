import assert from 'node:assert/strict';

/** Reads the events of a stream. */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  text = '';

  constructor(response: Response) {
    assert.equal(response.status, 200);
    this.#reader = (response.body ?? assert.fail('no body')).getReader();
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
      const { done, value } = await this.#reader.read();
      if (done) assert.fail(`the stream ended before ${pattern}: ${this.text}`);
      this.text += this.#decoder.decode(value);
    }
  }

  get events(): string[] {
    return [...this.text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name ?? '');
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}
