import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemClock, type Clock } from '../clock.ts';
import { breakerListIssues, breakersOf, type BreakerList } from '../policies/breaker-list.ts';
import type { CircuitBreaker } from '../policies/circuit-breaker.ts';
import { isCircuitBreakerState, type CircuitBreakerState } from '../policies/circuit-breaker-state.ts';
import { Repeat } from '../repeat.ts';
import { checkOptions } from '../settings.ts';
import { timeOf } from '../user-function.ts';

/**
 * Which breakers to save, and where.
 *
 * @example
 * ```ts
 * const options: StateFileOptions = { path: 'data/breakers.json', breakers: [circuitBreaker({ name: 'students-db' })] };
 * stateFile(options).start();
 * ```
 */
export interface StateFileOptions {
  /** Written to a temporary file and renamed, so it is never incomplete. Missing folders are created. */
  readonly path: string;
  /** The breakers, or a function that returns them. Their names must be unique. */
  readonly breakers: BreakerList;
  /** Time between saves after `start`, in milliseconds. Default 5,000. */
  readonly intervalMs?: number;
  /** Times the interval. Default: the system's monotonic clock. */
  readonly clock?: Clock;
  /** Milliseconds since the epoch: the only clock that two processes share. Default `Date.now`. */
  readonly now?: () => number;
  /** Receives the error of a failed background save, and may be async; the next save tries again. Default: the error is ignored. */
  readonly onError?: (error: unknown) => unknown;
}

/**
 * The result of loading a state file.
 *
 * @example
 * ```ts
 * const file = stateFile({ path: 'data/breakers.json', breakers: [circuitBreaker({ name: 'students-db' })] });
 * const { restored, problem }: Loaded = await file.load();
 * log.info(problem ?? `restored ${restored.join(', ')}`);
 * ```
 */
export interface Loaded {
  /** Names of the breakers that were restored. */
  readonly restored: readonly string[];
  /** Why nothing was restored although a file exists. */
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
 * Keeps the state of breakers in a file. After a restart, the program does not call a dependency it knew to be down, and an
 * operator's override stays in force.
 *
 * @example
 * ```ts
 * const breaker = circuitBreaker({ name: 'students-db' });
 * const file = new StateFile({ path: 'data/breakers.json', breakers: [breaker] });
 * await file.load();
 * file.start();
 * // at shutdown
 * await file.stop();
 * ```
 */
export class StateFile {
  readonly #options: StateFileOptions;
  readonly #repeat: Repeat;
  /** Saves run one after the other. */
  #saving: Promise<void> = Promise.resolve();

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: StateFileOptions) {
    const kinds = {
      path: 'string',
      breakers: 'anything',
      clock: 'clock',
      now: 'sync function',
      onError: 'function',
    } as const;
    const missing = [
      ...(typeof options?.path === 'string' ? [] : ['path is missing: the path of the state file']),
      ...breakerListIssues(options?.breakers),
    ];
    checkOptions('state file', options, spec, kinds, missing);
    this.#options = options;
    const { clock = systemClock, intervalMs = spec.intervalMs.default, onError } = options;
    this.#repeat = new Repeat(clock, intervalMs, () => this.save(), onError);
  }

  /**
   * Restores the saved state. Without a usable file nothing is restored, and breakers start closed.
   *
   * @throws the error of reading the file, unless the file does not exist
   */
  async load(): Promise<Loaded> {
    const text = await readFile(this.#options.path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return { restored: [] };
    const contents = parse(text);
    if (contents === undefined) return { restored: [], problem: `${this.#options.path} is not a state file.` };
    // The wall clock may have been set back in between.
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
   * @throws the error of writing the file, which is then unchanged
   */
  save(): Promise<void> {
    const saved = this.#saving.then(() => this.#write());
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  /** Saves on an interval that does not keep the process alive. Starting twice has no effect. */
  start(): void {
    this.#repeat.start();
  }

  /** Ends the interval and saves once more. @throws the error of writing the file */
  async stop(): Promise<void> {
    this.#repeat.stop();
    await this.save();
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
    return breakersOf(this.#options.breakers);
  }

  #now(): number {
    return timeOf(this.#options.now);
  }
}

/**
 * Keeps the state of breakers in a file, as `new StateFile(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const breaker = circuitBreaker({ name: 'students-db' });
 * const file = stateFile({ path: 'data/breakers.json', breakers: [breaker] });
 * await file.load();
 * file.start();
 * ```
 */
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
