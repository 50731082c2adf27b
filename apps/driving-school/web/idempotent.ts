import { newIdempotencyKey } from './api.ts';

/**
 * Keeps one `Idempotency-Key` for as long as the same thing is sent, so that pressing Save again after a lost answer
 * does not make it twice; something else gets a new key. Call it with what is about to be sent.
 */
export function keyPerIntent(): (content: unknown) => string {
  let last: { readonly content: string; readonly key: string } | undefined;
  return (content) => {
    const text = JSON.stringify(content);
    if (last?.content !== text) last = { content: text, key: newIdempotencyKey() };
    return last.key;
  };
}
