import { captureContext } from './async-context.ts';
import { systemClock, type Clock } from './clock.ts';
import type { RecoveryEvent } from './events.ts';
import type { CallRecorder } from './recorder.ts';

/** What a pipeline lends to its calls: time, chance, and an ear. */
export interface Host {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** False while nobody listens, so that events need not be built. */
  readonly listening: boolean;
  /** False where no call may depend on a timer or a promise of another one. */
  readonly sharedTimers: boolean;
  /** Is told of every call; nothing where nobody measures. */
  readonly recorder: CallRecorder | undefined;
  publish(event: RecoveryEvent): void;
}

/** Where a pipeline, or a policy used on its own, gets time and chance and sends its events. */
export interface HostOptions {
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Hears every event. What it throws is dropped: a listener cannot change an outcome. */
  readonly onEvent?: (event: RecoveryEvent) => void;
  /**
   * Whether calls may share timers and wake each other, which is cheaper. Cloudflare Workers do not allow it: what
   * belongs to a request ends with that request. Default: false on Cloudflare Workers, true everywhere else.
   */
  readonly sharedTimers?: boolean | undefined;
}

/** What a policy and a pipeline take from `HostOptions`, for `checkOptions`. */
export const hostOptions = {
  clock: 'clock',
  random: 'function',
  onEvent: 'function',
  sharedTimers: 'boolean',
} as const;

/** Whether a policy has been given a host of its own, and not only its share of one. */
export function asksForHost({ clock, random, onEvent }: HostOptions): boolean {
  return clock !== undefined || random !== undefined || onEvent !== undefined;
}

/** What `sharedTimers` is where nobody says it. */
export const sharesTimersByDefault: boolean =
  (globalThis as { navigator?: { userAgent?: unknown } }).navigator?.userAgent !== 'Cloudflare-Workers';

/** The host of a pipeline that belongs to no registry. */
export function hostOf(options: HostOptions): Host {
  const { clock = systemClock, random = Math.random, onEvent, sharedTimers = sharesTimersByDefault } = options;
  if (onEvent === undefined) {
    if (clock === systemClock && random === Math.random && sharedTimers === sharesTimersByDefault) return silentHost;
    return { clock, random, listening: false, sharedTimers, recorder: undefined, publish: () => {} };
  }
  const publish = inOrder((event: RecoveryEvent) => {
    try {
      onEvent(event);
    } catch {
      // Dropped as promised: the outcome of a call must not depend on who watches.
    }
  });
  return { clock, random, listening: true, sharedTimers, recorder: undefined, publish };
}

/** Shared by all that ask for nothing: a policy of its own must not cost a host of its own. */
const silentHost: Host = Object.freeze({
  clock: systemClock,
  random: Math.random,
  listening: false,
  sharedTimers: sharesTimersByDefault,
  recorder: undefined,
  publish: () => {},
});

/**
 * Delivers one after the other: what a listener causes is heard after what it is hearing, in the async context of the
 * call that caused it.
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
