import { type Clock, systemClock } from 'dualbrake';
import { NoAnswerError } from './health-check.ts';
import { DatabaseRefusal } from './refusal.ts';
import { ServiceState, type StateChange } from './service-state.ts';

/** Settings of an `ExternalDatabase`. */
export interface ExternalDatabaseOptions {
  /** Runs a simple query. Rejects without an answer. */
  readonly check: () => Promise<void>;
  /** Prepares the database, for example with migrations, when it answers again and before it is up. */
  readonly prepare: () => Promise<void>;
  readonly onChange: (change: StateChange) => void;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

const CHECK_INTERVAL_MS = 1_000;
/** Consecutive unanswered checks after which the database is down. After a refused connection it is down immediately. */
const MISSES_MAX = 3;

/** Monitors a PostgreSQL server that this program does not start or stop. */
export class ExternalDatabase {
  readonly #options: ExternalDatabaseOptions;
  readonly #clock: Clock;
  readonly #state: ServiceState;
  #cancelTimer: () => void = () => undefined;
  /** Changes with every start, stop and reconnection, which ends the previous series of checks. */
  #round = 0;

  constructor(options: ExternalDatabaseOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#state = new ServiceState(this.#clock, options.onChange);
  }

  get state(): ServiceState {
    return this.#state;
  }

  /**
   * Tries once to reach the server, and keeps trying in the background when it cannot be reached.
   *
   * @throws DatabaseRefusal when the server answers but must not be used by this program
   */
  async start(): Promise<void> {
    if (this.#state.state !== 'stopped') throw new TypeError('The database has been started already.');
    this.#state.enter('starting', 'the application starts');
    const refusal = await this.#check((this.#round += 1), 0);
    if (refusal === undefined) return;
    this.stop();
    throw refusal;
  }

  /** Stops monitoring. */
  stop(): void {
    this.#round += 1;
    this.#cancelTimer();
    if (this.#state.state !== 'stopped') this.#state.enter('stopped', 'the application stops');
  }

  /** Checks immediately after the health check has lost its connection, so that short outages are noticed. */
  checkNow(): void {
    if (this.#state.state === 'up') void this.#check((this.#round += 1), 0);
  }

  /** Checks again immediately. */
  async restart(reason: string): Promise<void> {
    if (this.#state.state === 'stopped') throw new TypeError('The database is stopped: nothing to reconnect.');
    this.#state.enter('restarting', reason);
    await this.#check((this.#round += 1), 0);
  }

  /** @returns the refusal, when the server must not be used */
  async #check(round: number, misses: number): Promise<DatabaseRefusal | undefined> {
    this.#cancelTimer();
    let missed = 0;
    let refusal: DatabaseRefusal | undefined;
    try {
      await this.#options.check();
      if (round === this.#round && this.#state.state !== 'up') {
        await this.#options.prepare();
        if (round === this.#round) this.#state.enter('up', 'the database answers');
      }
    } catch (error) {
      if (round !== this.#round) return undefined;
      missed = misses + 1;
      const isUp = this.#state.state === 'up';
      if (!isUp || !(error instanceof NoAnswerError) || missed >= MISSES_MAX) {
        this.#state.enter('down', error instanceof Error ? messageOf(error) : String(error));
      }
      if (error instanceof DatabaseRefusal) refusal = error;
    }
    if (round === this.#round) {
      this.#cancelTimer = this.#clock.after(CHECK_INTERVAL_MS, () => void this.#check(round, missed), {
        background: true,
      });
    }
    return refusal;
  }
}

/** A failed connection to a name with several addresses has an empty message; the reasons are in `errors`. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(String).join('; ');
  return error.message;
}
