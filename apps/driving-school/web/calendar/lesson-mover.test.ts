import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BookingWorld } from '../../contract/booking/world.ts';
import { buildAxis } from './calendar-axis.ts';
import { layOut } from './calendar-layout.ts';
import { LessonMover, type PendingMove } from './lesson-mover.ts';
import { calendarOf, lessonAt, rowOf, someWorld } from './testing/calendar-data.ts';

const zone = 'America/Toronto';
const monday = '2026-03-09';

/** A mover on a page with Ivan and Omar, whose words and requests are recorded. */
function page({
  world = someWorld(),
  day = monday,
}: { world?: BookingWorld | Promise<BookingWorld>; day?: string } = {}) {
  const lesson = lessonAt(`${day}T09:00`);
  const columns = layOut({
    calendar: calendarOf([rowOf({ lessons: [lesson] }), rowOf({ instructor_id: 'omar', name: 'Omar Haddad' })]),
    axis: buildAxis([day], zone),
    locationId: '',
  });
  const said: string[] = [];
  const refused: string[] = [];
  const sent: PendingMove[] = [];
  const asked: PendingMove[] = [];
  const mover = new LessonMover({
    columns: () => columns,
    zone: () => zone,
    world: () => Promise.resolve(world),
    send: (move) => Promise.resolve(sent.push(move) > 0),
    askReasons: (move) => Promise.resolve(asked.push(move) > 0),
    say: (text) => said.push(text),
    showRefusal: (text) => refused.push(text),
  });
  return { lesson, mover, said, refused, sent, asked };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function lifted(options: Parameters<typeof page>[0] & { by?: 'keys' | 'pointer' } = {}) {
  const opened = page(options);
  opened.mover.start(opened.lesson, options.by ?? 'keys');
  await settled();
  opened.said.length = 0;
  return opened;
}

test('B16: a lesson is lifted, moved by arrows and dropped, and each step says time, column and verdict', async () => {
  const { mover, said, sent } = await lifted();
  mover.step('down');
  assert.deepEqual(said, ['09:15, Ivan Petrov, free']);
  await mover.drop();
  assert.deepEqual(
    sent.map(({ change, refusals }) => [change, refusals]),
    [[{ starts_at: '2026-03-09T13:15Z' }, []]],
  );
  assert.equal(mover.lift, undefined);
});

test('B16: a refused place says which rule before the drop, and the drop changes nothing', async () => {
  const claims = [
    {
      source_kind: 'time_off' as const,
      source_id: 'off',
      resource_kind: 'instructor' as const,
      resource_id: 'ivan',
      from: Date.parse('2026-03-09T14:00:00Z'),
      to: Date.parse('2026-03-09T15:00:00Z'),
    },
  ];
  const { mover, said, sent } = await lifted({ world: someWorld({ claims }) });
  mover.step('down');
  assert.match(said.at(-1) ?? '', /^09:15, Ivan Petrov, refused: Ivan Petrov has time off until 11:00/);
  await mover.drop();
  assert.match(said.at(-1) ?? '', /^Can’t be dropped here\. Ivan Petrov has time off/);
  assert.equal(mover.lift?.state, 'held', 'the keyboard goes on from here');
  assert.deepEqual(sent, []);
});

test('a refused drop of the pointer puts the lesson back and shows the reason', async () => {
  const world = someWorld({
    vehicles: [],
    students: someWorld().students.map((student) => ({ ...student, licence_class: 'none' as const })),
  });
  const { mover, refused, sent } = await lifted({ by: 'pointer', world });
  mover.hover({ column: 0, row: 44 });
  assert.equal(mover.lift?.verdict?.kind, 'refused');
  await mover.drop();
  assert.match(refused[0] ?? '', /no driver’s licence/);
  assert.deepEqual([mover.lift, sent], [undefined, []]);
});

test('a soft refusal asks for reasons instead of sending', async () => {
  const { mover, said, sent, asked } = await lifted();
  mover.step('right');
  assert.equal(said.at(-1), '09:00, Omar Haddad, needs a reason: Omar Haddad does not work on this day.');
  await mover.drop();
  assert.deepEqual(
    asked.map(({ change, refusals }) => [change, refusals.map(({ rule }) => rule)]),
    [[{ instructor_id: 'omar' }, ['instructor_hours']]],
  );
  assert.deepEqual(sent, []);
});

test('Escape puts the lesson back, and a drop on its own place is no change', async () => {
  const { mover, said, sent } = await lifted();
  mover.step('down');
  mover.putBack();
  assert.deepEqual([mover.lift, said.at(-1)], [undefined, 'Amara Osei is back at 09:00.']);

  const again = await lifted();
  await again.mover.drop();
  assert.deepEqual([sent, again.sent, again.mover.lift], [[], [], undefined]);
});

test('a drop before the facts are there waits for them', async () => {
  const { promise, resolve } = Promise.withResolvers<BookingWorld>();
  const { mover, said, sent, lesson } = page({ world: promise });
  mover.start(lesson, 'keys');
  mover.step('down');
  assert.equal(said.at(-1), '09:15, Ivan Petrov, checking');
  const dropped = mover.drop();
  await settled();
  assert.deepEqual(sent, []);
  resolve(someWorld());
  await dropped;
  assert.equal(sent.length, 1);
});

test('without the facts the server decides alone', async () => {
  const { mover, sent } = await lifted({ world: Promise.reject(new Error('503')) });
  mover.step('down');
  await mover.drop();
  assert.equal(sent.length, 1);
});

test('B8: the skipped hour of a clock change is refused under the pointer', async () => {
  const { mover, refused, sent } = await lifted({ day: '2026-03-08', by: 'pointer' });
  mover.hover({ column: 0, row: 9 });
  await mover.drop();
  assert.deepEqual([refused, sent], [['The clock skips this hour.'], []]);
});

test('a lifted lesson survives a refresh, unless someone else has changed it', async () => {
  const { mover, lesson, refused } = await lifted();
  mover.step('down');
  mover.reconcile([lesson]);
  assert.equal(mover.lift?.place.row, 37);
  mover.reconcile([{ ...lesson, version: 2 }]);
  assert.equal(mover.lift, undefined);
  assert.match(refused[0] ?? '', /Someone else/);
});
