import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Answer } from '../students/testing/test-school.ts';
import { type Student, testBook, type TestBook } from './testing/test-book.ts';

let book: TestBook;
before(async () => {
  book = await testBook();
});
after(() => book?.[Symbol.asyncDispose]());

const minuteMs = 60_000;
const allDay = [1, 2, 3, 4, 5, 6, 7].map((weekday) => [weekday, 0, 1_440] as const);
/** The quarter hours around both clock changes, as instants. */
const nights = [Date.parse('2026-03-08T02:00Z'), Date.parse('2026-11-01T02:00Z')];

interface Place {
  readonly start: number;
  readonly minutes: number;
  readonly instructor: number;
  readonly vehicle: number;
  readonly kenora: boolean;
}

/** A lesson of the model: plain data in a list. */
interface Modelled {
  readonly student: number;
  readonly isCourse: boolean;
  place: Place;
  isBooked: boolean;
  /** Newest last; null is the booking itself. */
  readonly history: ({ readonly place: Place; readonly isBooked: boolean } | null)[];
}

const place = fc.record({
  night: fc.nat(1),
  quarter: fc.nat(39),
  minutes: fc.constantFrom(30, 45, 60, 90),
  instructor: fc.nat(1),
  vehicle: fc.nat(1),
  kenora: fc.boolean(),
});
const placeOf = ({ night, quarter, ...rest }: { night: number; quarter: number } & Omit<Place, 'start'>): Place => ({
  ...rest,
  start: (nights[night] ?? 0) + quarter * 15 * minuteMs,
});
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('create' as const), student: fc.nat(1), isCourse: fc.boolean(), place }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), lesson: fc.nat(20), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stay' as const), lesson: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), lesson: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('undo' as const), lesson: fc.nat(20) }) },
);

/** The wall clock by `Intl`, which the program does not use for it. */
function wall(instant: number, kenora: boolean): { readonly day: string; readonly minute: number } {
  const zone = kenora ? 'America/Winnipeg' : 'America/Toronto';
  const text = new Date(instant).toLocaleString('sv-SE', { timeZone: zone });
  return { day: text.slice(0, 10), minute: Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16)) };
}

/** All that a lesson occupies, minute by minute: `instructor 1 29000000`. */
function occupied(student: number, { start, minutes, instructor, vehicle }: Place): string[] {
  const first = start / minuteMs;
  const each = (name: string, length: number) => Array.from({ length }, (_, index) => `${name} ${first + index}`);
  return [
    ...each(`student ${student}`, minutes),
    ...each(`instructor ${instructor}`, minutes + 15),
    ...each(`vehicle ${vehicle}`, minutes + 15),
  ];
}

/** The expected answer: the rules in the plainest way. Student 0 has a G1, student 1 a G2. */
function expected(
  lessons: readonly Modelled[],
  { student, isCourse }: Pick<Modelled, 'student' | 'isCourse'>,
  at: Place,
  { self, isUndo = false }: { readonly self?: Modelled | undefined; readonly isUndo?: boolean } = {},
): 'ok' | 'hard' | 'taken' | 'soft' {
  const start = wall(at.start, at.kenora);
  const end = wall(at.start + at.minutes * minuteMs, at.kenora);
  const endsNextDay = end.day !== start.day && end.minute > 0;
  if (student === 0 && (start.minute < 300 || endsNextDay || (end.day === start.day && end.minute < 300)))
    return 'hard';
  const others = lessons.filter((lesson) => lesson.isBooked && lesson !== self);
  const busy = new Set(others.flatMap((lesson) => occupied(lesson.student, lesson.place)));
  if (occupied(student, at).some((minute) => busy.has(minute))) return 'taken';
  const sameDay = others.filter(
    (lesson) =>
      lesson.student === student && lesson.isCourse && wall(lesson.place.start, lesson.place.kenora).day === start.day,
  );
  const total = sameDay.reduce((sum, lesson) => sum + lesson.place.minutes, at.minutes);
  return isCourse && total > 120 && !isUndo ? 'soft' : 'ok';
}

function outcomeOf({ status, body, text }: Answer): string {
  if (status === 200 || status === 201) return 'ok';
  if (body.code === 'slot_taken') return 'taken';
  assert.equal(body.code, 'rules_refuse', text);
  return body.refusals.some(({ kind }: { readonly kind: string }) => kind === 'hard') ? 'hard' : 'soft';
}

test('P1, P2, P3, P5, P6, P7, P8: any sequence of changes is answered as by a plain model, on both clock-change nights', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 12, maxLength: 24 }), async (operations) => {
      const students: Student[] = [await book.addStudent({ licence_class: 'G1' }), await book.addStudent()];
      for (const { enrolment } of students) {
        await book.change('enrolments', enrolment, { course_started_on: '2026-03-01', deadline_on: '2027-03-01' });
      }
      const instructors = [await book.addInstructor('One', allDay), await book.addInstructor('Two', allDay)];
      const vehicles = [await book.addVehicle(plate()), await book.addVehicle(plate())];
      const lessons: (Modelled & { readonly id: string; version: number })[] = [];
      const fieldsOf = (at: Place) => ({
        starts_at: new Date(at.start).toISOString(),
        minutes: at.minutes,
        instructor_id: instructors[at.instructor],
        vehicle_id: vehicles[at.vehicle],
        location_id: at.kenora ? book.kenora : book.location,
      });
      for (const step of operations) {
        if (step.kind === 'create') {
          const { student, isCourse } = step;
          const at = placeOf(step.place);
          const { id, enrolment } = students[student] ?? book.student;
          const answer = await book.book({
            ...fieldsOf(at),
            student_id: id,
            ...(isCourse ? { enrolment_id: enrolment } : { type: 'private', enrolment_id: null }),
          });
          assert.equal(outcomeOf(answer), expected(lessons, { student, isCourse }, at), `create: ${answer.text}`);
          if (answer.status === 201) {
            const { id: lessonId, version, local_date, local_start } = answer.body.data;
            const { day, minute } = wall(at.start, at.kenora);
            const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
            assert.deepEqual([local_date, local_start], [day, `${day}T${clock}`]);
            lessons.push({ id: lessonId, version, student, isCourse, place: at, isBooked: true, history: [null] });
          }
          continue;
        }
        const lesson = lessons[step.lesson % Math.max(1, lessons.length)];
        if (lesson === undefined) continue;
        const earlier = { place: lesson.place, isBooked: lesson.isBooked };
        if (step.kind === 'undo') {
          const answer = await book.act(lesson, 'undo');
          const to = lesson.history.at(-1);
          if (to === undefined) assert.equal(answer.body.code, 'undo_expired');
          else {
            const isBookedAgain = to?.isBooked === true;
            const verdict = isBookedAgain ? expected(lessons, lesson, to.place, { self: lesson, isUndo: true }) : 'ok';
            assert.equal(outcomeOf(answer), verdict, `undo: ${answer.text}`);
            if (answer.status === 200) {
              lesson.history.pop();
              lesson.version = answer.body.data.version;
              Object.assign(lesson, to ?? { isBooked: false });
            }
          }
          continue;
        }
        const at = step.kind === 'move' ? placeOf(step.place) : lesson.place;
        const answer = await (step.kind === 'cancel'
          ? book.act(lesson, 'cancel', { reason: 'student' })
          : book.act(lesson, 'move', fieldsOf(at)));
        if (!lesson.isBooked) {
          assert.equal(answer.body.code, 'lesson_not_booked');
          continue;
        }
        const isSame = step.kind === 'stay' || JSON.stringify(at) === JSON.stringify(lesson.place);
        const verdict = step.kind === 'cancel' || isSame ? 'ok' : expected(lessons, lesson, at, { self: lesson });
        assert.equal(outcomeOf(answer), verdict, `${step.kind}: ${answer.text}`);
        if (answer.status !== 200 || (step.kind !== 'cancel' && isSame)) continue;
        lesson.history.push(earlier);
        lesson.version = answer.body.data.version;
        lesson.place = at;
        lesson.isBooked = step.kind !== 'cancel';
      }
      assert.equal(await book.overlaps(), 0);
    }),
    { seed: 20_260_308, numRuns: 8, endOnFailure: true },
  );
});

let plates = 0;
function plate(): string {
  plates += 1;
  return `P ${plates}`;
}
