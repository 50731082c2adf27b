import { RefusalError } from '../platform/refusal-error.ts';

/** The day is closed already, for the same location or for all. Nothing was changed. */
export class ClosedDayExistsError extends RefusalError {
  override readonly name = 'ClosedDayExistsError';
  readonly code = 'CLOSED_DAY_EXISTS';

  constructor() {
    super('The day is closed already.');
  }
}
