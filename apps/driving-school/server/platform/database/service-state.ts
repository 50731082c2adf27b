import type { Clock } from 'dualbrake';

/** The database's state. */
export type DatabaseState = 'starting' | 'up' | 'down' | 'restarting' | 'stopped';

/** A change from one state to another, for the log and the status page. */
export interface StateChange {
  readonly from: DatabaseState;
  readonly to: DatabaseState;
  /** A sentence without a period. */
  readonly reason: string;
  /** How long `from` lasted, in milliseconds. */
  readonly lastedMs: number;
}

/** The current state, with its start and its reason. */
export class ServiceState {
  readonly #clock: Clock;
  readonly #onChange: (change: StateChange) => void;
  #state: DatabaseState = 'stopped';
  #reason = 'not started yet';
  #since: number;

  constructor(clock: Clock, onChange: (change: StateChange) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#since = clock.now();
  }

  get state(): DatabaseState {
    return this.#state;
  }

  get reason(): string {
    return this.#reason;
  }

  /** How long the current state has lasted, in milliseconds. */
  sinceMs(now: number): number {
    return now - this.#since;
  }

  enter(to: DatabaseState, reason: string): void {
    const now = this.#clock.now();
    const change = { from: this.#state, to, reason, lastedMs: now - this.#since };
    if (change.from !== to) this.#since = now;
    this.#state = to;
    this.#reason = reason;
    if (change.from !== to) this.#onChange(change);
  }
}
