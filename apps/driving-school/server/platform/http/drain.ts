import type { HttpServer } from './http.ts';

/**
 * Takes this process out of service without stopping it: `/readyz` answers 503, requests in progress continue, and answers
 * close their connections, so that the next request of a proxy goes elsewhere.
 */
export class Drain {
  #draining = false;
  #leaving = false;
  #requests = 0;
  #changedAt: number;
  readonly #now: () => number;
  readonly #idle = new Set<() => void>();
  readonly #listeners = new Set<() => void>();

  /** @param now reads a monotonic clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#changedAt = now();
  }

  /** Counts requests from now on, except streams of events, which only their clients end. */
  watch(app: HttpServer): void {
    app.addHook('onSend', async (_request, reply) => {
      if (this.#draining) reply.header('connection', 'close');
    });
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers.accept?.includes('text/event-stream') === true) return;
      this.#requests += 1;
      // Emitted also when the client disconnects early.
      reply.raw.once('close', () => this.#done());
    });
  }

  /** Whether the process is about to stop. */
  get isLeaving(): boolean {
    return this.#leaving;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** The number of requests in progress. */
  get requests(): number {
    return this.#requests;
  }

  /** Milliseconds since the state last changed. */
  get sinceMs(): number {
    return this.#now() - this.#changedAt;
  }

  /** Takes the process out of service for good, before it stops. */
  leave(): void {
    this.#leaving = true;
    this.#switch(true);
  }

  /** Waits until no request is in progress. When the signal aborts, it rejects with its reason and stays out of service. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#switch(true);
    while (this.#requests > 0) {
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

  /** Returns the process to service, unless it is about to stop. */
  admit(): void {
    this.#switch(this.#leaving);
  }

  /** Calls the listener on each change of the state. @returns unsubscribes */
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
    this.#requests -= 1;
    for (const resolve of this.#idle) resolve();
  }
}
