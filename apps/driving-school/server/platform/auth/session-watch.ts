import type { Clock, Pipeline } from 'dualbrake';
import type { Log } from '../logs/log.ts';
import type { WallClock } from '../wall-clock.ts';
import type { KnownSessions } from './known-sessions.ts';
import type { KnownUsers } from './known-users.ts';
import { UserUnknownNowError } from './user-directory.ts';

/** How a session stands: nothing when it is over. */
export interface Standing {
  /** Milliseconds since the epoch: it ends then unless the person does something. */
  readonly idleEndsAtMs: number;
}

interface SessionCheck {
  readonly sessionId: string;
  /** Whether the person has done something, or an open page asks by itself. */
  readonly active: boolean;
  /** Whether the database can be asked. */
  readonly source: 'live' | 'copy';
  readonly correlationId: string;
}

interface SessionWatchParts {
  /** Reads and writes the table `sessions`. Each rejects when the database cannot be asked. */
  readonly table: {
    lastSeen(id: string): Promise<Date | undefined>;
    touch(id: string, now: Date): Promise<void>;
  };
  /** Bounds and guards the asking. */
  readonly pipeline: Pipeline;
  readonly known: KnownSessions;
  /** Remembers on this machine which sessions have ended. */
  readonly copies: KnownUsers;
  /** A session ends after this long without activity, in milliseconds. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly log: Log;
  /** Hears when sessions have ended. */
  readonly onEnded?: () => void;
}

interface Watched {
  /** Milliseconds since the epoch. */
  lastActiveMs: number;
  /** When activity was last written down, milliseconds since the epoch. */
  writtenMs: number;
  /** Clock reading of the last answer of the database. */
  askedAt: number;
}

/** The database is asked about the same session no more often: one ended elsewhere is seen after this time. */
const askAgainMs = 3_000;
/** Activity is written down no more often: each write costs the disk. */
const writeAgainMs = 60_000;
/** The most sessions kept in memory; the longest idle are dropped first. */
const rememberedMax = 5_000;

/**
 * Says whether sessions have been ended, by hand or because nobody did anything. Asks the database while it answers;
 * during an outage what this machine knows decides, so that people who are signed in can go on.
 */
export class SessionWatch {
  readonly #parts: SessionWatchParts;
  /** In the order of use, so that the first is the longest idle. */
  readonly #watched = new Map<string, Watched>();
  constructor(parts: SessionWatchParts) {
    this.#parts = parts;
  }

  /** Takes in a session that has just begun. */
  begin(sessionId: string): void {
    const nowMs = this.#nowMs();
    this.#remember(sessionId, { lastActiveMs: nowMs, writtenMs: nowMs, askedAt: this.#parts.clock.now() });
    this.#writeLocally(sessionId, nowMs);
  }

  /** Ends sessions on this machine. They stay ended over a restart and through an outage. */
  end(sessionIds: readonly string[]): void {
    const { copies, log, onEnded } = this.#parts;
    for (const id of sessionIds) {
      this.#watched.delete(id);
      const error = copies.endSession(id, this.#nowMs());
      if (error === undefined) continue;
      log.error(
        { event: 'session.end_not_written', err: error },
        'The end of a session could not be written to the data folder. It holds until the program stops: make room on the disk',
      );
    }
    if (sessionIds.length > 0) onEnded?.();
  }

  /** Whether it was ended on this machine. */
  hasEnded(sessionId: string): boolean {
    return this.#parts.copies.hasEnded(sessionId);
  }

  /**
   * @returns nothing when the session is over
   * @throws UserUnknownNowError when the database cannot be asked and this machine does not know the session
   */
  async check({ sessionId, active, source, correlationId }: SessionCheck): Promise<Standing | undefined> {
    if (this.hasEnded(sessionId)) return undefined;
    const call = { key: 'session.check', attributes: { correlationId } };
    const watched = await this.#find(sessionId, source, call);
    if (watched === undefined) {
      this.end([sessionId]);
      return undefined;
    }
    const { idleMs } = this.#parts;
    const nowMs = this.#nowMs();
    // The distance in either direction: a wall clock that was set back must not keep a session alive.
    if (Math.abs(nowMs - watched.lastActiveMs) > idleMs) {
      this.end([sessionId]);
      return undefined;
    }
    if (active) {
      watched.lastActiveMs = nowMs;
      if (Math.abs(nowMs - watched.writtenMs) >= writeAgainMs) await this.#write(sessionId, watched, source, call);
    }
    this.#remember(sessionId, watched);
    return { idleEndsAtMs: watched.lastActiveMs + idleMs };
  }

  async #find(
    sessionId: string,
    source: 'live' | 'copy',
    call: { readonly key: string; readonly attributes: Readonly<Record<string, unknown>> },
  ): Promise<Watched | undefined> {
    const { clock, pipeline, table } = this.#parts;
    const watched = this.#watched.get(sessionId);
    if (watched !== undefined && clock.now() - watched.askedAt < askAgainMs) return watched;
    if (source === 'copy') return watched ?? this.#fromDisk(sessionId, undefined);
    let lastSeen: Date | undefined;
    try {
      lastSeen = await pipeline.execute(() => table.lastSeen(sessionId), call);
    } catch (error) {
      return watched ?? this.#fromDisk(sessionId, error);
    }
    if (lastSeen === undefined) return undefined;
    // Another instance may have seen more of the person, and this one during an outage more than the database.
    const lastActiveMs = Math.max(
      lastSeen.getTime(),
      watched?.lastActiveMs ?? 0,
      this.#parts.known.lastSeenMs(sessionId) ?? 0,
    );
    return { lastActiveMs, writtenMs: watched?.writtenMs ?? lastSeen.getTime(), askedAt: clock.now() };
  }

  #fromDisk(sessionId: string, cause: unknown): Watched {
    const lastActiveMs = this.#parts.known.lastSeenMs(sessionId);
    if (lastActiveMs === undefined) throw new UserUnknownNowError(cause);
    return { lastActiveMs, writtenMs: lastActiveMs, askedAt: Number.NEGATIVE_INFINITY };
  }

  async #write(
    sessionId: string,
    watched: Watched,
    source: 'live' | 'copy',
    call: { readonly key: string; readonly attributes: Readonly<Record<string, unknown>> },
  ): Promise<void> {
    const { pipeline, table, log } = this.#parts;
    watched.writtenMs = watched.lastActiveMs;
    this.#writeLocally(sessionId, watched.lastActiveMs);
    if (source === 'copy') return;
    try {
      await pipeline.execute(() => table.touch(sessionId, new Date(watched.lastActiveMs)), call);
    } catch (error) {
      // Known here and on this disk; the database hears of it a minute later.
      log.debug({ event: 'session.activity_not_written', err: error }, 'Activity of a session was not written');
    }
  }

  #writeLocally(sessionId: string, nowMs: number): void {
    const { known, log } = this.#parts;
    try {
      known.remember(sessionId, nowMs);
    } catch (error) {
      // The copy is for bad days; that it cannot be written must not spoil a good one.
      log.warn({ event: 'known_sessions.not_written', err: error }, 'The local copy of a session could not be written');
    }
  }

  #remember(sessionId: string, watched: Watched): void {
    // Ended by another request while this one asked the database.
    if (this.hasEnded(sessionId)) return;
    this.#watched.delete(sessionId);
    this.#watched.set(sessionId, watched);
    if (this.#watched.size > rememberedMax) {
      const [longestIdle] = this.#watched.keys();
      if (longestIdle !== undefined) this.#watched.delete(longestIdle);
    }
  }

  #nowMs(): number {
    return this.#parts.wallClock.now().epochMilliseconds;
  }
}
