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
    return { ...calendarFor(actor, found.schedule, query), ...dated(found) };
  }

  /** @throws the error of the live read when the day has not been copied */
  async daySheet(actor: Actor, date: CalendarDay, query: DaySheetQuery, context?: RequestContext): Promise<DaySheet> {
    const found = await this.#find(actor, { from: date, to: date }, true, context);
    return { data: daySheetFor(actor, found.schedule, date, query), ...dated(found) };
  }

  async #find(actor: Actor, { from, to }: Period, courses: boolean, context?: RequestContext): Promise<Found> {
    const { database, policies, wallClock, copies } = this.#parts;
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
      const copy = copies.find(schoolId, { from, to });
      if (copy === undefined) throw error;
      const forMs = isolatedForMs(error);
      return {
        ...copy,
        stale: true,
        ...(forMs === undefined ? {} : { isolatedUntil: isolationEnd(forMs, wallClock) }),
      };
    }
  }
}

function dated({ stale, asOf, complete, isolatedUntil }: Found) {
  return {
    stale,
    as_of: asOf.toString({ smallestUnit: 'millisecond' }),
    complete,
    ...(isolatedUntil === undefined ? {} : { isolated_until: isolatedUntil }),
  };
}
