import { RefusalError } from '../platform/refusal-error.ts';
import type { ParsedTime } from '../../contract/local-time.ts';

/** Another active vehicle of the school has this plate. Nothing was changed. */
export class PlateTakenError extends RefusalError {
  override readonly name = 'PlateTakenError';
  readonly code = 'PLATE_TAKEN';

  constructor() {
    super('Another vehicle of the school has this plate.');
  }
}

/** Lessons are booked with the vehicle, so it can't be archived. */
export class VehicleHasLessonsError extends RefusalError {
  override readonly name = 'VehicleHasLessonsError';
  readonly code = 'VEHICLE_HAS_LESSONS';
  readonly lessonIds: readonly string[];

  constructor(lessonIds: readonly string[]) {
    super(`${lessonIds.length} lessons are booked with this vehicle.`);
    this.lessonIds = lessonIds;
  }
}

/** Lessons are booked during an outage, and the user has not asked to cancel them. Nothing was changed. */
export class OutageHasLessonsError extends RefusalError {
  override readonly name = 'OutageHasLessonsError';
  readonly code = 'OUTAGE_HAS_LESSONS';
  readonly lessonIds: readonly string[];

  constructor(lessonIds: readonly string[]) {
    super(`${lessonIds.length} lessons are booked in this time.`);
    this.lessonIds = lessonIds;
  }
}

/** The vehicle has another outage at this time. Nothing was changed. */
export class OutageOverlapsError extends RefusalError {
  override readonly name = 'OutageOverlapsError';
  readonly code = 'OUTAGE_OVERLAPS';

  constructor() {
    super('The vehicle has another outage at this time.');
  }
}

/** A wall time that occurs twice, or not at all, because clocks change then. Nothing was changed. */
export class ClockChangeError extends RefusalError {
  override readonly name = 'ClockChangeError';
  readonly code = 'CLOCK_CHANGE';
  readonly pointer: string;
  readonly time: Extract<ParsedTime, { readonly code: 'time_ambiguous' | 'time_does_not_exist' }>;

  constructor(pointer: string, time: ClockChangeError['time']) {
    super(`The time ${time.code === 'time_ambiguous' ? 'occurs twice' : 'does not exist'}.`);
    this.pointer = pointer;
    this.time = time;
  }
}
