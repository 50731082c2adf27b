import { randomUUIDv7 } from 'node:crypto';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import type { Policies } from '../policies.ts';
import { FeedCopies } from './feed-copies.ts';
import { FeedReader } from './feed-reader.ts';
import { FeedService } from './feed-service.ts';
import { FeedTokens } from './feed-token.ts';

export { registerFeeds } from './feed-routes.ts';

/** The assembled slice. */
export interface Feeds {
  readonly service: FeedService;
}

/** Options of `createFeeds`. */
export interface FeedsOptions extends SliceOptions {
  readonly policies: SliceOptions['policies'] & Pick<Policies, 'anonymous'>;
  /** A monotonic clock in milliseconds. Default: the machine's. */
  readonly monotonic?: () => number;
}

/** Assembles the slice, without using the database. */
export function createFeeds(options: FeedsOptions): Feeds {
  const { database, local, secrets, idempotency, policies, log, wallClock } = options;
  const { monotonic = () => performance.now() } = options;
  const reader = new FeedReader({
    database: database.kysely,
    copies: new FeedCopies(local),
    policies,
    wallClock,
    monotonic,
    onCopyFailure: (error) =>
      log.warn({ event: 'copy_failed', err: error }, 'The copy of a calendar file could not be kept or removed'),
  });
  const service = new FeedService({
    database: database.kysely,
    unitOfWork: new UnitOfWork({ database: database.kysely, idempotency, policies }),
    tokens: new FeedTokens(secrets),
    reader,
    policies,
    wallClock,
    newId: randomUUIDv7,
  });
  return { service };
}
