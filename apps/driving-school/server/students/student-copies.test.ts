import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Student } from '../../contract/students.ts';
import { type CopySearch, StudentCopies } from './student-copies.ts';
import type { DatedStudent } from './student.ts';
import { aRecord } from './testing/scripted-students.ts';

const noon = Temporal.Instant.from('2026-03-15T16:00:00Z');
const aCopy = (fields: Partial<Student> & { schoolId?: string } = {}, asOf = noon): DatedStudent => ({
  ...aRecord(fields),
  asOf,
});
const ids = (copies: readonly DatedStudent[]): string[] => copies.map(({ student }) => student.id);
const everything: CopySearch = { schoolId: 'school', status: 'all', sort: 'name', words: [], limit: 100 };
const inMemory = (copiesMax?: number): StudentCopies =>
  new StudentCopies(new DatabaseSync(':memory:'), copiesMax === undefined ? {} : { copiesMax });

test('a copy is found unchanged, with the time of its read', () => {
  const copies = inMemory();
  const kept = aCopy();
  copies.keep(kept);
  assert.deepEqual(copies.find(kept.student.id)?.student, kept.student);
  assert.equal(copies.find(kept.student.id)?.asOf.toString(), '2026-03-15T16:00:00Z');
  assert.equal(copies.find('another'), undefined);
});

test('copies survive a restart', () => {
  const directory = mkdtempSync(join(tmpdir(), 'copies-'));
  try {
    const file = join(directory, 'local.sqlite');
    const before = new DatabaseSync(file);
    new StudentCopies(before).keep(aCopy());
    before.close();
    const after = new DatabaseSync(file);
    const copies = new StudentCopies(after);
    assert.equal(copies.count, 1);
    assert.deepEqual(copies.find(aCopy().student.id)?.student, aCopy().student);
    after.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('at the limit, the least recently read copy is evicted', () => {
  const copies = inMemory(3);
  for (const id of ['a', 'b', 'c']) copies.keep(aCopy({ id }));
  copies.find('a');
  copies.keep(aCopy({ id: 'd' }));
  assert.deepEqual(ids(copies.search(everything)), ['a', 'c', 'd']);
  copies.keep(aCopy({ id: 'c', version: 2 }));
  copies.keep(aCopy({ id: 'e' }));
  assert.deepEqual(ids(copies.search(everything)), ['c', 'd', 'e']);
  assert.equal(copies.count, 3);
});

test('a lower limit takes effect at the start', () => {
  const local = new DatabaseSync(':memory:');
  const many = new StudentCopies(local);
  for (const id of ['a', 'b', 'c', 'd']) many.keep(aCopy({ id }));
  assert.deepEqual(ids(new StudentCopies(local, { copiesMax: 2 }).search(everything)), ['c', 'd']);
});

test('a late, older answer does not replace a newer one', () => {
  const copies = inMemory();
  copies.keep(aCopy({ version: 2, notes: 'new' }));
  copies.keep(aCopy({ version: 1, notes: 'old' }, noon.add({ minutes: 1 })));
  assert.equal(copies.find(aCopy().student.id)?.student.notes, 'new');
  copies.keep(aCopy({ version: 2, notes: 'same version, read again' }, noon.add({ minutes: 2 })));
  assert.equal(copies.find(aCopy().student.id)?.asOf.toString(), '2026-03-15T16:02:00Z');
});

test('a forgotten copy is removed', () => {
  const copies = inMemory();
  copies.keep(aCopy());
  copies.forget(aCopy().student.id);
  copies.forget(aCopy().student.id);
  assert.equal(copies.find(aCopy().student.id), undefined);
  assert.equal(copies.count, 0);
});

test('a search finds word prefixes, in the order of the list, page by page', () => {
  const copies = inMemory();
  copies.keep(aCopy({ id: '1', legal_family_name: 'Roy', legal_given_names: 'Zoé' }));
  copies.keep(aCopy({ id: '2', legal_family_name: 'Côté', legal_given_names: 'Anne', status: 'archived' }));
  copies.keep(
    aCopy({
      id: '3',
      legal_family_name: 'Royer',
      legal_given_names: 'Ann',
      email: null,
      phone: null,
      instructor_id: 'i',
    }),
  );
  copies.keep(aCopy({ id: '4', legal_family_name: 'Roy', schoolId: 'other' }));
  const search = (more: Partial<CopySearch>): string[] => ids(copies.search({ ...everything, ...more }));
  assert.deepEqual(search({}), ['2', '1', '3']);
  assert.deepEqual(search({ words: ['roy'] }), ['1', '3']);
  assert.deepEqual(search({ words: ['roy', 'zo'] }), ['1']);
  assert.deepEqual(search({ words: ['oy'] }), []);
  assert.deepEqual(search({ words: ['4165550'] }), ['2', '1']);
  assert.deepEqual(search({ status: 'active' }), ['1', '3']);
  assert.deepEqual(search({ instructorId: 'i' }), ['3']);
  assert.deepEqual(search({ taughtBy: 'i' }), ['3']);
  assert.deepEqual(search({ taughtBy: null }), ['2', '1']);
  assert.deepEqual(search({ instructorId: 'i', taughtBy: null }), []);
  assert.deepEqual(search({ limit: 1 }), ['2']);
  assert.deepEqual(search({ limit: 2, after: { key: 'cote\u0001anne', id: '2' } }), ['1', '3']);
});

test('a copy with an unknown shape is ignored and removed', () => {
  const local = new DatabaseSync(':memory:');
  const copies = new StudentCopies(local);
  copies.keep(aCopy());
  local.exec(`UPDATE student_copies SET body = '{"id":"x"}'`);
  assert.equal(copies.find(aCopy().student.id), undefined);
  assert.equal(copies.count, 0);
});

test('invalid limits are refused', () => {
  for (const copiesMax of [0, -1, 1.5, Number.NaN]) assert.throws(() => inMemory(copiesMax), RangeError);
});

test('on a disk that cannot be written, copies are still found and damaged ones skipped', () => {
  const local = new DatabaseSync(':memory:');
  const copies = new StudentCopies(local);
  copies.keep(aCopy({ id: 'a' }));
  copies.keep(aCopy({ id: 'b' }));
  local.exec(`UPDATE student_copies SET body = '{}' WHERE student_id = 'b'; PRAGMA query_only = 1`);
  assert.equal(copies.find('a')?.student.id, 'a');
  assert.equal(copies.find('b'), undefined);
  assert.deepEqual(ids(copies.search(everything)), ['a']);
});
