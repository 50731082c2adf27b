import { signal } from '@preact/signals';
import { type Failure, failureOf, isOutage } from '../failure.ts';

/** Whether a page shows current data, or older data because of an outage. */
export type Freshness = 'live' | 'copy';

/**
 * Data of a page from the server: the last answer, and the state of the pending request. A newer request aborts an older
 * one.
 */
export class Resource<Value> {
  readonly #load: (signal: AbortSignal) => Promise<Value>;
  readonly #value = signal<Value | undefined>(undefined);
  readonly #failure = signal<Failure | undefined>(undefined);
  readonly #pending = signal<'load' | 'more' | undefined>(undefined);
  #running: AbortController | undefined;

  constructor(load: (signal: AbortSignal) => Promise<Value>) {
    this.#load = load;
  }

  /** The last answer, kept during a reload and when it fails. */
  get value(): Value | undefined {
    return this.#value.value;
  }

  /** Why the last request failed. */
  get failure(): Failure | undefined {
    return this.#failure.value;
  }

  get loading(): boolean {
    return this.#pending.value === 'load';
  }

  get loadingMore(): boolean {
    return this.#pending.value === 'more';
  }

  /** When the data was read, if it is a copy. */
  get copyAsOf(): string | undefined {
    const value: unknown = this.#value.value;
    if (typeof value !== 'object' || value === null) return undefined;
    return 'stale' in value && value.stale === true && 'as_of' in value ? String(value.as_of) : undefined;
  }

  /** Loads or reloads the data. */
  async load(): Promise<Freshness> {
    await this.#run('load', this.#load);
    const failed = this.failure !== undefined && isOutage(this.failure);
    return failed || this.copyAsOf !== undefined ? 'copy' : 'live';
  }

  /** Loads the next rows of a list: `load` returns the list with the new rows added. Does nothing while busy. */
  async loadMore(load: (shown: Value, signal: AbortSignal) => Promise<Value>): Promise<void> {
    const shown = this.#value.value;
    if (shown === undefined || this.#running !== undefined) return;
    await this.#run('more', (stop) => load(shown, stop));
  }

  /** Replaces the data, for example with the answer to a change. */
  set(value: Value): void {
    this.abort();
    this.#value.value = value;
    this.#failure.value = undefined;
  }

  /** Removes the data. */
  clear(): void {
    this.abort();
    this.#value.value = undefined;
    this.#failure.value = undefined;
  }

  /** Aborts the pending request. */
  abort(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#pending.value = undefined;
  }

  async #run(kind: 'load' | 'more', load: (signal: AbortSignal) => Promise<Value>): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#pending.value = kind;
    try {
      const value = await load(running.signal);
      if (running.signal.aborted) return;
      this.#value.value = value;
      this.#failure.value = undefined;
    } catch (error) {
      if (!running.signal.aborted) this.#failure.value = failureOf(error);
    } finally {
      if (this.#running === running) {
        this.#running = undefined;
        this.#pending.value = undefined;
      }
    }
  }
}
