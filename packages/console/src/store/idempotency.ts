import { Problem } from '../problem.ts';

/** How many keys are remembered; the oldest goes first. */
const KEPT = 1_000;

interface Remembered {
  readonly body: string;
  readonly answer: Promise<Response>;
}

/** The same key and body get the same answer and one effect, also when they come at the same time. */
export class IdempotencyKeys {
  readonly #answers = new Map<string, Remembered>();

  /**
   * @param userId a key means something only for one person and one path
   * @throws Problem 400 without a key, 422 when the key came with another body before
   */
  async once(request: Request, userId: string, body: string, act: () => Promise<Response>): Promise<Response> {
    const key = request.headers.get('idempotency-key')?.trim() ?? '';
    if (key === '' || key.length > 200) {
      throw new Problem(
        400,
        'idempotency-key-missing',
        'No Idempotency-Key',
        'Send an Idempotency-Key header of 1 to 200 characters with each order.',
      );
    }
    const id = JSON.stringify([userId, new URL(request.url).pathname, key]);
    const known = this.#answers.get(id);
    if (known !== undefined) {
      if (known.body === body) return (await known.answer).clone();
      throw new Problem(
        422,
        'idempotency-key-reused',
        'Idempotency-Key used before',
        'This Idempotency-Key came with another order before; use a new one for each order.',
      );
    }
    const answer = act();
    this.#answers.set(id, { body, answer });
    if (this.#answers.size > KEPT) this.#answers.delete(this.#answers.keys().next().value ?? '');
    try {
      return (await answer).clone();
    } catch (error) {
      // Nothing was done: the same key may try again.
      this.#answers.delete(id);
      throw error;
    }
  }
}
