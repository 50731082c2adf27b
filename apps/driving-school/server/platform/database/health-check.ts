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

/** How long an answer may take, in milliseconds. */
export const CHECK_LIMIT_MS = 1_000;

/**
 * Runs `SELECT 1` over a connection of its own, so that an exhausted pool does not look like a dead database. The
 * connection is kept open, and replaced when it breaks.
 */
export class HealthCheck {
  readonly #settings: ClientConfig;
  readonly #clock: Clock;
  readonly #onLost: () => void;
  #client: Client | undefined;
  /** Clients that have begun to connect. */
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
        // One more turn of the event loop: when this process was the slow one, the answer has already arrived.
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
    // The next query rejects with the same error; an 'error' without a listener would end the process.
    client.on('error', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#onLost();
    });
    return client;
  }
}
