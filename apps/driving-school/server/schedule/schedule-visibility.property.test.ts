import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Actor, Role } from '../../contract/session.ts';
import { roles } from '../../contract/session.ts';
import { addDays } from '../../contract/parsers.ts';
import type { ScheduleData, ScheduledLesson } from './schedule-data.ts';
import { calendarFor, daySheetFor, visibleInstructor } from './schedule-views.ts';
import { prepareCopy } from './standby-copying.ts';
import { StandbyStore } from './standby-store.ts';

const from = '2026-03-09';
const people = ['ann', 'bob', 'cy'];
const cars = ['car-1', 'car-2', null];
const places = ['main', 'north'];
const day = fc.integer({ min: 0, max: 14 }).map((days) => addDays(from, days));

const lessons = fc
  .array(
    fc.record({
      local_date: day,
      instructor_id: fc.constantFrom(...people),
      vehicle_id: fc.constantFrom(...cars),
      location_id: fc.constantFrom(...places),
      status: fc.constantFrom('booked', 'cancelled', 'done', 'no_show'),
    }),
    { maxLength: 20 },
  )
  .map((all) =>
    all.map(
      (lesson, index) =>
        ({
          ...lesson,
          id: `lesson-${index}`,
          instructor_name: lesson.instructor_id,
          vehicle_name: lesson.vehicle_id,
          details: { student: { id: `student-${index}`, name: `Student ${index}`, phone: null } },
        }) as unknown as ScheduledLesson,
    ),
  );

const schedules = fc
  .record({ lessons, away: fc.array(fc.constantFrom(...people, 'car-1', 'car-2'), { maxLength: 4 }) })
  .map(({ away, ...rest }): ScheduleData => ({
    ...rest,
    schoolId: 'school',
    locations: places.map((id) => ({ id, name: id, time_zone: 'America/Toronto', status: 'active' })),
    instructors: people.map((id) => ({
      id,
      name: id,
      disabled: false,
      contract_from: null,
      contract_to: null,
      hours: [],
    })),
    vehicles: ['car-1', 'car-2'].map((id) => ({ id, name: id, status: 'active', location_id: null })),
    away: away.map((of, index) => ({
      id: `away-${index}`,
      of,
      from: Date.parse('2026-03-10T12:00Z') + index,
      to: Date.parse('2026-03-11T12:00Z'),
      reason: `private reason of ${of}`,
    })),
    closed_days: [],
  }));

const actors = fc
  .record({
    role: fc.constantFrom<Role>(...roles),
    userId: fc.constantFrom(...people, 'somebody'),
    schoolId: fc.constantFrom('school', 'school', 'school', 'other school'),
  })
  .map((actor): Actor => ({ ...actor, name: actor.userId }));

const queries = fc
  .record({
    by: fc.constantFrom('instructor' as const, 'vehicle' as const),
    start: fc.integer({ min: 0, max: 14 }),
    length: fc.integer({ min: 0, max: 14 }),
    instructor_id: fc.option(fc.constantFrom(...people), { nil: undefined }),
    location_id: fc.option(fc.constantFrom(...places), { nil: undefined }),
    include: fc.option(fc.constant('cancelled' as const), { nil: undefined }),
  })
  .map(({ start, length, ...query }) => ({
    ...query,
    from: addDays(from, start),
    to: addDays(from, Math.min(14, start + length)),
  }));

/** The slow and obvious rule. */
function maySee(actor: Actor, lesson: ScheduledLesson): boolean {
  if (actor.schoolId !== 'school') return false;
  if (actor.role === 'owner' || actor.role === 'office') return true;
  return actor.role === 'instructor' && lesson.instructor_id === actor.userId;
}

test('nobody sees a lesson, a person or a reason that they may not see, and the copy shows the same as the live data', async () => {
  await fc.assert(
    fc.asyncProperty(schedules, actors, queries, async (schedule, actor, query) => {
      const store = new StandbyStore(new DatabaseSync(':memory:'));
      const asOf = Temporal.Instant.from('2026-03-09T13:00:00Z');
      store.replace(await prepareCopy({ schedule, asOf, period: { from, to: addDays(from, 14) } }));
      const copy = store.find('school', query);
      assert.ok(copy?.complete);
      // The live query of an instructor reads only their own lessons.
      const own = visibleInstructor(actor);
      const live = {
        ...schedule,
        lessons: schedule.lessons
          .filter(({ instructor_id }) => own === undefined || instructor_id === own)
          .toSorted((one, other) => one.local_date.localeCompare(other.local_date)),
      };
      const shown = calendarFor(actor, copy.schedule, query);
      assert.deepEqual(shown, calendarFor(actor, live, query));

      const allowed = new Set(
        schedule.lessons
          .filter(
            (lesson) =>
              maySee(actor, lesson) &&
              lesson.local_date >= query.from &&
              lesson.local_date <= query.to &&
              (query.include === 'cancelled' || lesson.status !== 'cancelled') &&
              (query.instructor_id === undefined || lesson.instructor_id === query.instructor_id) &&
              (query.location_id === undefined || lesson.location_id === query.location_id),
          )
          .map(({ id }) => id),
      );
      assert.deepEqual(new Set(shown.data.flatMap((row) => row.lessons.map(({ id }) => id))), allowed);
      if (actor.schoolId !== 'school' || own === null) assert.deepEqual(shown.data, []);
      else if (own !== undefined && query.by === 'instructor') {
        assert.ok(shown.data.every(({ instructor_id }) => instructor_id === own));
      }

      const sheet = daySheetFor(actor, copy.schedule, query.from, {});
      assert.deepEqual(sheet, daySheetFor(actor, live, query.from, {}));
      assert.deepEqual(
        new Set(sheet.lessons.map(({ id }) => id)),
        new Set(
          schedule.lessons
            .filter(
              (lesson) => maySee(actor, lesson) && lesson.local_date === query.from && lesson.status !== 'cancelled',
            )
            .map(({ id }) => id),
        ),
      );
    }),
    { seed: 7, numRuns: 300 },
  );
});
