import { captureContext } from './async-context.ts';
import { brandSystemClock } from './brand.ts';
import { systemClock, type Clock } from './clock.ts';
import type { RecoveryEvent } from './events.ts';
import type { CallRecorder } from './recorder.ts';
import { chanceOf, tell } from './user-function.ts';

brandSystemClock(systemClock);

/** What a pipeline lends to its calls: time, chance, and an ear. */
export interface Host {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** False while nobody listens, so that events need not be built. */
  readonly listening: boolean;
  /** False where no call may depend on a timer or a promise of another one. */
  readonly sharedTimers: boolean;
  /** Whether errors of this library get the frames of who made the call. */
  readonly stackTraces: boolean;
  /** Is told of every call; nothing where nobody measures. */
  readonly recorder: CallRecorder | undefined;
  publish(event: RecoveryEvent): void;
  /** False once its pipeline was replaced or removed: nobody hears of it any more. Absent elsewhere. */
  readonly isListed?: boolean;
}

/** Where a pipeline, or a policy used on its own, gets time and chance and sends its events. */
export interface HostOptions {
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** A number in [0, 1), at once. What is none is replaced by one that is. Default: `Math.random`. */
  readonly random?: () => number;
  /**
   * Hears every event. It may be async, and nobody waits for it. What it throws or rejects with is dropped: a listener
   * cannot change an outcome.
   */
  readonly onEvent?: (event: RecoveryEvent) => unknown;
  /**
   * Whether calls may share timers and wake each other, which is cheaper. Cloudflare Workers do not allow it: what
   * belongs to a request ends with that request. Default: false on Cloudflare Workers, true everywhere else.
   */
  readonly sharedTimers?: boolean | undefined;
  /**
   * Whether `stack` of the errors that policies make (refusals, timeouts) names the code that made the call. The frames
   * are taken when the call begins, so that an error made in a timer has them, too: some microseconds for every call,
   * failed or not. A pipeline's option holds for all its policies. Default: false, and such a stack is one line.
   */
  readonly stackTraces?: boolean | undefined;
}

/** What a policy and a pipeline take from `HostOptions`, for `checkOptions`. */
export const hostOptions = {
  clock: 'clock',
  random: 'sync function',
  onEvent: 'function',
  sharedTimers: 'boolean',
  stackTraces: 'boolean',
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

/** Shared by all that ask for nothing: a policy of its own must not cost a host of its own. */
const silentHost: Host = Object.freeze({
  clock: systemClock,
  random: Math.random,
  listening: false,
  sharedTimers: sharesTimersByDefault,
  stackTraces: false,
  recorder: undefined,
  publish: () => {},
});

/** A source of chance that answers nothing but numbers in [0, 1). */
export function boundedChance(random: (() => number) | undefined): () => number {
  return random === undefined || random === Math.random ? Math.random : () => chanceOf(random);
}

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
