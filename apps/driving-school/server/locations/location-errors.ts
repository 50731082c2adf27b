import { RefusalError } from '../platform/refusal-error.ts';

/** Another active location of the school has this name. Nothing was changed. */
export class LocationNameTakenError extends RefusalError {
  override readonly name = 'LocationNameTakenError';
  readonly code = 'LOCATION_NAME_TAKEN';

  constructor() {
    super('Another location of the school has this name.');
  }
}

/** Lessons are booked at the location, so it can't be archived, and its time zone can't change. */
export class LocationHasLessonsError extends RefusalError {
  override readonly name = 'LocationHasLessonsError';
  readonly code = 'LOCATION_HAS_LESSONS';
  readonly change: 'archive' | 'time_zone';
  readonly lessonIds: readonly string[];

  constructor(change: LocationHasLessonsError['change'], lessonIds: readonly string[]) {
    super(`${lessonIds.length} lessons are booked at this location.`);
    this.change = change;
    this.lessonIds = lessonIds;
  }
}
