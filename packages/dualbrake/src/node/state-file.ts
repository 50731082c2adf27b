import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemClock, type Clock } from '../clock.ts';
import type { CircuitBreaker } from '../policies/circuit-breaker.ts';
import { isCircuitBreakerState, type CircuitBreakerState } from '../policies/circuit-breaker-state.ts';
import { checkOptions } from '../settings.ts';

/** Whose state is kept, and where. */
export interface StateFileOptions {
  /** Written anew each time, beside and then renamed: never half a file. Its folder is made. */
  readonly path: string;
  /** The breakers, or a function that finds them; their names must differ. */
  readonly breakers: readonly CircuitBreaker[] | (() => readonly CircuitBreaker[]);
  /** Milliseconds between two savings after `start`. Default 5,000. */
  readonly intervalMs?: number;
  /** For the interval. Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** Wall clock in milliseconds since the epoch, the only one that two processes share. Default `Date.now`. */
  readonly now?: () => number;
  /** Hears why a saving in the background failed. Without it, nobody does, and the next one tries again. */
  readonly onError?: (error: unknown) => void;
}

/** What came of loading. */
export interface Loaded {
  /** Names of the breakers that go on where they stopped. */
  readonly restored: readonly string[];
  /** Why nothing was restored, in words, when a file was there and cannot be used. */
  readonly problem?: string;
}

interface Contents {
  readonly version: 1;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
  readonly breakers: readonly CircuitBreakerState[];
}

const spec = { intervalMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 5_000 } } as const;

/**
 * Keeps the state of breakers in a file, so that a program that is started again does not begin by calling what it
 * knew to be down, and an operator's order outlives it.
 */
export class StateFile {
  readonly #options: StateFileOptions;
  readonly #clock: Clock;
  #cancelNext: (() => void) | undefined;
  /** Savings come one after the other. */
  #saving: Promise<void> = Promise.resolve();

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: StateFileOptions) {
    const kinds = {
      path: 'string',
      breakers: 'anything',
      clock: 'clock',
      now: 'function',
      onError: 'function',
    } as const;
    const missing = typeof options?.path === 'string' ? [] : ['path must be that of the file'];
    checkOptions('state file', options, spec, kinds, missing);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Restores what was saved. A file that is not there, or cannot be used, restores nothing: breakers begin closed, as
   * they do without a file.
   *
   * @throws what reading the file throws, except that it is not there
   */
  async load(): Promise<Loaded> {
    const text = await readFile(this.#options.path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return { restored: [] };
    const contents = parse(text);
    if (contents === undefined) return { restored: [], problem: `${this.#options.path} is not a state file.` };
    // A wall clock that was set back in between has told nothing.
    const elapsedMs = Math.max(0, this.#now() - contents.savedAt);
    const restored: string[] = [];
    for (const breaker of this.#breakers()) {
      const saved = contents.breakers.find(({ name }) => name === breaker.name);
      if (saved === undefined) continue;
      breaker.restore(saved, elapsedMs);
      restored.push(breaker.name);
    }
    return { restored };
  }

  /**
   * Saves now.
   *
   * @throws what writing throws; the file is then as it was
   */
  save(): Promise<void> {
    const saved = this.#saving.then(() => this.#write());
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  /** Saves on an interval that does not keep the process alive. Starting twice changes nothing. */
  start(): void {
    if (this.#cancelNext === undefined) this.#arm();
  }

  /** Ends the interval, and saves once more. @throws what writing throws */
  async stop(): Promise<void> {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    await this.save();
  }

  #arm(): void {
    const { intervalMs = spec.intervalMs.default, onError } = this.#options;
    const next = (): void => {
      this.#arm();
      this.save().catch((error: unknown) => onError?.(error));
    };
    this.#cancelNext = this.#clock.after(intervalMs, next, { background: true });
  }

  async #write(): Promise<void> {
    const { path } = this.#options;
    const breakers = this.#breakers().map((breaker) => breaker.save());
    const contents: Contents = { version: 1, savedAt: this.#now(), breakers };
    await mkdir(dirname(path), { recursive: true });
    const beside = `${path}.${randomUUID()}`;
    try {
      await writeFile(beside, JSON.stringify(contents), { mode: 0o600, flush: true });
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  #breakers(): readonly CircuitBreaker[] {
    const { breakers } = this.#options;
    return typeof breakers === 'function' ? breakers() : breakers;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** Keeps the state of breakers in a file. */
export function stateFile(options: StateFileOptions): StateFile {
  return new StateFile(options);
}

function parse(text: string): Contents | undefined {
  let value: Partial<Contents> | null;
  try {
    value = JSON.parse(text) as Partial<Contents> | null;
  } catch {
    return undefined;
  }
  const fits =
    value?.version === 1 &&
    Number.isFinite(value.savedAt) &&
    Array.isArray(value.breakers) &&
    value.breakers.every((breaker) => isCircuitBreakerState(breaker));
  return fits ? (value as Contents) : undefined;
}
