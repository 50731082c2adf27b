import type { Kysely } from 'kysely';
import type { CalendarDay } from '../../contract/parsers.ts';
import { addDays } from '../../contract/parsers.ts';
import { locationFacts } from '../locations/locations.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { EventLoopYielder } from '../platform/event-loop-yielder.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { type Period, type ScheduleData, zonesOf } from './schedule-data.ts';
import { readSchedule } from './schedule-reader.ts';
import type { PreparedCopy } from './standby-store.ts';

/** Days that are copied after today. */
export const standbyDays = 14;

/** The schools of the database. */
export async function schoolIds(handle: DatabaseHandle): Promise<string[]> {
  // Only schools with users can be asked for.
  const people: Kysely<{ people: { school_id: string } }> = handle;
  const rows = await people.selectFrom('people').select('school_id').distinct().orderBy('school_id').execute();
  return rows.map(({ school_id }) => school_id);
}

/** A school's schedule of the coming days. */
export interface DatedSchedule {
  readonly schedule: ScheduleData;
  readonly period: Period;
  /** The data is never older. */
  readonly asOf: Temporal.Instant;
}

/**
 * Reads today and the next 14 days of a school. Where it has locations in several time zones, today begins with the first
 * and ends with the last.
 */
export async function readComingDays(
  handle: DatabaseHandle,
  schoolId: string,
  wallClock: WallClock,
): Promise<DatedSchedule> {
  const asOf = wallClock.now();
  // One snapshot of the database: a copy must not show a lesson at two times, or beside the holiday it was cancelled for.
  return handle
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const zones = zonesOf(await locationFacts(transaction, schoolId));
      const days = zones.map((zone) => wallClock.today(zone).toString()).toSorted();
      const [first = '', last = first] = [days[0], days.at(-1)];
      const period = { from: first, to: addDays(last, standbyDays) };
      return { asOf, period, schedule: await readSchedule(transaction, { schoolId, ...period, courses: true }) };
    });
}

/** Turns a schedule into texts, without blocking the event loop. */
export async function prepareCopy(
  { schedule, period, asOf }: DatedSchedule,
  signal?: AbortSignal,
): Promise<PreparedCopy> {
  const { schoolId, lessons, ...frame } = schedule;
  const byDay = Map.groupBy(lessons, ({ local_date }) => local_date);
  const days = new Map<CalendarDay, string>();
  const yielder = new EventLoopYielder();
  for (let day = period.from; day <= period.to; day = addDays(day, 1)) {
    days.set(day, JSON.stringify(byDay.get(day) ?? []));
    await yielder.yieldIfDue(signal);
  }
  return { schoolId, asOf, period, days, frame: JSON.stringify(frame), lessonCount: lessons.length };
}
