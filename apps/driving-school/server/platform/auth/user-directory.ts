import { classify, type Clock, type Pipeline } from 'dualbrake';
import type { Log } from '../logs/log.ts';
import type { WallClock } from '../wall-clock.ts';
import type { UserCopy, UserCopies } from './user-copies.ts';
import type { UserRecord } from './user-repository.ts';

/** A user, live or from a local copy. */
export interface Found {
  readonly user: UserCopy;
  /** `copy` while the database is unavailable. */
  readonly source: 'live' | 'copy';
}

/** The database is unavailable, and there is no recent copy of the user. */
export class UserUnknownNowError extends Error {
  override readonly name = 'UserUnknownNowError';
  readonly code = 'USER_UNKNOWN_NOW';

  constructor(cause: unknown) {
    super('Your session can’t be verified: the database is not answering, and there is no recent copy.', { cause });
  }
}

/** The time between two reads of the same user: a change made on another server is noticed after it. */
const readAgainMs = 3_000;
/** Older copies are not used, because the user may have been disabled since. */
const copyAgeMsMax = 24 * 60 * 60_000;
/** The time between two writes of an unchanged copy. */
const rewriteAfterMs = 60_000;
/** The maximum number of users in memory. */
const rememberedMax = 1_000;

interface DirectoryParts {
  /** Reads a user from the database. Rejects while it is unavailable. */
  readonly read: (userId: string) => Promise<UserRecord | undefined>;
  /** Guards the reads. */
  readonly pipeline: Pipeline;
  readonly copies: UserCopies;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly log: Log;
  /** Called when a change of a user has ended their sessions: another role, disabled, a new password. */
  readonly onEnded?: () => void;
}

interface Checked extends Found {
  /** Clock reading. */
  readonly at: number;
}

/** Finds users in the database, or in a copy that is at most a day old while the database is unavailable. */
export class UserDirectory {
  readonly #parts: DirectoryParts;
  /** In order of use, least recent first. */
  readonly #checked = new Map<string, Checked>();
  readonly #reading = new Map<string, Promise<Found | undefined>>();

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
  }

  /**
   * Finds a user.
   *
   * @returns `undefined` when there is no such user in the database
   * @throws UserUnknownNowError
   */
  find(userId: string, attributes: Readonly<Record<string, unknown>> = {}): Found | Promise<Found | undefined> {
    const known = this.#checked.get(userId);
    if (known !== undefined && this.#parts.clock.now() - known.at < readAgainMs) return known;
    // Concurrent requests of one user share one read.
    const running = this.#reading.get(userId);
    if (running !== undefined) return running;
    const reading = this.#read(userId, attributes).finally(() => this.#reading.delete(userId));
    this.#reading.set(userId, reading);
    return reading;
  }

  /** Stores a user that has just been read or written, so that it takes effect immediately. */
  learn(user: UserRecord): UserCopy {
    const known: UserCopy = {
      id: user.id,
      schoolId: user.schoolId,
      role: user.role,
      name: user.name,
      email: user.email ?? '',
      disabled: user.disabled,
      sessionEpoch: user.sessionEpoch,
      asOfMs: this.#parts.wallClock.now().epochMilliseconds,
    };
    const at = this.#parts.clock.now();
    const newer = this.#checked.get(user.id);
    // A read that began before a change must not restore the old state.
    if (newer !== undefined && newer.user.sessionEpoch > known.sessionEpoch && at - newer.at < readAgainMs)
      return newer.user;
    this.#checked.delete(user.id);
    this.#checked.set(user.id, { user: known, source: 'live', at });
    if (this.#checked.size > rememberedMax) {
      const [longestIdle] = this.#checked.keys();
      if (longestIdle !== undefined) this.#checked.delete(longestIdle);
    }
    this.#copy(known);
    if (newer !== undefined && (newer.user.sessionEpoch !== known.sessionEpoch || known.disabled)) {
      this.#parts.onEnded?.();
    }
    return known;
  }

  async #read(userId: string, attributes: Readonly<Record<string, unknown>>): Promise<Found | undefined> {
    const { read, pipeline, log } = this.#parts;
    let user: UserRecord | undefined;
    try {
      // Without the request's signal: other requests may share this read.
      user = await pipeline.execute(() => read(userId), { key: 'session.check', attributes });
    } catch (error) {
      // The policies report outages, but not persistent errors.
      if (classify(error).class === 'persistent') {
        log.error(
          { event: 'session.check_refused', err: error },
          'A user could not be read from the database; the local copy is used',
        );
      }
      return this.#fromCopy(userId, error);
    }
    if (user !== undefined) return { user: this.learn(user), source: 'live' };
    this.#checked.delete(userId);
    this.#dropCopy(userId);
    return undefined;
  }

  #fromCopy(userId: string, error: unknown): Found {
    const copy = this.#parts.copies.find(userId);
    if (copy === undefined) throw new UserUnknownNowError(error);
    // Absolute, so that setting the wall clock back can't make a copy recent.
    const ageMs = Math.abs(this.#parts.wallClock.now().epochMilliseconds - copy.asOfMs);
    if (ageMs > copyAgeMsMax) throw new UserUnknownNowError(error);
    return { user: copy, source: 'copy' };
  }

  #dropCopy(userId: string): void {
    const { copies, log } = this.#parts;
    try {
      copies.forget(userId);
    } catch (error) {
      log.warn({ event: 'known_users.not_written', err: error }, 'The local copy of a user could not be deleted');
    }
  }

  #copy(user: UserCopy): void {
    const { copies, log } = this.#parts;
    try {
      const old = copies.find(user.id);
      if (old !== undefined && isUnchanged(old, user) && user.asOfMs - old.asOfMs < rewriteAfterMs) return;
      copies.remember(user);
    } catch (error) {
      // Copies are for outages; a failed write must not fail the request.
      log.warn({ event: 'known_users.not_written', err: error }, 'The local copy of a user could not be written');
    }
  }
}

function isUnchanged(old: UserCopy, user: UserCopy): boolean {
  return (
    old.role === user.role &&
    old.disabled === user.disabled &&
    old.sessionEpoch === user.sessionEpoch &&
    old.name === user.name &&
    old.email === user.email &&
    old.schoolId === user.schoolId &&
    user.asOfMs >= old.asOfMs
  );
}
