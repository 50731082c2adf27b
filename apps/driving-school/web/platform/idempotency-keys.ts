import { newIdempotencyKey } from '../api.ts';

/**
 * Creates idempotency keys: the same key while the same content is sent, so that a retry does not repeat the change, and
 * a new one for other content.
 */
export class IdempotencyKeys {
  #last: { readonly content: string; readonly key: string } | undefined;

  /** Returns the key for the content of a request. */
  for(content: unknown): string {
    const text = JSON.stringify(content) ?? '';
    if (this.#last?.content !== text) this.#last = { content: text, key: newIdempotencyKey() };
    return this.#last.key;
  }

  /** Makes the next request use a new key. */
  clear(): void {
    this.#last = undefined;
  }
}
