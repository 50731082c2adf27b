import { Client, type ClientConfig } from 'pg';
import type { Clock } from 'dualbrake';
import { HEALTH_CHECK_NAME } from './wire-server.ts';

/** The database did not answer the health check in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = 'ETIMEDOUT';
  constructor(limitMs: number) {
    super(`The database did not answer within ${limitMs} ms.`);
  }
}

/** Time limit for an answer, in milliseconds. */
export const CHECK_LIMIT_MS = 1_000;

/**
 * Runs `SELECT 1` over a separate connection, so that an exhausted pool does not look like a failed database. Keeps the
 * connection open and replaces it when it breaks.
 */
export class HealthCheck {
  readonly #settings: ClientConfig;
  readonly #clock: Clock;
  readonly #onLost: () => void;
  #client: Client | undefined;
  /** Clients that have started to connect. */
  readonly #begun = new WeakSet<Client>();
  #running: Promise<void> | undefined;

  /** @param onLost called when the connection breaks, between two checks or during one */
  constructor(settings: ClientConfig, clock: Clock, onLost: () => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#onLost = onLost;
  }

  /**
   * Resolves when the database has answered. Concurrent checks share one query.
   *
   * @throws NoAnswerError after `CHECK_LIMIT_MS`, or the connection's own error
   */
  check(): Promise<void> {
    this.#running ??= this.#checkOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Closes the connection. */
  close(): void {
    const client = this.#client;
    this.#client = undefined;
    // Destroyed, not ended: ending waits for an answer that may never come.
    client?.connection.stream.destroy();
  }

  async #checkOnce(): Promise<void> {
    let cancelLimit: (() => void) | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      cancelLimit = this.#clock.after(CHECK_LIMIT_MS, () => {
        // Wait one more turn of the event loop: if this process was slow, the answer has already arrived.
        setImmediate(() => setImmediate(() => reject(new NoAnswerError(CHECK_LIMIT_MS))));
      });
    });
    try {
      await Promise.race([this.#select(), limit]);
    } catch (error) {
      this.close();
      throw error;
    } finally {
      cancelLimit?.();
    }
  }

  async #select(): Promise<void> {
    const client = (this.#client ??= this.#newClient());
    if (!this.#begun.has(client)) {
      this.#begun.add(client);
      await client.connect();
    }
    await client.query('SELECT 1');
  }

  #newClient(): Client {
    const client = new Client({ ...this.#settings, application_name: HEALTH_CHECK_NAME });
    // The next query rejects with the same error. Without a listener, 'error' would end the process.
    client.on('error', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#onLost();
    });
    return client;
  }
}
