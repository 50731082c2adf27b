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
 * Asks `SELECT 1` over a connection that is used for nothing else, so that a full pool does not look like a dead
 * database. The connection is kept, and made anew when it breaks.
 */
export class HealthCheck {
  readonly #settings: ClientConfig;
  readonly #clock: Clock;
  readonly #onLost: () => void;
  #client: Client | undefined;
  /** Those that have begun to connect. */
  readonly #begun = new WeakSet<Client>();
  #running: Promise<void> | undefined;

  /** @param onLost told when the connection breaks by itself, between two checks or during one */
  constructor(settings: ClientConfig, clock: Clock, onLost: () => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#onLost = onLost;
  }

  /**
   * Resolves when the database has answered. Checks that are asked for at the same time share one question.
   *
   * @throws NoAnswerError after `CHECK_LIMIT_MS`, or the connection's own error
   */
  check(): Promise<void> {
    this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Closes the connection. */
  close(): void {
    const client = this.#client;
    this.#client = undefined;
    // Destroyed, not ended: the polite way waits for an answer that may never come.
    client?.connection.stream.destroy();
  }

  async #ask(): Promise<void> {
    let cancelLimit: (() => void) | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      cancelLimit = this.#clock.after(CHECK_LIMIT_MS, () => {
        // One more round of the event loop: when this process was the slow one, the answer is already there.
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
    // The next query says what is wrong; an 'error' without a listener would end the process.
    client.on('error', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#onLost();
    });
    return client;
  }
}
