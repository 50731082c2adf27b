import { feedsPerInstructorMax } from '../../contract/calendar-feeds.ts';
import { invalidValues, ProblemError } from '../platform/http/problems.ts';
import {
  FeedForbiddenError,
  FeedGuessesError,
  FeedInstructorUnknownError,
  FeedLimitError,
  FeedLinkLostError,
  FeedNotFoundError,
  FeedUnknownError,
} from './feed-errors.ts';

/** Maps the errors of the slice to problems. @returns undefined for errors of the platform */
export function feedProblem(error: unknown): ProblemError | undefined {
  if (error instanceof FeedUnknownError) {
    return new ProblemError({
      status: 404,
      code: 'feed_unknown',
      title: 'No such calendar',
      detail: 'There is no calendar at this address. The link may have been revoked: ask the office for a new one.',
    });
  }
  if (error instanceof FeedGuessesError) {
    const seconds = Math.max(1, Math.ceil(error.waitMs / 1_000));
    return new ProblemError({
      status: 429,
      code: 'too_many_attempts',
      title: 'Too many attempts',
      detail: `Too many unknown calendar links were tried from this network. Try again in ${seconds} s.`,
      headers: { 'retry-after': String(seconds) },
    });
  }
  if (error instanceof FeedNotFoundError) {
    return new ProblemError({
      status: 404,
      code: 'calendar_feed_not_found',
      title: 'No such calendar link',
      detail: 'There is no such calendar link, or you don’t have access.',
    });
  }
  if (error instanceof FeedForbiddenError) {
    return new ProblemError({
      status: 403,
      code: 'not_permitted',
      title: 'Not permitted',
      detail: 'Instructors can create and see only their own calendar links.',
    });
  }
  if (error instanceof FeedInstructorUnknownError) {
    const message = 'There is no such instructor, or the instructor can no longer sign in.';
    return invalidValues([{ pointer: '/instructor_id', code: 'unknown_instructor', message }]);
  }
  if (error instanceof FeedLimitError) {
    return new ProblemError({
      status: 409,
      code: 'too_many_feeds',
      title: 'Too many calendar links',
      detail: `An instructor can have ${feedsPerInstructorMax} calendar links. Nothing was saved. Revoke one that is no longer used.`,
    });
  }
  if (error instanceof FeedLinkLostError) {
    return new ProblemError({
      status: 409,
      code: 'feed_link_lost',
      title: 'The link can’t be shown again',
      detail:
        'This request has already created a link, whose address can no longer be shown. Revoke it and create another.',
    });
  }
  return undefined;
}
