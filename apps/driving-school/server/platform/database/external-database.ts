import { type Clock, systemClock } from 'dualbrake';
import { NoAnswerError } from './health-check.ts';
import { DatabaseRefusal } from './refusal.ts';
import { ServiceState, type StateChange } from './service-state.ts';

/** Settings of an `ExternalDatabase`. */
export interface ExternalDatabaseOptions {
  /** Runs a simple query; rejects when there is no answer. */
  readonly check: () => Promise<void>;
  /** Called when the database answers again, before it counts as up: migrations. */
  readonly prepare: () => Promise<void>;
  readonly onChange: (change: StateChange) => void;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

const CHECK_INTERVAL_MS = 1_000;
/** Consecutive unanswered checks after which it is down. A refused connection counts at once. */
const MISSES_MAX = 3;

/** Monitors a PostgreSQL server that is run by others: it can't be started from here, only waited for. */
export class ExternalDatabase {
  readonly #options: ExternalDatabaseOptions;
  readonly #clock: Clock;
  readonly #state: ServiceState;
  #cancelTimer: () => void = () => undefined;
  /** Changes with every start, stop and reconnection, which ends an older series of checks. */
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
   * Tries to reach the server. Resolves when it is up, and also when it cannot be reached: then it keeps trying.
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

  /** Stops watching. */
  stop(): void {
    this.#round += 1;
    this.#cancelTimer();
    if (this.#state.state !== 'stopped') this.#state.enter('stopped', 'the application stops');
  }

  /** Checks at once, because the health check lost its connection: an outage between two checks would go unnoticed. */
  checkNow(): void {
    if (this.#state.state === 'up') void this.#check((this.#round += 1), 0);
  }

  /** Checks again at once. */
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

/** Connecting to a name with several addresses fails with an empty message and the reasons inside. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(String).join('; ');
  return error.message;
}
