import { isObject } from './attempts.ts';
import { read, readList } from './classify/safe-read.ts';
import { common } from './copies.ts';
import type { StopReason } from './events.ts';
import { isHandedOver, type Lineage } from './lineage.ts';

/*
 * Whether the error of an attempt was retried by an inner retry already: then an outer one must not begin again, because
 * attempts would multiply. It is known by the call and by the causes of the error, and never by the error object alone:
 * many calls may fail with the same one, a shared promise or a constant.
 *
 * - Where the inner call knows the call around it, it tells it what it has given up on.
 * - Where nobody knows (the inner call was made after an `await`, without a context), it is inferred: the inner call must
 *   have begun during the attempt, alone or at once inside of another call, and be the only one that has seen this error since. In doubt it was not retried.
 */

/** That a retry has seen an error: an attempt of it failed with this one. */
export interface Sighting {
  readonly error: unknown;
  /** The call of that retry. */
  readonly trip: number;
  /** Whether that call knows a call around it that may have begun long before. */
  readonly isHandedOver: boolean;
  readonly at: number;
  /** Why that retry has given up on it; nothing while it goes on. */
  stoppedBy: StopReason | undefined;
  /** That call was part of another one, which has seen the error, too, and stands for both. */
  isPartOfAnother: boolean;
  /** Whether it was given up a moment ago. Kept only for errors that more than one attempt has seen. */
  isRecent: boolean;
}

/** Who has seen an error object, oldest first. */
export interface ErrorRecord {
  readonly sightings: Sighting[];
  /** Older ones were dropped: this object is thrown again and again. */
  isLonger: boolean;
}

/** Stops of an inner retry after which an outer one must not begin again: the attempts would multiply. */
const FINAL: ReadonlySet<StopReason> = new Set<StopReason>([
  'exhausted',
  'budget',
  'not-safe-to-repeat',
  'already-retried',
  'retry-after-too-long',
]);

const MOST_SIGHTINGS = 16;
/** Causes and members of an error that are looked at. */
const MOST_CAUSES = 32;
/** Microtasks in which an error passes through the functions between two retries. */
const A_MOMENT = 50;

/** An attempt begins. @returns its place in the order of all attempts and failures of the process */
export function beginAttempt(): number {
  return (common.sequence += 1);
}

/**
 * Whether an inner retry has given up on an attempt's error, or on one of its causes, during that attempt.
 *
 * @param attempt the call as the attempt was given it
 * @param trip where the first attempt of this retry began
 * @param began where this attempt began
 */
export function wasRetried(error: unknown, attempt: Lineage, trip: number, began: number): boolean {
  const causes = causesOf(error);
  const told = (common.givenUp.get(attempt) ?? []).filter((one) => one.at > began && causes.has(one.error));
  for (const one of told) one.isPartOfAnother = true;
  if (told.some(isFinal)) return true;
  for (const cause of causes) {
    const inner = isObject(cause) ? inferred(cause, trip, began) : undefined;
    if (inner !== undefined) {
      inner.isPartOfAnother = true;
      return true;
    }
  }
  return false;
}

/** An attempt has failed with this error. */
export function see(error: unknown, trip: number, call: Lineage): Sighting {
  const sighting = {
    error,
    trip,
    isHandedOver: isHandedOver(call),
    at: (common.sequence += 1),
    stoppedBy: undefined,
    isPartOfAnother: false,
    isRecent: false,
  };
  if (isObject(error)) {
    const record = common.errors.get(error);
    if (record === undefined) common.errors.set(error, { sightings: [sighting], isLonger: false });
    else {
      record.sightings.push(sighting);
      if (record.sightings.length > MOST_SIGHTINGS) {
        record.sightings.shift();
        record.isLonger = true;
      }
    }
  }
  return sighting;
}

/** A retry gives up: it tells all calls that it is known to be part of. @param call as it was given to the retry */
export function tellGivenUp(sighting: Sighting, stoppedBy: StopReason, call: Lineage): void {
  sighting.stoppedBy = stoppedBy;
  tellAround(sighting, call);
  if (isObject(sighting.error) && (common.errors.get(sighting.error)?.sightings.length ?? 0) > 1) {
    sighting.isRecent = true;
    void forget(sighting);
  }
}

/** A call that waits for what another one comes to is told what that one was told, as if it had been made for this one. */
export function tellWaiting(shared: Lineage, waiting: Lineage): void {
  for (const sighting of common.givenUp.get(shared) ?? []) tellAround(sighting, waiting);
}

function tellAround(sighting: Sighting, call: Lineage): void {
  for (let around: Lineage | undefined = call; around !== undefined; around = around.within) {
    const told = common.givenUp.get(around);
    if (told === undefined) common.givenUp.set(around, [sighting]);
    else if (told.push(sighting) > MOST_SIGHTINGS) told.shift();
  }
}

/** The inner call that has given up on this error object, if it can only be that one. */
function inferred(error: object, trip: number, began: number): Sighting | undefined {
  const record = common.errors.get(error);
  if (record === undefined) return undefined;
  const own = (sighting: Sighting): boolean => sighting.trip === trip || sighting.isPartOfAnother;
  const since = record.sightings.filter((sighting) => sighting.at > began && !own(sighting));
  const last = since.at(-1);
  if (last === undefined || !isFinal(last) || last.isHandedOver || last.trip <= began) return undefined;
  if (since.some((sighting) => sighting.trip !== last.trip)) return undefined;
  // An object that was thrown before may just as well be on its way through calls that have nothing to do with each other.
  const isNew = !record.isLonger && record.sightings.every((sighting) => sighting === last || sighting.isPartOfAnother);
  return isNew || last.isRecent ? last : undefined;
}

function isFinal({ stoppedBy }: Sighting): boolean {
  return stoppedBy !== undefined && FINAL.has(stoppedBy);
}

async function forget(sighting: Sighting): Promise<void> {
  for (let passed = 0; passed < A_MOMENT; passed += 1) await Promise.resolve();
  sighting.isRecent = false;
}

/** The error itself, its causes, and what it is made up of. */
function causesOf(error: unknown): ReadonlySet<unknown> {
  const causes = new Set([error]);
  // A set that grows is walked to its end.
  for (const cause of causes) {
    if (causes.size >= MOST_CAUSES) break;
    if (!isObject(cause)) continue;
    const inner = read(cause, 'cause');
    if (inner !== undefined && inner !== null) causes.add(inner);
    for (const member of readList(cause, 'errors', MOST_CAUSES - causes.size)) causes.add(member);
  }
  return causes;
}
