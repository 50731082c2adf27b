import { classify, type Clock, type Pipeline } from 'dualbrake';
import type { Log } from '../logs/log.ts';
import type { WallClock } from '../wall-clock.ts';
import type { KnownUser, KnownUsers } from './known-users.ts';
import type { UserRecord } from './user-repository.ts';

/** What is known of somebody, and how well. */
export interface Found {
  readonly user: KnownUser;
  /** `copy` while the database cannot be asked. */
  readonly source: 'live' | 'copy';
}

/** The database cannot be asked, and what we remember is too old or is nothing. */
export class UserUnknownNowError extends Error {
  override readonly name = 'UserUnknownNowError';
  readonly code = 'USER_UNKNOWN_NOW';

  constructor(cause: unknown) {
    super('Your session can’t be verified: the database is not answering, and there is no recent copy.', { cause });
  }
}

/** The database is asked about the same person no more often: a change made elsewhere is seen after this time. */
const askAgainMs = 3_000;
/** Copies older than this decide nothing: somebody may have been disabled since. */
const copyAgeMsMax = 24 * 60 * 60_000;
/** An unchanged copy is written again only when it has aged by this much: each write costs the disk. */
const rewriteAfterMs = 60_000;
/** The most people kept in memory. */
const rememberedMax = 1_000;

interface DirectoryParts {
  /** Asks the database. Rejects when it cannot be asked. */
  readonly ask: (userId: string) => Promise<UserRecord | undefined>;
  /** Bounds and guards the asking. */
  readonly pipeline: Pipeline;
  readonly copies: KnownUsers;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly log: Log;
  /** Hears when sessions of somebody have ended with what was learned: another role, disabled, a new password. */
  readonly onEnded?: () => void;
}

interface Checked extends Found {
  /** Clock reading. */
  readonly at: number;
}

/** Who people are, from the database while it answers, and from a copy of at most a day while it does not. */
export class UserDirectory {
  readonly #parts: DirectoryParts;
  /** In the order of use, so that the first is the longest idle. */
  readonly #checked = new Map<string, Checked>();
  readonly #asking = new Map<string, Promise<Found | undefined>>();

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
  }

  /**
   * @returns nothing when the database says that there is nobody of this id
   * @throws UserUnknownNowError
   */
  find(userId: string, attributes: Readonly<Record<string, unknown>> = {}): Found | Promise<Found | undefined> {
    const known = this.#checked.get(userId);
    if (known !== undefined && this.#parts.clock.now() - known.at < askAgainMs) return known;
    // Fifty requests of one person at once ask once.
    const running = this.#asking.get(userId);
    if (running !== undefined) return running;
    const asking = this.#ask(userId, attributes).finally(() => this.#asking.delete(userId));
    this.#asking.set(userId, asking);
    return asking;
  }

  /** Takes in what has just been read or written, so that it holds at once. */
  learn(user: UserRecord): KnownUser {
    const known: KnownUser = {
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
    // An answer that was on its way when somebody changed the user must not bring the old state back.
    if (newer !== undefined && newer.user.sessionEpoch > known.sessionEpoch && at - newer.at < askAgainMs)
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

  async #ask(userId: string, attributes: Readonly<Record<string, unknown>>): Promise<Found | undefined> {
    const { ask, pipeline, log } = this.#parts;
    let user: UserRecord | undefined;
    try {
      // No signal of the request: others may wait for the same answer.
      user = await pipeline.execute(() => ask(userId), { key: 'session.check', attributes });
    } catch (error) {
      // An outage has been reported by the policies. That the database says no to us is another matter.
      if (classify(error).class === 'persistent') {
        log.error(
          { event: 'session.check_refused', err: error },
          'The database refuses to say who somebody is; a copy decides',
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
    // The distance in either direction: a wall clock that was set back must not make a copy young.
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

  #copy(user: KnownUser): void {
    const { copies, log } = this.#parts;
    try {
      const old = copies.find(user.id);
      if (old !== undefined && isUnchanged(old, user) && user.asOfMs - old.asOfMs < rewriteAfterMs) return;
      copies.remember(user);
    } catch (error) {
      // The copy is for bad days; that it cannot be written must not spoil a good one.
      log.warn({ event: 'known_users.not_written', err: error }, 'The local copy of a user could not be written');
    }
  }
}

function isUnchanged(old: KnownUser, user: KnownUser): boolean {
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
