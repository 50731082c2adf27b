import type { StopReason } from './events.ts';

/**
 * One failed attempt of a retried call.
 *
 * @example
 * ```ts
 * const describe = ({ attempt, delayMs }: Attempt): string => `attempt ${attempt}, then waited ${delayMs ?? 0} ms`;
 * ```
 */
export interface Attempt {
  /** Number of the attempt, starting at 1. */
  readonly attempt: number;
  readonly error: unknown;
  /** Milliseconds waited after this attempt. Absent on the last one. */
  readonly delayMs?: number;
  /** Why there was no further attempt. Only present on the last one. */
  readonly stoppedBy?: StopReason;
}

/**
 * All attempts of a failed call, oldest first, and why there was no further one.
 *
 * @example
 * ```ts
 * const summary = (attempts: AttemptList): string => `gave up after ${attempts.length} attempts: ${attempts.stoppedBy}`;
 * ```
 */
export type AttemptList = readonly Attempt[] & { readonly stoppedBy: StopReason };

/** The calls around a call. Every `Call` is one, including those of other copies of the package. Only these two fields are read. */
export interface Lineage {
  /**
   * The call that an attempt or limited call was derived from; otherwise the call in whose operation this one was made. `undefined` if
   * there is none or it is unknown.
   */
  readonly within: Lineage | undefined;
  /** Whether the context of that call was passed in; that call may then have started long before. */
  readonly extras: { readonly isHandedOver: boolean } | undefined;
}

/** A record that an attempt of a retry failed with this error. */
export interface Sighting {
  readonly error: unknown;
  /** The call of that retry. */
  readonly trip: number;
  /** Set when that call gives up: whether a call around it is known that may have started long before. */
  isHandedOver: boolean;
  readonly at: number;
  /** Why that retry gave up; `undefined` while it continues. */
  stoppedBy: StopReason | undefined;
  /** Whether that call was part of another one that has seen the error, too. Then only the other one counts. */
  isPartOfAnother: boolean;
  /** Whether the retry has just given up. Only tracked for errors that more than one attempt has seen. */
  isRecent: boolean;
}

/** The retries that have seen an error object. */
export interface ErrorRecord {
  /** The last ones, in no order: the oldest is overwritten. */
  readonly sightings: Sighting[];
  /** How many there have been. */
  count: number;
}
