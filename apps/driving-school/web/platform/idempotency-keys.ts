import { newIdempotencyKey } from '../api.ts';

/**
 * One idempotency key for as long as the same content is sent: retrying after a lost answer does not make the change
 * twice. Other content gets a new key.
 */
export class IdempotencyKeys {
  #last: { readonly content: string; readonly key: string } | undefined;

  /** The key for what is about to be sent. */
  for(content: unknown): string {
    const text = JSON.stringify(content) ?? '';
    if (this.#last?.content !== text) this.#last = { content: text, key: newIdempotencyKey() };
    return this.#last.key;
  }

  /** The next request gets a new key. */
  clear(): void {
    this.#last = undefined;
  }
}
