import fc from 'fast-check';
import { dayBounds } from '../../local-time.ts';
import { addDays } from '../../parsers.ts';
import type { SlotRequest } from '../slots.ts';
import type { BookingWorld, Claim, DatedRuleSet, ResourceKind } from '../world.ts';

/** A small school and a search in it. */
export interface SearchCase {
  readonly world: BookingWorld;
  readonly request: SlotRequest;
}

const minuteMs = 60_000;

/** Small schools in three zones, on ordinary days and around both clock changes, with everything that can refuse a lesson. */
export const searchCase: fc.Arbitrary<SearchCase> = fc
  .record({
    zone: fc.constantFrom('America/Toronto', 'America/Winnipeg', 'America/Atikokan'),
    middle: fc.constantFrom('2026-03-08', '2026-11-01', '2026-06-10'),
    before: fc.integer({ min: 0, max: 1 }),
    after: fc.integer({ min: 0, max: 2 }),
  })
  .chain(({ zone, middle, before, after }) => {
    const from = addDays(middle, -before);
    const to = addDays(middle, after);
    const start = dayBounds(addDays(from, -1), zone).from;
    // Most expiries lie outside the period, so that something remains to be found.
    const near = fc.integer({ min: -2, max: 4 }).map((days) => addDays(from, days));
    const late = fc.option(
      fc.oneof({ weight: 6, arbitrary: fc.constant('2030-01-01') }, { weight: 1, arbitrary: near }),
      {
        freq: 12,
      },
    );
    const early = fc.option(
      fc.oneof({ weight: 6, arbitrary: fc.constant('2020-01-01') }, { weight: 1, arbitrary: near }),
    );
    const minuteOfDay = fc.oneof(
      fc.integer({ min: 0, max: 96 }).map((quarter) => quarter * 15),
      fc.nat({ max: 1_440 }),
    );
    const hours = fc
      .record({
        weekday: fc.integer({ min: 1, max: 7 }),
        a: minuteOfDay,
        b: minuteOfDay,
        valid_from: early,
        valid_to: late,
      })
      .filter(({ a, b }) => a !== b)
      .map(({ a, b, ...rest }) => ({ ...rest, from_minute: Math.min(a, b), to_minute: Math.max(a, b) }));
    const wholeWeek = fc.constant(
      [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
        weekday,
        from_minute: 0,
        to_minute: 1_440,
        valid_from: null,
        valid_to: null,
      })),
    );
    const transmissions = fc.constantFrom('automatic' as const, 'manual' as const, 'both' as const);
    const instructor = (id: string) =>
      fc.record({
        id: fc.constant(id),
        name: fc.constant(id),
        licence_expires_on: late,
        contract_from: early,
        contract_to: late,
        transmissions,
        disabled: fc.integer({ min: 0, max: 15 }).map((chance) => chance === 0),
        hours: fc.oneof(fc.array(hours, { maxLength: 12 }), wholeWeek),
      });
    const vehicle = (id: string) =>
      fc.record({
        id: fc.constant(id),
        name: fc.constant(id),
        transmission: fc.constantFrom('automatic' as const, 'manual' as const),
        dual_brake: fc.boolean(),
        insurance_expires_on: late,
        registration_expires_on: late,
        safety_expires_on: late,
      });
    const student = fc.record({
      id: fc.constant('s1'),
      name: fc.constant('s1'),
      birth_date: fc.oneof(
        { weight: 8, arbitrary: fc.constant('2005-02-28') },
        { weight: 1, arbitrary: near.map((day) => `${Number(day.slice(0, 4)) - 16}${day.slice(4)}`) },
      ),
      licence_class: fc.constantFrom('none' as const, 'G1' as const, 'G1' as const, 'G2' as const, 'G' as const),
      licence_issued_on: early,
      licence_expires_on: late,
      instructor_id: fc.constantFrom('i1', null),
      area: fc.constantFrom('M5V', null),
    });
    const rules = {
      in_vehicle_day_cap_minutes: 120,
      in_vehicle_class_day_cap_minutes: 60,
      student_age_min: 16,
      g1_from_minute: 300,
      g1_to_minute: 1_440,
      deadline_near_days: 14,
      in_vehicle_minutes: 600,
      classroom_minutes: 1_200,
      flexible_minutes: 600,
    };
    const rule_set = { id: 'r', name: 'bde-2024', rules };
    // Stricter rules may begin on one of the days.
    const rule_sets = fc.option(near, { nil: null }).map((changes_on): DatedRuleSet[] => {
      const first = { ...rule_set, effective_from: '2000-01-01' };
      if (changes_on === null) return [{ ...first, effective_to: null }];
      const strict = { ...rules, in_vehicle_day_cap_minutes: 60, g1_from_minute: 600, g1_to_minute: 1_080 };
      return [
        { ...first, effective_to: addDays(changes_on, -1) },
        { id: 'r2', name: 'bde-next', rules: strict, effective_from: changes_on, effective_to: null },
      ];
    });
    const enrolment = fc.record({
      id: fc.constant('e1'),
      student_id: fc.constant('s1'),
      kind: fc.constant('bde' as const),
      status: fc.oneof(
        { weight: 9, arbitrary: fc.constant('active') },
        { weight: 1, arbitrary: fc.constant('expired') },
      ),
      course_started_on: fc.oneof({ weight: 6, arbitrary: fc.constant('2025-12-01') }, { weight: 1, arbitrary: near }),
      deadline_on: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('2027-01-01', null) },
        { weight: 1, arbitrary: near.map((day) => addDays(day, 14)) },
        { weight: 1, arbitrary: near },
      ),
      rule_set: fc.constant(rule_set),
    });
    const resources: readonly (readonly [ResourceKind, string])[] = [
      ['student', 's1'],
      ['student', 's2'],
      ['instructor', 'i1'],
      ['instructor', 'i2'],
      ['vehicle', 'v1'],
      ['vehicle', 'v2'],
    ];
    const claim = fc
      .record({
        index: fc.nat({ max: 5 }),
        source_kind: fc.constantFrom('lesson' as const, 'time_off' as const, 'outage' as const, 'road_test' as const),
        source: fc.nat({ max: 9 }),
        at: fc.integer({ min: 0, max: 5 * 288 }),
        long: fc.integer({ min: 1, max: 60 }),
      })
      .map(({ index, source_kind, source, at, long }): Claim => {
        const [resource_kind, resource_id] = resources[index] ?? ['student', 's1'];
        const begins = start + at * 5 * minuteMs;
        return {
          source_kind,
          source_id: `l${source}`,
          resource_kind,
          resource_id,
          from: begins,
          to: begins + long * 5 * minuteMs,
        };
      });
    const day = fc.integer({ min: -1, max: 4 }).map((days) => addDays(from, days));
    return fc
      .record({
        instructors: fc.tuple(instructor('i1'), instructor('i2')),
        vehicles: fc.tuple(vehicle('v1'), vehicle('v2')),
        student,
        enrolment,
        claims: fc.array(claim, { maxLength: 25 }),
        closed_days: fc.array(
          fc.record({ day, location_id: fc.constantFrom(null, 'o1', 'o2'), name: fc.constant('Closed') }),
          { maxLength: 2 },
        ),
        in_vehicle: fc.array(
          fc.record({
            lesson_id: fc.constant('l1'),
            student_id: fc.constantFrom('s1', 's2'),
            local_date: day,
            minutes: fc.constantFrom(30, 60, 90),
          }),
          { maxLength: 3 },
        ),
        class_days: fc.array(fc.record({ student_id: fc.constant('s1'), day }), { maxLength: 1 }),
        owing: fc
          .integer({ min: 0, max: 15 })
          .map((chance) => (chance === 0 ? [{ student_id: 's1', cents: 100 }] : [])),
        buffer_minutes: fc.constantFrom(0, 10, 15, 30),
        minutes: fc.constantFrom(15, 30, 45, 60, 90, 120, 480),
        type: fc.constantFrom('bde_in_vehicle' as const, 'private' as const, 'road_test' as const),
        isEnrolled: fc.boolean(),
        rule_sets,
        withVehicle: fc.integer({ min: 0, max: 7 }).map((chance) => chance > 0),
        notBefore: fc.option(fc.integer({ min: 0, max: 4 * 96 })),
      })
      .map((drawn): SearchCase => ({
        world: {
          locations: [
            { id: 'o1', name: 'Main', time_zone: zone, buffer_minutes: drawn.buffer_minutes },
            { id: 'o2', name: 'Other', time_zone: 'America/Toronto', buffer_minutes: 15 },
          ],
          instructors: drawn.instructors,
          vehicles: drawn.vehicles,
          students: [drawn.student, { ...drawn.student, id: 's2', name: 's2' }],
          enrolments: [drawn.enrolment],
          rule_sets: drawn.rule_sets,
          closed_days: drawn.closed_days,
          claims: drawn.claims,
          in_vehicle: drawn.in_vehicle,
          class_days: drawn.class_days,
          owing: drawn.owing,
        },
        request: {
          type: drawn.type,
          student_id: 's1',
          enrolment_id: drawn.type === 'bde_in_vehicle' || drawn.isEnrolled ? 'e1' : null,
          location_id: 'o1',
          minutes: drawn.minutes,
          from,
          to,
          instructor_ids: ['i1', 'i2'],
          vehicle_ids: drawn.withVehicle ? ['v1', 'v2'] : null,
          ...(drawn.notBefore === null ? {} : { not_before: start + drawn.notBefore * 15 * minuteMs + 1 }),
        },
      }));
  });
