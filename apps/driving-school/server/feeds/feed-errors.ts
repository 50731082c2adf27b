import { RefusalError } from '../platform/refusal-error.ts';

/** There is no such link in the list, or the user may not see it. */
export class FeedNotFoundError extends RefusalError {
  override readonly name = 'FeedNotFoundError';
  readonly code = 'FEED_NOT_FOUND';

  constructor() {
    super('There is no such calendar link.');
  }
}

/** Instructors make links for themselves only. */
export class FeedForbiddenError extends RefusalError {
  override readonly name = 'FeedForbiddenError';
  readonly code = 'FEED_FORBIDDEN';

  constructor() {
    super('Instructors can use only calendar links of their own.');
  }
}

/** The school has no such instructor. Nothing was saved. */
export class FeedInstructorUnknownError extends RefusalError {
  override readonly name = 'FeedInstructorUnknownError';
  readonly code = 'FEED_INSTRUCTOR_UNKNOWN';

  constructor() {
    super('There is no such instructor.');
  }
}

/** The instructor has too many links already. Nothing was saved. */
export class FeedLimitError extends RefusalError {
  override readonly name = 'FeedLimitError';
  readonly code = 'FEED_LIMIT';

  constructor() {
    super('The instructor has too many calendar links.');
  }
}

/** The link was created, but its address can no longer be shown: the installation's key was rotated since. */
export class FeedLinkLostError extends RefusalError {
  override readonly name = 'FeedLinkLostError';
  readonly code = 'FEED_LINK_LOST';

  constructor() {
    super('The address of the calendar link can no longer be shown.');
  }
}

/** The token of a calendar link is unknown, or was revoked. */
export class FeedUnknownError extends RefusalError {
  override readonly name = 'FeedUnknownError';
  readonly code = 'FEED_UNKNOWN';

  constructor() {
    super('There is no calendar at this address.');
  }
}

/** A client has tried too many unknown tokens. */
export class FeedGuessesError extends RefusalError {
  override readonly name = 'FeedGuessesError';
  readonly code = 'FEED_GUESSES';
  readonly waitMs: number;

  constructor(waitMs: number) {
    super('Too many unknown calendar links.');
    this.waitMs = waitMs;
  }
}
