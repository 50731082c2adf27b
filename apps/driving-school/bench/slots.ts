/**
 * Measures the pure slot search with 50 instructors and 50 cars that have five lessons a day, without a database:
 * `npm run bench:slots -- [--days 14]`. In processor time, which other work on the machine changes little.
 */
import { parseArgs } from 'node:util';
import { dayBounds } from '../contract/local-time.ts';
import { addDays } from '../contract/parsers.ts';
import { findSlots, type SlotRequest } from '../contract/booking/slots.ts';
import type { BookingWorld, Claim } from '../contract/booking/world.ts';
import { median, quantile } from './statistics.ts';

const people = 50;
const { values } = parseArgs({ options: { days: { type: 'string', default: '14' } } });
const days = Number(values.days);
const lessonsPerDay = 5;
const rounds = 30;
const from = '2026-03-02';
const zone = 'America/Toronto';
const hourMs = 3_600_000;

const { world, request } = school();
const times: number[] = [];
let found = 0;
for (let round = 0; round < rounds; round += 1) {
  const begin = cpuMs();
  found = findSlots(world, request, { limit: 200 }).total;
  times.push(cpuMs() - begin);
}
process.stdout.write(
  `${days} days x ${people} instructors x ${people} cars, ${world.claims.length} claims: ${found} slots. ` +
    `First ${(times[0] ?? 0).toFixed(1)} ms, median ${median(times).toFixed(1)} ms, 95 % ${quantile(times, 0.95).toFixed(1)} ms.\n`,
);

function school(): { readonly world: BookingWorld; readonly request: SlotRequest } {
  const hours = [1, 2, 3, 4, 5, 6].map((weekday) => ({
    weekday,
    from_minute: 480,
    to_minute: 1_200,
    valid_from: null,
    valid_to: null,
  }));
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
  const claims: Claim[] = [];
  for (let day = 0; day < days; day += 1) {
    const start = dayBounds(addDays(from, day), zone).from;
    for (let person = 0; person < people; person += 1) {
      for (let lesson = 0; lesson < lessonsPerDay; lesson += 1) {
        // Spread over the day, differently for each instructor.
        const begin = start + 8 * hourMs + lesson * 2 * hourMs + ((person * 7) % 4) * 900_000;
        const source = { source_kind: 'lesson' as const, source_id: `l${day}-${person}-${lesson}` };
        const buffered = { from: begin, to: begin + 1.25 * hourMs };
        claims.push(
          {
            ...source,
            resource_kind: 'student',
            resource_id: `s${(person * 6 + lesson) % 300}`,
            from: begin,
            to: begin + hourMs,
          },
          { ...source, resource_kind: 'instructor', resource_id: `i${person}`, ...buffered },
          { ...source, resource_kind: 'vehicle', resource_id: `v${person}`, ...buffered },
        );
      }
    }
  }
  return {
    world: {
      locations: [{ id: 'o', name: 'Main', time_zone: zone, buffer_minutes: 15 }],
      instructors: ids('i').map((id) => ({
        id,
        name: id,
        licence_expires_on: '2030-01-01',
        contract_from: null,
        contract_to: null,
        transmissions: 'both',
        disabled: false,
        hours,
      })),
      vehicles: ids('v').map((id) => ({
        id,
        name: id,
        transmission: 'automatic',
        dual_brake: true,
        insurance_expires_on: '2030-01-01',
        registration_expires_on: '2030-01-01',
        safety_expires_on: null,
      })),
      students: Array.from({ length: 301 }, (_, index) => ({
        id: `s${index}`,
        name: `s${index}`,
        birth_date: '2005-01-01',
        licence_class: 'G1',
        licence_issued_on: null,
        licence_expires_on: null,
        instructor_id: 'i7',
        area: `M${index % 9}V`,
      })),
      enrolments: [
        {
          id: 'e',
          student_id: 's300',
          kind: 'bde',
          status: 'active',
          course_started_on: '2026-02-01',
          deadline_on: '2027-01-31',
          rule_set,
        },
      ],
      rule_sets: [{ ...rule_set, effective_from: '2000-01-01', effective_to: null }],
      closed_days: [],
      claims,
      in_vehicle: [],
      class_days: [],
      owing: [],
    },
    request: {
      type: 'bde_in_vehicle',
      student_id: 's300',
      enrolment_id: 'e',
      location_id: 'o',
      minutes: 60,
      from,
      to: addDays(from, days - 1),
      instructor_ids: ids('i'),
      vehicle_ids: ids('v'),
    },
  };
}

function ids(prefix: string): string[] {
  return Array.from({ length: people }, (_, index) => `${prefix}${index}`);
}

/** The processor time of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
