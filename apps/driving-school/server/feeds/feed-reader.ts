import { createHash } from 'node:crypto';
import { feedDaysAhead, feedDaysBack } from '../../contract/calendar-feeds.ts';
import { dayBounds } from '../../contract/local-time.ts';
import { addDays } from '../../contract/parsers.ts';
import { feedLessons } from '../lessons/lessons.ts';
import { locationFacts, schoolZone } from '../locations/locations.ts';
import { LinkLimits } from '../platform/auth/link-limits.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { isUnavailable, type RequestContext } from '../platform/database/unavailable.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { Policies } from '../policies.ts';
import { discreetName, studentNames } from '../students/students.ts';
import { vehicleFacts } from '../vehicles/vehicles.ts';
import { calendarText } from './calendar-text.ts';
import type { FeedCopies, FeedCopy } from './feed-copies.ts';
import { FeedGuessesError, FeedUnknownError } from './feed-errors.ts';
import { feedRepository, type WorkingFeed } from './feed-repository.ts';
import { canBeToken, tokenHash } from './feed-token.ts';

/** A calendar file for a calendar program. */
export interface FeedReading extends FeedCopy {
  /** Whether the database could not be reached, so that this is the last good file. */
  readonly stale: boolean;
}

/** The parts of the reader. */
export interface FeedReaderParts {
  readonly database: DatabaseHandle;
  readonly copies: FeedCopies;
  readonly policies: Pick<Policies, 'databaseRead' | 'anonymous'>;
  readonly wallClock: WallClock;
  /** A monotonic clock in milliseconds, for the limit of guesses. */
  readonly monotonic: () => number;
  /** Receives errors of keeping a copy, which do not fail the request. */
  readonly onCopyFailure: (error: unknown) => void;
}

/**
 * Reads calendar files for anyone who has a token.
 *
 * Anyone can send such requests, so tokens that this server has not seen are limited per address and read through the
 * pipeline of anonymous clients (docs/decisions/0044). Known ones are not: the calendar programs of many instructors may
 * share an address, such as that of a calendar service.
 */
export class FeedReader {
  readonly #parts: FeedReaderParts;
  readonly #limits = new LinkLimits();

  constructor(parts: FeedReaderParts) {
    this.#parts = parts;
  }

  /**
   * Reads the calendar file of a token: live, or the last good one while the database is unavailable.
   *
   * @param address of the client
   * @throws FeedUnknownError; FeedGuessesError; the error of the live read when there is no copy
   */
  async read(token: string, address: string, context: RequestContext = {}): Promise<FeedReading> {
    if (!canBeToken(token)) throw new FeedUnknownError();
    const { copies, policies } = this.#parts;
    const hash = tokenHash(token);
    const copy = copies.find(hash);
    if (copy !== undefined) return this.#readKnown(hash, copy, context);
    const waitMs = this.#limits.admit(address, this.#parts.monotonic());
    if (waitMs > 0) throw new FeedGuessesError(waitMs);
    let found: FeedContent | undefined;
    try {
      found = await policies.anonymous.execute(() => this.#content(hash), { ...context, key: 'calendar-feed' });
    } catch (error) {
      this.#limits.withdrawn(address);
      throw error;
    }
    if (found === undefined) throw new FeedUnknownError();
    this.#limits.withdrawn(address);
    return this.#keep(hash, found, undefined);
  }

  async #readKnown(hash: Buffer, copy: FeedCopy, context: RequestContext): Promise<FeedReading> {
    let found: FeedContent | undefined;
    try {
      found = await this.#parts.policies.databaseRead.execute(() => this.#content(hash), context);
    } catch (error) {
      if (!isUnavailable(error, context)) throw error;
      return { ...copy, stale: true };
    }
    if (found === undefined) {
      this.forget(hash);
      throw new FeedUnknownError();
    }
    return this.#keep(hash, found, copy);
  }

  /** Removes the last good file of a link that was revoked. */
  forget(hash: Buffer): void {
    this.#bestEffort(() => this.#parts.copies.forget(hash));
  }

  /** When a link was last read on this server. */
  lastReadAt(hash: Buffer): Temporal.Instant | undefined {
    return this.#parts.copies.find(hash)?.asOf;
  }

  #keep(hash: Buffer, { body, asOf }: FeedContent, earlier: FeedCopy | undefined): FeedReading {
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
    const modified = earlier?.etag === etag ? earlier.modified : nextSecond(asOf, earlier?.modified);
    const copy: FeedCopy = { body, etag, modified, asOf };
    this.#bestEffort(() => this.#parts.copies.keep(hash, copy));
    return { ...copy, stale: false };
  }

  /** A full disk must not hide the lessons that the database has just returned. */
  #bestEffort(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#parts.onCopyFailure(error);
    }
  }

  async #content(hash: Buffer): Promise<FeedContent | undefined> {
    const { database, wallClock } = this.#parts;
    // Read before the query, so that the data is never older than `asOf`.
    const asOf = wallClock.now();
    const feed = await feedRepository.findByHash(database, hash);
    if (feed === undefined) return undefined;
    return { body: await feedBody(database, feed, wallClock), asOf };
  }
}

interface FeedContent {
  readonly body: string;
  readonly asOf: Temporal.Instant;
}

async function feedBody(database: DatabaseHandle, feed: WorkingFeed, wallClock: WallClock): Promise<string> {
  const { school_id: schoolId, instructor_id: instructorId, instructor_name: name } = feed;
  const zone = await schoolZone(database, schoolId);
  const today = wallClock.today(zone).toString();
  const period = {
    from: dayBounds(addDays(today, -feedDaysBack), zone).from,
    to: dayBounds(addDays(today, feedDaysAhead), zone).to,
  };
  const lessons = await feedLessons(database, schoolId, instructorId, period);
  const students = await studentNames(database, schoolId, unique(lessons.map(({ student_id }) => student_id)));
  const vehicles = await vehicleFacts(database, schoolId, unique(lessons.map(({ vehicle_id }) => vehicle_id)));
  const vehicleNames = new Map(vehicles.map((vehicle) => [vehicle.id, vehicle.name]));
  const locations = await locationFacts(database, schoolId);
  const locationNames = new Map(locations.map((location) => [location.id, location.name]));
  return calendarText(
    `Driving lessons (${name})`,
    lessons.map((lesson) => {
      const names = students.get(lesson.student_id);
      return {
        ...lesson,
        student: names === undefined ? 'Student' : discreetName(names),
        cancelled: lesson.status === 'cancelled',
        place: lesson.pickup ?? locationNames.get(lesson.location_id) ?? '',
        vehicle: (lesson.vehicle_id === null ? undefined : vehicleNames.get(lesson.vehicle_id)) ?? null,
      };
    }),
  );
}

/** The time of a change in whole seconds, later than that of the content before: HTTP compares whole seconds. */
function nextSecond(now: Temporal.Instant, earlier: Temporal.Instant | undefined): Temporal.Instant {
  const second = now.round({ smallestUnit: 'second', roundingMode: 'floor' });
  if (earlier === undefined || Temporal.Instant.compare(second, earlier) > 0) return second;
  return earlier.add({ seconds: 1 });
}

function unique(ids: readonly (string | null)[]): string[] {
  return [...new Set(ids)].filter((id) => id !== null);
}
