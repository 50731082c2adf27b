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
}

/** The host of a pipeline that belongs to no registry. */
export function hostOf({ clock = systemClock, random = Math.random, onEvent }: HostOptions): Host {
  if (onEvent === undefined) {
    const isUsual = clock === systemClock && random === Math.random;
    return isUsual ? silentHost : { clock, random, listening: false, recorder: undefined, publish: () => {} };
  }
  const publish = inOrder((event: RecoveryEvent) => {
    try {
      onEvent(event);
    } catch {
      // Dropped as promised: the outcome of a call must not depend on who watches.
    }
  });
  return { clock, random, listening: true, recorder: undefined, publish };
}

/** Shared by all that ask for nothing: a policy of its own must not cost a host of its own. */
const silentHost: Host = Object.freeze({
  clock: systemClock,
  random: Math.random,
  listening: false,
  recorder: undefined,
  publish: () => {},
});

/** Delivers one after the other: what a listener causes is heard after what it is hearing. */
export function inOrder<E>(deliver: (event: E) => void): (event: E) => void {
  const waiting: E[] = [];
  let delivering = false;
  return (event) => {
    waiting.push(event);
    if (delivering) return;
    delivering = true;
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) deliver(next);
    } finally {
      delivering = false;
    }
  };
}
