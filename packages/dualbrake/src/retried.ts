import { isObject } from './attempts.ts';
import { read, readList } from './classify/safe-read.ts';
import { common } from './copies.ts';
import type { StopReason } from './events.ts';
import { isHandedOver } from './lineage.ts';
import type { Lineage, Sighting } from './shared-records.ts';

/*
 * Whether an inner retry has already retried the error of an attempt. The outer retry must then not start again, because attempts would
 * multiply. The error object is not enough to decide this: many calls may fail with the same object, such as a constant or the rejection
 * of a shared promise.
 *
 * - If the inner call knows the call around it, it records there what it has given up on.
 * - If not (it was made after an `await`, without a context), this is inferred: the inner call must have started during the attempt,
 *   on its own or synchronously inside of another call, and be the only one that has seen this error since. When in doubt, the error
 *   was not retried.
 */

/** Stop reasons of an inner retry after which an outer one must not retry: attempts would multiply. */
const FINAL: ReadonlySet<StopReason> = new Set<StopReason>([
  'exhausted',
  'budget',
  'not-safe-to-repeat',
  'already-retried',
  'retry-after-too-long',
]);

const MOST_SIGHTINGS = 8;
/** Maximum number of causes and members of an error that are checked. */
const MOST_CAUSES = 32;
/** Number of microtasks that an error may take from an inner to an outer retry. */
const A_MOMENT = 50;

/** Called when an attempt starts. @returns its sequence number among all attempts and failures of the process */
export function beginAttempt(): number {
  return (common.sequence += 1);
}

/**
 * Whether an inner retry has given up on an attempt's error, or on one of its causes, during that attempt.
 *
 * @param attempt the call of the attempt
 * @param trip sequence number of the first attempt of this retry
 * @param began sequence number of this attempt
 */
export function wasRetried(error: unknown, attempt: Lineage, trip: number, began: number): boolean {
  // Fast path of most failures: no retry has given up since.
  if (common.givenUpAt <= began) return false;
  const causes = causesOf(error);
  const told = (common.givenUp.get(attempt) ?? []).filter((one) => one.at > began && causes.has(one.error));
  for (const one of told) countAsPart(one);
  if (told.some(isFinal)) return true;
  for (const cause of causes) {
    const inner = isObject(cause) ? inferred(cause, trip, began) : undefined;
    if (inner !== undefined) {
      countAsPart(inner);
      return true;
    }
  }
  return false;
}

/** Records that an attempt failed with this error. */
export function see(error: unknown, trip: number): Sighting {
  const sighting = {
    error,
    trip,
    isHandedOver: false,
    at: (common.sequence += 1),
    stoppedBy: undefined,
    isPartOfAnother: false,
    isRecent: false,
  };
  if (isObject(error)) {
    const record = common.errors.get(error);
    if (record === undefined) common.errors.set(error, { sightings: [sighting], count: 1 });
    else {
      record.sightings[record.count % MOST_SIGHTINGS] = sighting;
      record.count += 1;
    }
  }
  return sighting;
}

/** Records in all calls around a retry that it gives up. @param call the call of the retry */
export function tellGivenUp(sighting: Sighting, stoppedBy: StopReason, call: Lineage): void {
  sighting.stoppedBy = stoppedBy;
  sighting.isHandedOver = isHandedOver(call);
  common.givenUpAt = common.sequence += 1;
  tellAround(sighting, call);
  if (isObject(sighting.error) && (common.errors.get(sighting.error)?.sightings.length ?? 0) > 1) {
    sighting.isRecent = true;
    void forget(sighting);
  }
}

/** A shared call has failed: what was given up inside of it concerns each call that has waited for it. */
export function tellWaiting(failed: Lineage, waiting: Lineage): void {
  for (const sighting of common.givenUp.get(failed) ?? []) tellAround(sighting, waiting);
}

function tellAround(sighting: Sighting, call: Lineage): void {
  for (let around: Lineage | undefined = call; around !== undefined; around = around.within) {
    const told = common.givenUp.get(around);
    if (told === undefined) common.givenUp.set(around, [sighting]);
    else if (told.push(sighting) > MOST_SIGHTINGS) told.shift();
  }
}

/** The inner call that has given up on this error object, if it is unambiguous. */
function inferred(error: object, trip: number, began: number): Sighting | undefined {
  const record = common.errors.get(error);
  if (record === undefined) return undefined;
  const own = (sighting: Sighting): boolean => sighting.trip === trip || sighting.isPartOfAnother;
  const since = record.sightings.filter((sighting) => sighting.at > began && !own(sighting));
  const last = since.reduce<Sighting | undefined>(
    (one, other) => (one === undefined || other.at > one.at ? other : one),
    undefined,
  );
  if (last === undefined || !isFinal(last) || last.isHandedOver || last.trip <= began) return undefined;
  if (since.some((sighting) => sighting.trip !== last.trip)) return undefined;
  // An object that was thrown before may just as well be on its way through calls that have nothing to do with each other.
  const isNew = record.count <= MOST_SIGHTINGS && record.sightings.every((one) => one === last || one.isPartOfAnother);
  return isNew || last.isRecent ? last : undefined;
}

/** All that the call of this sighting has seen of the same error: the call around it stands for both. */
function countAsPart(sighting: Sighting): void {
  sighting.isPartOfAnother = true;
  const seen = isObject(sighting.error) ? common.errors.get(sighting.error)?.sightings : undefined;
  for (const one of seen ?? []) if (one.trip === sighting.trip) one.isPartOfAnother = true;
}

function isFinal({ stoppedBy }: Sighting): boolean {
  return stoppedBy !== undefined && FINAL.has(stoppedBy);
}

async function forget(sighting: Sighting): Promise<void> {
  for (let passed = 0; passed < A_MOMENT; passed += 1) await Promise.resolve();
  sighting.isRecent = false;
}

/** The error itself, its causes, and the members of aggregate errors. */
function causesOf(error: unknown): ReadonlySet<unknown> {
  const causes = new Set([error]);
  // Iterating a set includes elements added meanwhile.
  for (const cause of causes) {
    if (causes.size >= MOST_CAUSES) break;
    if (!isObject(cause)) continue;
    const inner = read(cause, 'cause');
    if (inner !== undefined && inner !== null) causes.add(inner);
    for (const member of readList(cause, 'errors', MOST_CAUSES - causes.size)) causes.add(member);
  }
  return causes;
}
