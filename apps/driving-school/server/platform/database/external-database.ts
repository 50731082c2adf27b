import { type Clock, systemClock } from 'dualbrake';
import { NoAnswerError } from './health-check.ts';
import { DatabaseRefusal } from './refusal.ts';
import { ServiceState, type StateChange } from './service-state.ts';

/** Settings of an `ExternalDatabase`. */
export interface ExternalDatabaseOptions {
  /** Asks the database something simple; rejects when there is no answer. */
  readonly check: () => Promise<void>;
  /** Called when the database answers again, before it counts as up: migrations. */
  readonly prepare: () => Promise<void>;
  readonly onChange: (change: StateChange) => void;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

const CHECK_INTERVAL_MS = 1_000;
/** Checks in a row that may get no answer in time. A refused connection is clear at once. */
const MISSES_MAX = 3;

/** Watches a PostgreSQL server that others run: it cannot be started from here, only waited for. */
export class ExternalDatabase {
  readonly #options: ExternalDatabaseOptions;
  readonly #clock: Clock;
  readonly #state: ServiceState;
  #cancelTimer: () => void = () => undefined;
  /** Changes with every start, stop and reconnection, so that an older round of checks ends itself. */
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
   * Tries to reach the server. Resolves when it is up, and also when it cannot be reached: then it goes on trying.
   *
   * @throws DatabaseRefusal when the server answers but does not fit this program
   */
  async start(): Promise<void> {
    if (this.#state.state !== 'stopped') throw new TypeError('The database has been started already.');
    this.#state.enter('starting', 'the application starts');
    const refusal = await this.#look((this.#round += 1), 0);
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

  /** Looks at once, because the connection of the health check is gone: an outage between two checks would go unseen. */
  lookNow(): void {
    if (this.#state.state === 'up') void this.#look((this.#round += 1), 0);
  }

  /** Looks again at once. */
  async restart(reason: string): Promise<void> {
    if (this.#state.state === 'stopped') throw new TypeError('The database is stopped: nothing to reconnect.');
    this.#state.enter('restarting', reason);
    await this.#look((this.#round += 1), 0);
  }

  /** @returns what makes this server unfit, when that is how the look ended */
  async #look(round: number, misses: number): Promise<DatabaseRefusal | undefined> {
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
        this.#state.enter('down', error instanceof Error ? whatIsWrong(error) : String(error));
      }
      if (error instanceof DatabaseRefusal) refusal = error;
    }
    if (round === this.#round) {
      this.#cancelTimer = this.#clock.after(CHECK_INTERVAL_MS, () => void this.#look(round, missed), {
        background: true,
      });
    }
    return refusal;
  }
}

/** Connecting to a name with several addresses fails with an empty message and the reasons inside. */
function whatIsWrong(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(String).join('; ');
  return error.message;
}
