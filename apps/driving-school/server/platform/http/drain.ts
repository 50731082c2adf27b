import type { HttpServer } from './http.ts';

/** Takes this process out of service without ending it: balancers are told to send nobody, what is under way goes on. */
export class Drain {
  #draining = false;
  #underWay = 0;
  #changedAt: number;
  readonly #now: () => number;
  readonly #idle = new Set<() => void>();
  readonly #listeners = new Set<() => void>();

  /** @param now milliseconds of any clock that only goes forward */
  constructor(now: () => number) {
    this.#now = now;
    this.#changedAt = now();
  }

  /** Counts requests from now on. Streams of events do not count: they end when their client wants. */
  watch(app: HttpServer): void {
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers.accept?.includes('text/event-stream') === true) return;
      this.#underWay += 1;
      // Also when the client leaves before its answer.
      reply.raw.once('close', () => this.#done());
    });
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Requests that wait for their answer. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Milliseconds since it was last switched. */
  get sinceMs(): number {
    return this.#now() - this.#changedAt;
  }

  /** @returns resolves when no request is under way; rejects with the signal's reason, but stays out of service */
  async drain(signal: AbortSignal): Promise<void> {
    this.#switch(true);
    while (this.#underWay > 0) {
      const idle = Promise.withResolvers<void>();
      const abort = (): void => idle.reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#idle.add(idle.resolve);
      try {
        await idle.promise;
      } finally {
        this.#idle.delete(idle.resolve);
        signal.removeEventListener('abort', abort);
      }
    }
  }

  /** Back into service. */
  admit(): void {
    this.#switch(false);
  }

  /** Hears of each switch. @returns ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #switch(draining: boolean): void {
    if (this.#draining === draining) return;
    this.#draining = draining;
    this.#changedAt = this.#now();
    for (const listener of this.#listeners) listener();
  }

  #done(): void {
    this.#underWay -= 1;
    for (const resolve of this.#idle) resolve();
  }
}
