import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'dualbrake';
import fc from 'fast-check';
import { type Actor, roles } from '../../contract/session.ts';
import type { StudentRecord } from './student.ts';
import { aRecord, connectionRefused, scriptedStudents } from './testing/scripted-students.ts';

const registry = new Registry();
let database: 'up' | 'down' = 'up';
let stored: StudentRecord | undefined;
/** Whether instructors of the school have a lesson with the student within 14 days. */
let taughtNear = false;
const { service, copies, wallClock } = await scriptedStudents(
  registry,
  () => {
    if (database === 'down') throw connectionRefused();
    return stored;
  },
  () => taughtNear,
);

const few = fc.constantFrom('a', 'b');
const actors: fc.Arbitrary<Actor> = fc.record({
  userId: few,
  schoolId: few,
  role: fc.constantFrom(...roles),
  name: fc.constant('Somebody'),
});
const records: fc.Arbitrary<StudentRecord> = fc
  .record({ schoolId: few, instructor_id: fc.option(few), status: fc.constantFrom('active', 'archived') })
  .map((fields) => aRecord(fields));
const { id } = aRecord().student;

/** The result of a read: `seen`, or the code of the refusal. */
async function verdict(actor: Actor, state: typeof database): Promise<string> {
  database = state;
  registry.control('StudentService.getStudentData', 'database', state === 'up' ? 'reset' : 'trip');
  try {
    await service.read(actor, id);
    return 'seen';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

/** The number of students in the user's list. */
async function listed(actor: Actor): Promise<number> {
  const list = await service.list(actor, { status: 'all', sort: 'name', limit: 10 });
  return list.data.length;
}

test('while the database is down, no one sees a student that they may not see while it is up', async () => {
  await fc.assert(
    fc.asyncProperty(actors, actors, records, fc.boolean(), fc.boolean(), async (...drawn) => {
      const [actor, reader, record, seenBefore, isTaught] = drawn;
      copies.forget(id);
      stored = record;
      taughtNear = isTaught;
      if (seenBefore) await verdict(reader, 'up');
      const live = await verdict(actor, 'up');
      if (!seenBefore) copies.forget(id);

      const degraded = await verdict(actor, 'down');
      const sameSchool = actor.schoolId === record.schoolId;
      const isAssigned = actor.role === 'instructor' && actor.userId === record.student.instructor_id;
      const manages = actor.role === 'owner' || actor.role === 'office';
      const isTeaching = actor.role === 'instructor' && isTaught;
      assert.equal(live === 'seen', sameSchool && (manages || isAssigned || isTeaching));

      if (degraded === 'seen') assert.equal(live, 'seen');
      // A hidden student and an uncopied one get the same answer, which is never "not found".
      else assert.equal(degraded, 'CIRCUIT_OPEN');
      // While the database is down, lessons are not known: only the assigned instructor sees the copy.
      if (seenBefore && live === 'seen') assert.equal(degraded === 'seen', manages || isAssigned);
      assert.equal(await listed(actor), degraded === 'seen' ? 1 : 0);
    }),
    { numRuns: 300 },
  );
});

test('an instructor with a lesson near sees the student live, and not while the database is down', async () => {
  const instructor = { userId: 'a', schoolId: 'a', role: 'instructor', name: 'Ines' } as const;
  stored = aRecord({ schoolId: 'a', instructor_id: 'b' });
  taughtNear = true;
  assert.deepEqual([await verdict(instructor, 'up'), await verdict(instructor, 'down')], ['seen', 'CIRCUIT_OPEN']);
  taughtNear = false;
  assert.equal(await verdict(instructor, 'up'), 'STUDENT_NOT_FOUND');
});

test('a deleted student is also removed from the copies', async () => {
  const owner = { userId: 'a', schoolId: 'a', role: 'owner', name: 'Olive' } as const;
  stored = aRecord({ schoolId: 'a' });
  assert.deepEqual([await verdict(owner, 'up'), await verdict(owner, 'down')], ['seen', 'seen']);
  stored = undefined;
  assert.deepEqual([await verdict(owner, 'up'), await verdict(owner, 'down')], ['STUDENT_NOT_FOUND', 'CIRCUIT_OPEN']);
});

test('an instructor who is no longer assigned sees neither the student nor the copy', async () => {
  const instructor = { userId: 'a', schoolId: 'a', role: 'instructor', name: 'Ines' } as const;
  stored = aRecord({ schoolId: 'a', instructor_id: 'a' });
  await verdict(instructor, 'up');
  wallClock.advance({ minutes: 1 });
  stored = aRecord({ schoolId: 'a', instructor_id: 'b', version: 2 });
  assert.deepEqual(
    [await verdict(instructor, 'up'), await verdict(instructor, 'down')],
    ['STUDENT_NOT_FOUND', 'CIRCUIT_OPEN'],
  );
});
