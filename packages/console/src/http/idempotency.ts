import { createHash } from 'node:crypto';
import type { ConsoleUser } from '../options.ts';
import type { ControlPlane } from '../control/create-control-plane.ts';
import type { KeptAnswer } from '../store/answers.ts';
import { Problem } from '../problem.ts';

/** A response that can be stored. */
export type Answer = Omit<KeptAnswer, 'fingerprint'>;

/**
 * Carries out each change once for its Idempotency-Key, and gives repeated requests the same answer: simultaneous ones as
 * well, and those after a crash.
 */
export class Idempotency {
  readonly #plane: ControlPlane;
  readonly #running = new Map<string, { readonly fingerprint: string; readonly answer: Promise<Answer> }>();

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /**
   * @param text body of the request
   * @param act receives a function that stores the answer, within a transaction of the store's file
   * @throws Problem 400 without a key, 422 when the key was used for another request
   * @throws Problem too-many-orders
   */
  async once(
    request: Request,
    user: ConsoleUser,
    text: string,
    act: (keep?: (answer: Answer) => void) => Promise<Answer>,
  ): Promise<Response> {
    const { actionRate, store, time } = this.#plane;
    const key = request.headers.get('idempotency-key')?.trim() ?? '';
    // For programs, because repeating a PUT or DELETE is harmless.
    const isOptional = user.authentication === 'bearer' && (request.method === 'PUT' || request.method === 'DELETE');
    if (key === '' && isOptional) {
      actionRate.take(user.id, time.now());
      return responseOf(await act());
    }
    if (key === '' || key.length > 200) {
      const detail = 'Send an Idempotency-Key header of 1 to 200 characters with each change.';
      throw new Problem('idempotency-key-missing', 'No Idempotency-Key', detail);
    }
    const id = digest([user.id, request.method, new URL(request.url).pathname, key]);
    const fingerprint = digest([text, request.headers.get('if-match') ?? '']);
    const running = this.#running.get(id);
    const kept = running === undefined ? store.answers.find(id) : undefined;
    const before = running ?? kept;
    if (before !== undefined && before.fingerprint !== fingerprint) {
      const detail = 'This Idempotency-Key was used for another request. Use a new key for each change.';
      throw new Problem('idempotency-key-reused', 'Idempotency-Key used before', detail);
    }
    if (running !== undefined) return responseOf(await running.answer);
    if (kept !== undefined) return responseOf(kept);
    actionRate.take(user.id, time.now());
    const answer = act((made) => store.answers.keep(id, { fingerprint, ...made }));
    this.#running.set(id, { fingerprint, answer });
    try {
      return responseOf(await answer);
    } finally {
      // A change that was made is in the store; one that failed can be tried again with the same key.
      this.#running.delete(id);
    }
  }
}

export function answerOf(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers });
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
