import { captureContext, inThisContext, type InContext } from './async-context.ts';
import { systemClock, type Clock } from './clock.ts';
import { CallTimeoutError } from './errors.ts';
import type { CheckEvent } from './events.ts';
import { breakerListIssues, breakersOf, type BreakerList } from './policies/breaker-list.ts';
import { checkOptions, Settings } from './settings.ts';
import { generatorIssue, isThenable, tell } from './user-function.ts';

/** Something that can be asked whether it is well, and set going again. */
export interface RecoverableService {
  readonly name?: string;
  /** Only `true` is healthy; throwing counts as unhealthy. The signal aborts when the check takes too long or recovery is stopped. */
  isHealthy(signal: AbortSignal): boolean | PromiseLike<boolean>;
  /** Called after each check that found it healthy. */
  reset(): void | PromiseLike<void>;
  /** When it is there and answers anything but `true`, the check is left out: all is well, and it costs nothing. */
  needsRecovery?(): boolean | PromiseLike<boolean>;
}

/** What to check, and how often. */
export interface AutoRecoveryOptions {
  readonly service: RecoverableService;
  /** Milliseconds between the beginnings of checks. Default 300,000. */
  readonly checkIntervalMs?: number;
  /** Milliseconds that one check may take; longer counts as unhealthy. Default 30,000. */
  readonly timeoutMs?: number;
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** Hears how each check ended; may be async. What it throws or rejects with is dropped. */
  readonly onEvent?: (event: CheckEvent) => unknown;
}

const spec = {
  checkIntervalMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 300_000 },
  timeoutMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 },
} as const;

/**
 * Checks a service on an interval and resets it when it is healthy. Never two checks at once; does not keep the process
 * alive. Checks are nobody's call: they run in the async context in which it was started.
 */
export class AutoRecovery {
  readonly settings: Settings<typeof spec>;
  readonly #service: RecoverableService;
  readonly #clock: Clock;
  readonly #onEvent: ((event: CheckEvent) => unknown) | undefined;
  #cancelNext: (() => void) | undefined;
  #running: AbortController | undefined;
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

  /** Begins to check; the first check comes after one interval. Starting twice changes nothing. */
  start(): void {
    if (this.#cancelNext !== undefined) return;
    this.#inContext = captureContext() ?? inThisContext;
    this.#arm();
  }

  /** Ends the timer and the check that is running: it resets nothing any more. */
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
      // Stopped from outside is no news; too slow, or failed, is.
      if (this.#running === controller) this.#tell({ type: 'check', healthy: false, error });
    } finally {
      if (this.#running === controller) this.#running = undefined;
    }
  }

  /** A check that never answers, or a reset that hangs, must not end all checking. */
  #withinLimit(controller: AbortController, needed: boolean | Promise<unknown>): Promise<boolean | undefined> {
    const { timeoutMs } = this.settings.values;
    const { signal } = controller;
    const expire = (): void => this.#inContext(() => controller.abort(new CallTimeoutError(timeoutMs)));
    const cancel = this.#clock.after(timeoutMs, expire, { background: true });
    return new Promise<boolean | undefined>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      askAndReset(this.#service, signal, needed).then(resolve, reject);
    }).finally(cancel);
  }

  #tell(event: CheckEvent): void {
    if (this.#onEvent !== undefined) tell(this.#onEvent, event);
  }
}

/**
 * An async function, so that a check that throws at once is a rejection like any other.
 *
 * @returns nothing when it turns out that no check is needed
 */
async function askAndReset(
  service: RecoverableService,
  signal: AbortSignal,
  needed: boolean | Promise<unknown>,
): Promise<boolean | undefined> {
  if (needed !== true && (await needed) !== true) return undefined;
  if (signal.aborted) return undefined;
  const answer: unknown = await service.isHealthy(signal);
  const healthy = answer === true;
  // Too late, or stopped meanwhile: what it said is not acted upon.
  if (healthy && !signal.aborted) await service.reset();
  return healthy;
}

/** A dependency and the breakers that guard it. */
export interface BreakerServiceOptions {
  readonly name?: string;
  /** The breakers, or a function that finds them at once, for those that come into being later. */
  readonly breakers: BreakerList;
  /** Asks the dependency itself, not through a breaker. */
  readonly isHealthy: (signal: AbortSignal) => boolean | PromiseLike<boolean>;
}

/**
 * Lets `AutoRecovery` watch breakers: while one is not closed the dependency is asked directly, so that no user's call
 * is spent on testing, and it is closed early when the dependency is well. What an operator has just tripped stays open.
 *
 * @throws InvalidSettingsError with every problem at once
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
