import { captureContext, inThisContext, type InContext } from './async-context.ts';
import { systemClock, type Clock } from './clock.ts';
import { CallTimeoutError } from './errors.ts';
import type { CheckEvent } from './events.ts';
import { breakerListIssues, breakersOf, type BreakerList } from './policies/breaker-list.ts';
import { checkOptions, Settings } from './settings.ts';
import { generatorIssue, isThenable, tell } from './user-function.ts';

/**
 * A service whose health can be checked, and that can be brought back into use.
 *
 * @example
 * ```ts
 * const students: RecoverableService = {
 *   name: 'students-db',
 *   isHealthy: (signal) => database.isAlive(signal),
 *   reset: () => database.reconnect(),
 * };
 * new AutoRecovery({ service: students }).start();
 * ```
 */
export interface RecoverableService {
  readonly name?: string;
  /**
   * Checks the service. Only `true` is healthy; an error counts as unhealthy. The signal aborts when the check exceeds
   * `timeoutMs` or when recovery is stopped.
   */
  isHealthy(signal: AbortSignal): boolean | PromiseLike<boolean>;
  /** Called after each check that found the service healthy. */
  reset(): void | PromiseLike<void>;
  /** Optional and cheap. If it returns anything but `true`, recovery is not needed and the check is skipped. */
  needsRecovery?(): boolean | PromiseLike<boolean>;
}

/**
 * Options of `AutoRecovery`: what to check, and how often.
 *
 * @example
 * ```ts
 * const options: AutoRecoveryOptions = {
 *   service: { isHealthy: (signal) => database.isAlive(signal), reset: () => database.reconnect() },
 *   checkIntervalMs: 30_000,
 *   timeoutMs: 2_000,
 *   onEvent: ({ healthy }) => log.info(healthy ? 'healthy' : 'unhealthy'),
 * };
 * ```
 */
export interface AutoRecoveryOptions {
  readonly service: RecoverableService;
  /** Milliseconds from the start of one check to the start of the next; 1 or more. Default 300,000. */
  readonly checkIntervalMs?: number;
  /** Milliseconds that one check may take, 1 or more; a longer one counts as unhealthy. Default 30,000. */
  readonly timeoutMs?: number;
  /**
   * Milliseconds after a reset in which needing recovery again is a relapse, 0 or more. After each relapse, the next
   * check waits twice as long. 0: never. Default 20,000. Only for services with `needsRecovery`.
   */
  readonly relapseWindowMs?: number;
  /** Longest wait after relapses, in milliseconds, 1 or more. Default 30,000. */
  readonly relapseWaitMaxMs?: number;
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** Receives the result of each check; may be async. Its errors and rejections are dropped. */
  readonly onEvent?: (event: CheckEvent) => unknown;
}

const spec = {
  checkIntervalMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 300_000 },
  timeoutMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 },
  relapseWindowMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 20_000 },
  relapseWaitMaxMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 },
} as const;

/**
 * Checks a service on an interval and resets it when it is healthy.
 *
 * A check can pass while calls still fail: a database may answer while a table is locked. When a service needs recovery
 * again soon after its reset, the next check waits twice as long (`relapseWindowMs`), so that the two do not alternate.
 *
 * Two checks never run at once, and the timer does not keep the process alive. Checks belong to no call: they run in the
 * async context in which `start` was called.
 *
 * @example
 * ```ts
 * const recovery = new AutoRecovery({
 *   service: { isHealthy: (signal) => database.isAlive(signal), reset: () => database.reconnect() },
 *   checkIntervalMs: 30_000,
 * });
 * recovery.start();
 * process.once('SIGTERM', () => recovery.stop());
 * ```
 */
export class AutoRecovery {
  readonly settings: Settings<typeof spec>;
  readonly #service: RecoverableService;
  readonly #clock: Clock;
  readonly #onEvent: ((event: CheckEvent) => unknown) | undefined;
  #cancelNext: (() => void) | undefined;
  #running: AbortController | undefined;
  /** When the service was reset, until it needs recovery again. */
  #resetAt: number | undefined;
  /** When the service last needed recovery. */
  #neededAt = Number.NEGATIVE_INFINITY;
  /** Relapses without a time of `relapseWindowMs` between them in which nothing was needed. */
  #relapses = 0;
  #waitUntil = Number.NEGATIVE_INFINITY;
  #inContext: InContext = inThisContext;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: AutoRecoveryOptions) {
    const service = options?.service;
    const missing = (['isHealthy', 'reset'] as const).filter((method) => typeof service?.[method] !== 'function');
    const kinds = { service: 'anything', clock: 'clock', onEvent: 'function' } as const;
    const given = (['isHealthy', 'reset', 'needsRecovery'] as const).map((method) =>
      generatorIssue(`service.${method}`, service?.[method]),
    );
    const issues = [
      ...missing.map((method) => `service must have ${method}()`),
      ...given.filter((issue) => issue !== undefined),
    ];
    checkOptions('auto recovery', options, spec, kinds, issues);
    this.#service = service;
    this.settings = new Settings('auto recovery', spec, { ...options });
    this.#clock = options.clock ?? systemClock;
    this.#onEvent = options.onEvent;
  }

  /** Starts checking; the first check comes after one interval. Has no effect if already started. */
  start(): void {
    if (this.#cancelNext !== undefined) return;
    this.#inContext = captureContext() ?? inThisContext;
    this.#arm();
  }

  /** Stops the timer and aborts the running check, which then resets nothing. */
  stop(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    const running = this.#running;
    this.#running = undefined;
    this.#inContext(() => running?.abort(new Error('Auto recovery was stopped.')));
  }

  #arm(): void {
    const next = (): void => {
      this.#arm();
      this.#inContext(() => this.#begin());
    };
    this.#cancelNext = this.#clock.after(this.settings.values.checkIntervalMs, next, { background: true });
  }

  #begin(): void {
    const needed = this.#running === undefined && this.#isNeeded();
    if (needed !== false) void this.#check(needed);
  }

  #isNeeded(): boolean | Promise<unknown> {
    if (this.#service.needsRecovery === undefined) return true;
    try {
      const answer: unknown = this.#service.needsRecovery();
      return isThenable(answer) ? Promise.resolve(answer) : answer === true;
    } catch (error) {
      this.#tell({ type: 'check', healthy: false, error });
      return false;
    }
  }

  /** Never rejects. */
  async #check(needed: boolean | Promise<unknown>): Promise<void> {
    const controller = new AbortController();
    this.#running = controller;
    try {
      const healthy = await this.#withinLimit(controller, needed);
      if (healthy !== undefined) this.#tell({ type: 'check', healthy });
    } catch (error) {
      // A check that `stop` aborted is not reported; one that failed or took too long is.
      if (this.#running === controller) this.#tell({ type: 'check', healthy: false, error });
    } finally {
      if (this.#running === controller) this.#running = undefined;
    }
  }

  /** Limits a check and its reset: one that hangs must not stop all later checks. */
  #withinLimit(controller: AbortController, needed: boolean | Promise<unknown>): Promise<boolean | undefined> {
    const { timeoutMs } = this.settings.values;
    const { signal } = controller;
    const expire = (): void => this.#inContext(() => controller.abort(new CallTimeoutError(timeoutMs)));
    const cancel = this.#clock.after(timeoutMs, expire, { background: true });
    return new Promise<boolean | undefined>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#askAndReset(signal, needed).then(resolve, reject);
    }).finally(cancel);
  }

  /**
   * Checks the service and resets it if it is healthy. Async, so a check that throws synchronously also rejects.
   *
   * @returns whether the service is healthy; `undefined` if no check was needed
   */
  async #askAndReset(signal: AbortSignal, needed: boolean | Promise<unknown>): Promise<boolean | undefined> {
    if (needed !== true && (await needed) !== true) return undefined;
    if (signal.aborted || this.#waitsAfterRelapse()) return undefined;
    const answer: unknown = await this.#service.isHealthy(signal);
    const healthy = answer === true;
    // Ignore the result if the check took too long or recovery was stopped meanwhile.
    if (!healthy || signal.aborted) return healthy;
    this.#resetAt = this.#clock.now();
    await this.#service.reset();
    return true;
  }

  /** Notes that recovery is needed now. @returns whether it is too early for a check, because the last reset was in vain */
  #waitsAfterRelapse(): boolean {
    if (this.#service.needsRecovery === undefined) return false;
    const { checkIntervalMs, relapseWindowMs, relapseWaitMaxMs } = this.settings.values;
    const now = this.#clock.now();
    if (now - this.#neededAt > relapseWindowMs + checkIntervalMs) this.#relapses = 0;
    this.#neededAt = now;
    if (this.#resetAt !== undefined && now - this.#resetAt <= relapseWindowMs && relapseWindowMs > 0) {
      this.#relapses += 1;
      // One interval has passed since the reset.
      this.#waitUntil = now + Math.min(checkIntervalMs * 2 ** this.#relapses, relapseWaitMaxMs) - checkIntervalMs;
    }
    this.#resetAt = undefined;
    return now < this.#waitUntil;
  }

  #tell(event: CheckEvent): void {
    if (this.#onEvent !== undefined) tell(this.#onEvent, event);
  }
}

/**
 * Options of `breakerService`: a dependency and the breakers that guard it.
 *
 * @example
 * ```ts
 * const hosts = keyedBreakers({ name: 'hosts' });
 * const options: BreakerServiceOptions = {
 *   name: 'students-db',
 *   breakers: () => [...hosts.entries()].map(([, breaker]) => breaker),
 *   isHealthy: (signal) => database.isAlive(signal),
 * };
 * ```
 */
export interface BreakerServiceOptions {
  readonly name?: string;
  /** The breakers, or a synchronous function that returns them, for breakers that are created later. */
  readonly breakers: BreakerList;
  /** Checks the dependency directly, not through a breaker. Only `true` is healthy. */
  readonly isHealthy: (signal: AbortSignal) => boolean | PromiseLike<boolean>;
}

/**
 * Makes a service for `AutoRecovery` out of circuit breakers.
 *
 * While a breaker is not closed, the dependency is checked directly, so no user's call is spent on testing it. If it is
 * healthy, the breaker is closed early. A breaker that an operator has tripped stays open for its reset time.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const breaker = circuitBreaker({ name: 'students-db' });
 * const service = breakerService({ breakers: [breaker], isHealthy: (signal) => database.isAlive(signal) });
 * new AutoRecovery({ service, checkIntervalMs: 10_000 }).start();
 * ```
 */
export function breakerService(options: BreakerServiceOptions): RecoverableService {
  const kinds = { name: 'string', breakers: 'anything', isHealthy: 'function' } as const;
  checkOptions('breaker service', options, {}, kinds, breakerListIssues(options?.breakers));
  const { name, breakers, isHealthy } = options;
  return {
    ...(name === undefined ? {} : { name }),
    isHealthy,
    needsRecovery: () => breakersOf(breakers).some((breaker) => breaker.awaitsRecovery),
    reset() {
      for (const breaker of breakersOf(breakers))
        if (breaker.awaitsRecovery) breaker.reset('the dependency is healthy again', 'health-check');
    },
  };
}
