import { captureContext } from './async-context.ts';
import { brandSystemClock } from './brand.ts';
import { systemClock, type Clock } from './clock.ts';
import type { RecoveryEvent } from './events.ts';
import type { CallRecorder } from './recorder.ts';
import { chanceOf, tell } from './user-function.ts';

brandSystemClock(systemClock);

/**
 * What a pipeline provides to its calls: a clock, a random source, and an event sink. Policies read it from `call.host`.
 *
 * @example
 * ```ts
 * const timed: Policy = {
 *   name: 'timed',
 *   async run(call, next) {
 *     const { clock }: Host = call.host;
 *     const startedAt = clock.now();
 *     const result = await next(call);
 *     log.info(`${call.key} took ${clock.now() - startedAt} ms`);
 *     return result;
 *   },
 * };
 * ```
 */
export interface Host {
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** Whether anything listens to events. If not, don't build them. */
  readonly listening: boolean;
  /** Whether calls may depend on a timer or promise of another call. */
  readonly sharedTimers: boolean;
  /** Whether errors of this library get the stack frames of the code that made the call. */
  readonly stackTraces: boolean;
  /** Receives every call; `undefined` without a measurement. */
  readonly recorder: CallRecorder | undefined;
  /** Delivers an event to all listeners. */
  publish(event: RecoveryEvent): void;
  /** False once its pipeline was replaced in or removed from the registry, which stops its events. Absent elsewhere. */
  readonly isListed?: boolean;
}

/**
 * Options of every pipeline and of every standalone policy: the clock, the random source and the event listener.
 *
 * @example
 * ```ts
 * const options: HostOptions = { onEvent: (event) => log.info(event.type), stackTraces: true };
 * const reads = pipeline('reads', [retry(), timeout({ limitMs: 500 })], options);
 * ```
 */
export interface HostOptions {
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** Returns a number in [0, 1), synchronously. Numbers outside are clamped, other values replaced. Default: `Math.random`. */
  readonly random?: () => number;
  /** Receives every event. May be async, but is not awaited. Its errors are ignored: a listener cannot change the outcome of a call. */
  readonly onEvent?: (event: RecoveryEvent) => unknown;
  /**
   * Whether calls may share timers and resume each other, which is faster. Not possible on Cloudflare Workers, where timers and
   * promises end with their request. Default: false on Cloudflare Workers, true everywhere else.
   */
  readonly sharedTimers?: boolean | undefined;
  /**
   * Whether the `stack` of refusals and timeouts shows the code that made the call. Captured when the call starts, which costs some
   * microseconds per call, failed or not. A pipeline's option applies to all its policies. Default: false, a stack of one line.
   */
  readonly stackTraces?: boolean | undefined;
}

/** The `HostOptions` of policies and pipelines, for `checkOptions`. */
export const hostOptions = {
  clock: 'clock',
  random: 'sync function',
  onEvent: 'function',
  sharedTimers: 'boolean',
  stackTraces: 'boolean',
} as const;

/** Whether a policy was given its own clock, random source or listener. */
export function asksForHost({ clock, random, onEvent }: HostOptions): boolean {
  return clock !== undefined || random !== undefined || onEvent !== undefined;
}

/** The default of `sharedTimers`. */
export const sharesTimersByDefault: boolean =
  (globalThis as { navigator?: { userAgent?: unknown } }).navigator?.userAgent !== 'Cloudflare-Workers';

/** The host of a pipeline that belongs to no registry. */
export function hostOf(options: HostOptions): Host {
  const { clock = systemClock, onEvent } = options;
  const random = boundedChance(options.random);
  const { sharedTimers = sharesTimersByDefault, stackTraces = false } = options;
  if (onEvent === undefined) {
    const isUsual = clock === systemClock && random === Math.random && sharedTimers === sharesTimersByDefault;
    if (isUsual && !stackTraces) return silentHost;
    return { clock, random, listening: false, sharedTimers, stackTraces, recorder: undefined, publish: () => {} };
  }
  const publish = inOrder((event: RecoveryEvent) => tell(onEvent, event));
  return { clock, random, listening: true, sharedTimers, stackTraces, recorder: undefined, publish };
}

/** Shared by everything with default options, so that a standalone policy needs no host of its own. */
const silentHost: Host = Object.freeze({
  clock: systemClock,
  random: Math.random,
  listening: false,
  sharedTimers: sharesTimersByDefault,
  stackTraces: false,
  recorder: undefined,
  publish: () => {},
});

/** A random source that only returns numbers in [0, 1), whatever the given one does. */
export function boundedChance(random: (() => number) | undefined): () => number {
  return random === undefined || random === Math.random ? Math.random : () => chanceOf(random);
}

/**
 * Delivers events one at a time: an event caused by a listener is delivered after the current one, in the async context of the call
 * that caused it.
 */
export function inOrder<E>(deliver: (event: E) => void): (event: E) => void {
  const waiting: (() => void)[] = [];
  let delivering = false;
  return (event) => {
    if (delivering) {
      const inContext = captureContext();
      waiting.push(inContext === undefined ? () => deliver(event) : () => inContext(() => deliver(event)));
      return;
    }
    delivering = true;
    try {
      deliver(event);
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next();
    } finally {
      delivering = false;
    }
  };
}
