import type { Clock, Pipeline } from 'dualbrake';
import type { Log } from '../logs/log.ts';
import type { WallClock } from '../wall-clock.ts';
import type { SessionActivity } from './session-activity.ts';
import type { UserCopies } from './user-copies.ts';
import { UserUnknownNowError } from './user-directory.ts';

/** A valid session. */
export interface SessionState {
  /** When it ends unless the user is active before, in milliseconds since the epoch. */
  readonly idleEndsAtMs: number;
}

interface SessionCheck {
  readonly sessionId: string;
  /** Whether the request counts as activity of the user. */
  readonly active: boolean;
  /** `copy` while the database is unavailable. */
  readonly source: 'live' | 'copy';
  readonly correlationId: string;
}

interface SessionWatchParts {
  /** Reads and writes the table `sessions`. Rejects while the database is unavailable. */
  readonly table: {
    lastSeen(id: string): Promise<Date | undefined>;
    touch(id: string, now: Date): Promise<void>;
  };
  /** Guards the calls to the database. */
  readonly pipeline: Pipeline;
  readonly known: SessionActivity;
  /** Stores the sessions that have ended on this server. */
  readonly copies: UserCopies;
  /** A session ends after this long without activity, in milliseconds. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly log: Log;
  /** Called when sessions have ended. */
  readonly onEnded?: () => void;
}

interface Watched {
  /** Milliseconds since the epoch. */
  lastActiveMs: number;
  /** When activity was last written, in milliseconds since the epoch. */
  writtenMs: number;
  /** Clock reading of the last read from the database. */
  readAt: number;
}

/** The time between two reads of the same session: one that ended on another server is noticed after it. */
const readAgainMs = 3_000;
/** The time between two writes of the same session's activity. */
const writeAgainMs = 60_000;
/** The maximum number of sessions in memory; the least recently used are dropped. */
const rememberedMax = 5_000;

/**
 * Checks whether sessions have ended, by a user or by inactivity. During an outage of the database, the local copies
 * decide, so that signed-in users can continue.
 */
export class SessionWatch {
  readonly #parts: SessionWatchParts;
  /** In order of use, least recent first. */
  readonly #watched = new Map<string, Watched>();
  constructor(parts: SessionWatchParts) {
    this.#parts = parts;
  }

  /** Starts watching a new session. */
  begin(sessionId: string): void {
    const nowMs = this.#nowMs();
    this.#remember(sessionId, { lastActiveMs: nowMs, writtenMs: nowMs, readAt: this.#parts.clock.now() });
    this.#writeLocally(sessionId, nowMs);
  }

  /** Ends sessions on this server. They stay ended after a restart and during an outage. */
  end(sessionIds: readonly string[]): void {
    const { copies, log, onEnded } = this.#parts;
    for (const id of sessionIds) {
      this.#watched.delete(id);
      const error = copies.endSession(id, this.#nowMs());
      if (error === undefined) continue;
      log.error(
        { event: 'session.end_not_written', err: error },
        'The end of a session could not be written to the data folder and will be lost when the program stops. Free up disk space',
      );
    }
    if (sessionIds.length > 0) onEnded?.();
  }

  /** Whether the session has ended on this server. */
  hasEnded(sessionId: string): boolean {
    return this.#parts.copies.hasEnded(sessionId);
  }

  /**
   * Checks a session, and records activity.
   *
   * @returns `undefined` when the session has ended
   * @throws UserUnknownNowError when the database is unavailable and there is no local copy of the session
   */
  async check({ sessionId, active, source, correlationId }: SessionCheck): Promise<SessionState | undefined> {
    if (this.hasEnded(sessionId)) return undefined;
    const call = { key: 'session.check', attributes: { correlationId } };
    const watched = await this.#find(sessionId, source, call);
    if (watched === undefined) {
      this.end([sessionId]);
      return undefined;
    }
    const { idleMs } = this.#parts;
    const nowMs = this.#nowMs();
    // Absolute, so that setting the wall clock back can't keep a session alive.
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
    if (watched !== undefined && clock.now() - watched.readAt < readAgainMs) return watched;
    if (source === 'copy') return watched ?? this.#fromDisk(sessionId, undefined);
    let lastSeen: Date | undefined;
    try {
      lastSeen = await pipeline.execute(() => table.lastSeen(sessionId), call);
    } catch (error) {
      return watched ?? this.#fromDisk(sessionId, error);
    }
    if (lastSeen === undefined) return undefined;
    // Another instance may have recorded later activity, and this one may have during an outage.
    const lastActiveMs = Math.max(
      lastSeen.getTime(),
      watched?.lastActiveMs ?? 0,
      this.#parts.known.lastSeenMs(sessionId) ?? 0,
    );
    return { lastActiveMs, writtenMs: watched?.writtenMs ?? lastSeen.getTime(), readAt: clock.now() };
  }

  #fromDisk(sessionId: string, cause: unknown): Watched {
    const lastActiveMs = this.#parts.known.lastSeenMs(sessionId);
    if (lastActiveMs === undefined) throw new UserUnknownNowError(cause);
    return { lastActiveMs, writtenMs: lastActiveMs, readAt: Number.NEGATIVE_INFINITY };
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
      // Recorded in memory and on disk; the next write to the database is a minute later.
      log.debug({ event: 'session.activity_not_written', err: error }, 'Activity of a session was not written');
    }
  }

  #writeLocally(sessionId: string, nowMs: number): void {
    const { known, log } = this.#parts;
    try {
      known.remember(sessionId, nowMs);
    } catch (error) {
      // Copies are for outages; a failed write must not fail the request.
      log.warn({ event: 'known_sessions.not_written', err: error }, 'The local copy of a session could not be written');
    }
  }

  #remember(sessionId: string, watched: Watched): void {
    // Another request may have ended it during the read from the database.
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
