import { randomBytes } from 'node:crypto';
import type { ChangeView, StoreView } from '../contract.ts';
import { Answers } from './answers.ts';
import { AuditLog } from './audit.ts';
import { EndedSessionList } from './ended-sessions.ts';
import { StoreFile } from './file.ts';
import { isoOf } from '../wall-time.ts';

/** How much is kept, and for how long. */
export interface Retention {
  /** Events, at most. Default 100,000. */
  readonly events?: number;
  /** Days for which events and measured minutes are kept. Default 30. */
  readonly days?: number;
  /** Lines of the audit log to keep; the oldest are removed once there are a tenth more. Default 100,000. */
  readonly auditLines?: number;
}

/** One measured minute of one breaker. */
interface Minute {
  readonly breaker: string;
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly counts: Uint32Array;
}

/** Events and minutes that wait to be written, at most; more are counted as lost. */
const WAITING_MAX = 10_000;
const DAY_MS = 24 * 60 * 60_000;
/** Old rows are removed with every 600th flush: about every ten minutes. */
const FLUSHES_PER_CLEANING = 600;

/** Everything that the console keeps over a restart, in one SQLite file. */
export class Store {
  readonly file: StoreFile;
  readonly audit: AuditLog;
  readonly answers: Answers;
  readonly endedSessions: EndedSessionList;
  readonly #retention: Required<Retention>;
  #events: ChangeView[] = [];
  #minutes: Minute[] = [];
  #flushes = 0;

  constructor(
    path: string | undefined,
    wallClock: () => number,
    auditKey: string | undefined,
    { events = 100_000, days = 30, auditLines = 100_000 }: Retention,
    onTrouble: (error: unknown) => void,
  ) {
    this.#retention = { events, days, auditLines };
    this.file = new StoreFile(path, wallClock, onTrouble);
    this.audit = new AuditLog(this.file, () => isoOf(wallClock()), auditKey);
    this.answers = new Answers(this.file);
    this.endedSessions = new EndedSessionList(this.file);
  }

  get view(): StoreView {
    const { since, lost, ...state } = this.file.state;
    return { ...state, lost: [...lost], since: since === undefined ? null : isoOf(since) };
  }

  /** Saved with the next `flush`. */
  addEvent(change: ChangeView): void {
    this.#wait(this.#events, change, 'events');
  }

  /** Saved with the next `flush`. */
  addMinute(minute: Minute): void {
    this.#wait(this.#minutes, minute, 'measured minutes');
  }

  #wait<T>(waiting: T[], item: T, what: string): void {
    if (waiting.length < WAITING_MAX) waiting.push(item);
    else this.file.reportLoss(`Some ${what} could not be kept: too many while the file could not be written.`);
  }

  /** Writes what waits. If that fails, it waits for the next time. */
  flush(): void {
    this.#flushes += 1;
    const isCleaning = this.#flushes % FLUSHES_PER_CLEANING === 1;
    if ((this.#events.length === 0 && this.#minutes.length === 0 && !isCleaning) || !this.file.isWritable) return;
    try {
      this.file.write(() => {
        for (const change of this.#events) {
          this.file.run(
            'insert into events (at, kind, target, payload) values (?, ?, ?, ?)',
            Date.parse(change.at),
            change.kind,
            change.target,
            JSON.stringify(change),
          );
        }
        for (const { breaker, minute, counts } of this.#minutes) {
          this.file.run(
            'insert or replace into history (breaker, minute, counts) values (?, ?, ?)',
            breaker,
            minute,
            new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength),
          );
        }
        if (isCleaning) this.#clean();
      });
      this.#events = [];
      this.#minutes = [];
    } catch {
      // The file has reported the reason.
    }
  }

  /** Events of a time, oldest first, at most 2,000. */
  eventsBetween(from: number, to: number): ChangeView[] {
    this.flush();
    const sql = 'select payload from events where at between ? and ? order by seq limit 2000';
    const waiting = this.#events.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to);
    return [...this.file.payloads<ChangeView>(sql, from, to), ...waiting];
  }

  /** Measured minutes of a breaker, oldest first. */
  minutesBetween(breaker: string, from: number, to: number): Minute[] {
    this.flush();
    return this.file
      .all(
        'select minute, counts from history where breaker = ? and minute between ? and ? order by minute',
        breaker,
        from,
        to,
      )
      .map(({ minute, counts }) => {
        return { breaker, minute: Number(minute), counts: new Uint32Array((counts as Uint8Array).slice().buffer) };
      });
  }

  close(): void {
    this.flush();
    this.file.close();
  }

  #clean(): void {
    const { events, days, auditLines } = this.#retention;
    const oldest = this.file.now() - days * DAY_MS;
    this.file.run('delete from events where at < ?', oldest);
    this.file.run('delete from events where seq <= (select max(seq) from events) - ?', events);
    this.file.run('delete from history where minute < ?', Math.floor(oldest / 60_000));
    this.answers.forgetOld();
    this.audit.trim(auditLines);
  }
}

/** A unique ID that can't be guessed. */
export function newId(): string {
  return randomBytes(12).toString('hex');
}
