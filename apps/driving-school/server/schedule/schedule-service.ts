import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pipeline } from 'dualbrake';
import type { Calendar, CalendarQuery, DaySheet, DaySheetQuery } from '../../contract/calendar.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { isUnavailable, type RequestContext } from '../platform/database/unavailable.ts';
import { isolatedForMs, isolationEnd } from '../platform/isolation.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { Period, ScheduleData } from './schedule-data.ts';
import { readSchedule } from './schedule-reader.ts';
import { calendarFor, daySheetFor, visibleInstructor } from './schedule-views.ts';

/** A copy of a part of the schedule. */
export interface ScheduleCopy {
  readonly schedule: ScheduleData;
  readonly asOf: Temporal.Instant;
  /** Whether it contains all days that were asked for. */
  readonly complete: boolean;
}

/** The parts of the service. */
export interface ScheduleServiceParts {
  readonly database: DatabaseHandle;
  readonly policies: { readonly databaseRead: Pipeline };
  readonly wallClock: WallClock;
  readonly copies: {
    /** @returns undefined when no day of the period has been copied */
    find(schoolId: string, period: Period): ScheduleCopy | undefined;
  };
  /** Receives errors of reading a copy. */
  readonly onCopyFailure: (error: unknown) => void;
}

interface Found extends ScheduleCopy {
  readonly stale: boolean;
  readonly isolatedUntil?: string;
}

/** The calendar and the day sheets: live, or from the standby copy while the database is unavailable. */
export class ScheduleService {
  readonly #parts: ScheduleServiceParts;

  constructor(parts: ScheduleServiceParts) {
    this.#parts = parts;
  }

  /** @throws the error of the live read when no day of the period has been copied */
  async calendar(actor: Actor, query: CalendarQuery, context?: RequestContext): Promise<Calendar> {
    const found = await this.#find(actor, query, false, context);
    // Reading the lessons of weeks has taken a slice already.
    await nextTurn();
    const rows = calendarFor(actor, found.schedule, query);
    return { ...rows, next_cursor: null, ...dated(found, this.#parts.wallClock.now()) };
  }

  /**
   * @param day a calendar day, or `next`: the day whose sheet is printed now
   * @throws the error of the live read when the day has not been copied
   */
  async daySheet(actor: Actor, day: string, query: DaySheetQuery, context?: RequestContext): Promise<DaySheet> {
    const date = day === 'next' ? nextSheetDay(this.#parts.wallClock) : day;
    const found = await this.#find(actor, { from: date, to: date }, true, context);
    return { data: daySheetFor(actor, found.schedule, date, query), ...dated(found, this.#parts.wallClock.now()) };
  }

  async #find(actor: Actor, { from, to }: Period, courses: boolean, context?: RequestContext): Promise<Found> {
    const { database, policies, wallClock } = this.#parts;
    const { schoolId } = actor;
    const instructorId = visibleInstructor(actor) ?? undefined;
    // Before the queries, so that the data is never older.
    const asOf = wallClock.now();
    const query = { schoolId, from, to, courses, now: asOf, ...(instructorId === undefined ? {} : { instructorId }) };
    try {
      const schedule = await policies.databaseRead.execute(() => readSchedule(database, query), context);
      return { schedule, asOf, complete: true, stale: false };
    } catch (error) {
      if (!isUnavailable(error, context)) throw error;
      const copy = this.#copy(schoolId, { from, to });
      if (copy === undefined) throw error;
      const forMs = isolatedForMs(error);
      return {
        ...copy,
        stale: true,
        ...(forMs === undefined ? {} : { isolatedUntil: isolationEnd(forMs, wallClock) }),
      };
    }
  }

  /** An unreadable copy counts as none: the answer is then the outage. */
  #copy(schoolId: string, period: Period): ScheduleCopy | undefined {
    try {
      return this.#parts.copies.find(schoolId, period);
    } catch (error) {
      this.#parts.onCopyFailure(error);
      return undefined;
    }
  }
}

/** The hour from which the next day is prepared. */
const nextDayFromHour = 15;

/** Today until 15:00, then tomorrow. */
function nextSheetDay(wallClock: WallClock): CalendarDay {
  const here = wallClock.now().toZonedDateTimeISO('America/Toronto');
  return here
    .toPlainDate()
    .add({ days: here.hour >= nextDayFromHour ? 1 : 0 })
    .toString();
}

function dated({ stale, asOf, complete, isolatedUntil }: Found, now: Temporal.Instant) {
  return {
    stale,
    ...(stale ? { copy_age_seconds: Math.max(0, Math.floor(asOf.until(now).total('seconds'))) } : {}),
    as_of: asOf.toString({ smallestUnit: 'millisecond' }),
    complete,
    ...(isolatedUntil === undefined ? {} : { isolated_until: isolatedUntil }),
  };
}
