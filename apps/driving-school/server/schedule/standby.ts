import { classify, type Clock, type Pipeline, type Steerable } from 'dualbrake';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { prepareCopy, readComingDays, schoolIds } from './standby-copying.ts';
import type { StandbyStore } from './standby-store.ts';

/** The parts of the standby. */
export interface StandbyParts {
  readonly database: DatabaseHandle;
  readonly pipeline: Pipeline;
  readonly store: StandbyStore;
  readonly wallClock: WallClock;
  readonly clock: Clock;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
  readonly log: {
    info(facts: object, sentence: string): void;
    warn(facts: object, sentence: string): void;
  };
}

/** The copies of all schools. */
export interface StandbyState {
  /** When the oldest copy was read; undefined while there is none. */
  readonly asOf: Temporal.Instant | undefined;
  readonly ageSeconds: number | undefined;
  readonly schools: number;
  readonly lessons: number;
}

/** Time between two refreshes: random, so that several instances with one database don't meet. */
const everyMs = { min: 60_000, max: 120_000 };
/** The same after a failure. */
const retryMs = { min: 15_000, max: 30_000 };
/** The same after a refresh that a breaker refused, which costs nothing. */
const refusedMs = { min: 2_000, max: 4_000 };
/** Time from a change to the refresh that copies it, unless there are more changes. */
const settleMs = 1_500;
/** Before the next refresh because of a change, the standby rests this many times as long as the last one took. */
const restFactor = 20;
/** The age after which operators are warned. */
const lateMs = 5 * 60_000;

/**
 * Keeps the coming days of all schools on this machine, complete, so that calendar and day sheets can be shown while the
 * database is down, also for days that nobody has opened.
 */
export class Standby {
  readonly #parts: StandbyParts;
  readonly #stopping = new AbortController();
  readonly #createdAt: number;
  #isStarted = false;
  #cancelTimer: (() => void) | undefined;
  /** When the regular refresh is due, by the clock. */
  #regularAt = Number.POSITIVE_INFINITY;
  /** When changes are due to be copied. */
  #changeAt = Number.POSITIVE_INFINITY;
  #running: Promise<StandbyState> | undefined;
  /** Whether something has happened during the running refresh that it may have missed. */
  #missed: 'nothing' | 'change' | 'ready' = 'nothing';
  #tookMs = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  /**
   * The last failure, and when the first since the last success was. A refresh that the open breaker refused is not late
   * yet: the breaker itself is reported, and the next one follows within seconds.
   */
  #failure: { readonly message: string; readonly sinceMs: number | undefined } | undefined;

  constructor(parts: StandbyParts) {
    this.#parts = parts;
    this.#createdAt = parts.clock.now();
  }

  /** Begins to refresh regularly. */
  start(): void {
    this.#isStarted = true;
    this.#regularAt = this.#soon(everyMs);
    this.#arm();
  }

  /** Refreshes at once: the database has just become ready. */
  databaseReady(): void {
    if (this.#running !== undefined) this.#missed = 'ready';
    this.#regularAt = this.#parts.clock.now();
    this.#arm();
  }

  /** Refreshes soon: something in the schedule may have changed. */
  changed(): void {
    if (this.#running !== undefined && this.#missed === 'nothing') this.#missed = 'change';
    this.#changeAt = this.#afterRest();
    this.#arm();
  }

  /**
   * Copies the coming days of all schools now. During a refresh, waits for one that begins after it.
   *
   * @throws the error of the database or the disk; earlier copies stay
   */
  async refresh(): Promise<StandbyState> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    this.#running = this.#refresh();
    try {
      return await this.#running;
    } finally {
      this.#running = undefined;
      this.#arm();
    }
  }

  /** Ends the timers and waits for a running refresh, which ends early. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    this.#cancelTimer?.();
    this.#stopping.abort(new DOMException('The program stops.', 'AbortError'));
    await this.#running?.catch(() => undefined);
  }

  /** The copies as they are. */
  state(): StandbyState {
    const facts = this.#parts.store.facts();
    const instants = facts.map(({ asOf }) => asOf).toSorted((one, other) => Temporal.Instant.compare(one, other));
    const asOf = instants[0];
    return {
      asOf,
      ageSeconds: asOf && Math.max(0, asOf.until(this.#parts.wallClock.now()).total('seconds')),
      schools: facts.length,
      lessons: facts.reduce((sum, { lessonCount }) => sum + lessonCount, 0),
    };
  }

  /** For the registry: age and contents of the copies, and the last error. */
  get service(): Steerable {
    return {
      name: 'standby copies',
      kind: 'service',
      report: (now) => {
        const { asOf, ageSeconds, schools, lessons } = this.state();
        const lateForMs = ageSeconds === undefined ? 0 : ageSeconds * 1_000 - lateMs;
        const lateSinceMs = lateForMs > 0 ? now - lateForMs : this.#failure?.sinceMs;
        const state = ageSeconds === undefined ? 'starting' : lateSinceMs === undefined ? 'up' : 'late';
        return {
          state,
          sinceMs: state === 'late' ? lateSinceMs : this.#createdAt,
          reason: this.#reason(ageSeconds),
          Lessons: lessons,
          Schools: schools,
          ageMs: ageSeconds === undefined ? undefined : Math.round(ageSeconds * 1_000),
          'Last success': asOf?.toString({ smallestUnit: 'second' }) ?? 'none',
          'Last error': this.#failure?.message ?? 'none',
        };
      },
    };
  }

  #reason(ageSeconds: number | undefined): string {
    const error = this.#failure === undefined ? '' : `; the last refresh failed: ${this.#failure.message}`;
    if (ageSeconds === undefined) return `nothing has been copied yet${error}`;
    const minutes = Math.floor(ageSeconds / 60);
    return `the copies are ${minutes === 0 ? 'less than a minute' : `${minutes} min`} old${error}`;
  }

  async #refresh(): Promise<StandbyState> {
    const { clock } = this.#parts;
    this.#forgetChanges();
    const startedAt = clock.now();
    let next = everyMs;
    try {
      const count = await this.#copyAll();
      this.#succeeded(count);
      return this.state();
    } catch (error) {
      next = isRefused(error) ? refusedMs : retryMs;
      this.#failed(error);
      throw error;
    } finally {
      this.#endedAt = clock.now();
      this.#tookMs = this.#endedAt - startedAt;
      this.#regularAt = this.#missed === 'ready' ? this.#endedAt : this.#soon(next);
      if (this.#missed === 'change') this.#changeAt = this.#afterRest();
    }
  }

  /** A refresh that begins now contains everything that has happened before. */
  #forgetChanges(): void {
    this.#missed = 'nothing';
    this.#changeAt = Number.POSITIVE_INFINITY;
  }

  /** @returns the number of lessons */
  async #copyAll(): Promise<number> {
    const { database, pipeline, store, wallClock } = this.#parts;
    const { signal } = this.#stopping;
    const schools = await pipeline.execute(() => schoolIds(database), { signal });
    let count = 0;
    for (const schoolId of schools) {
      const coming = await pipeline.execute(() => readComingDays(database, schoolId, wallClock), { signal });
      const copy = await prepareCopy(coming, signal);
      signal.throwIfAborted();
      store.replace(copy);
      count += copy.lessonCount;
    }
    store.keepOnly(schools);
    return count;
  }

  #succeeded(lessons: number): void {
    if (this.#failure !== undefined) {
      this.#parts.log.info({ event: 'standby.refreshed', lessons }, 'The standby copies are up to date again');
    }
    this.#failure = undefined;
  }

  /** Logs only the first of several failures. */
  #failed(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    if (this.#failure === undefined) {
      this.#parts.log.warn(
        { event: 'standby.failed', err: error },
        'The standby copies could not be refreshed. Retrying; the earlier ones are kept',
      );
    }
    const sinceMs = this.#failure?.sinceMs ?? (isRefused(error) ? undefined : this.#parts.clock.now());
    this.#failure = { message, sinceMs };
  }

  #afterRest(): number {
    return Math.max(this.#parts.clock.now() + settleMs, this.#endedAt + restFactor * this.#tookMs);
  }

  #soon({ min, max }: { readonly min: number; readonly max: number }): number {
    const { clock, random } = this.#parts;
    return clock.now() + min + random() * (max - min);
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (!this.#isStarted || this.#running !== undefined) return;
    const { clock } = this.#parts;
    const delayMs = Math.max(0, Math.min(this.#regularAt, this.#changeAt) - clock.now());
    // Failures have been logged and are in the report.
    const refresh = (): void => void this.refresh().catch(() => undefined);
    this.#cancelTimer = clock.after(delayMs, refresh, { background: true });
  }
}

function isRefused(error: unknown): boolean {
  return classify(error, { dependency: 'database' }).class === 'refused';
}
