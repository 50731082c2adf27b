import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { StudentCopies } from './student-copies.ts';
import { aRecord } from './testing/scripted-students.ts';
import { testSchool, type TestSchool } from './testing/test-school.ts';

let school: TestSchool;
before(async () => {
  school = await testSchool();
});
after(() => school[Symbol.asyncDispose]());

const aStudent = (fields: object): object => ({ legal_family_name: 'Osei', birth_date: '2008-03-09', ...fields });
const contact = { name: 'Ama Osei', telephone: '+14165550199', relation: 'Mother' };

test('an emergency contact is stored in its normal form and visible to the office and the student’s instructor', async () => {
  const { office, instructor } = school.people;
  const body = aStudent({
    emergency_contact: { name: ' Ama  Osei', telephone: '(416) 555-0199', relation: 'Mother' },
    instructor_id: instructor.userId,
  });
  const added = await school.request(office, 'POST', '/api/students', { body });
  assert.deepEqual([added.status, added.body.data.emergency_contact], [201, contact], added.text);
  const read = await school.request(instructor, 'GET', `/api/students/${added.body.data.id}`);
  assert.deepEqual(read.body.data.emergency_contact, contact);
});

test('a contact needs a name and a number without an extension; an empty contact is stored as none', async () => {
  const { office } = school.people;
  const send = async (emergency_contact: unknown) => {
    const { status, body } = await school.request(office, 'POST', '/api/students', {
      body: aStudent({ emergency_contact }),
    });
    return status === 201
      ? body.data.emergency_contact
      : body.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`);
  };
  assert.equal(await send({ name: '', telephone: ' ', relation: null }), null);
  assert.deepEqual(await send({ relation: 'Mother' }), [
    '/emergency_contact/name required',
    '/emergency_contact/telephone required',
  ]);
  assert.deepEqual(await send({ name: 'Ama', telephone: '416-555-0199 x2' }), [
    '/emergency_contact/telephone phone_extension_unused',
  ]);
});

test('a merge patch changes a part of the contact, and null removes it', async () => {
  const { office } = school.people;
  const { id } = (
    await school.request(office, 'POST', '/api/students', { body: aStudent({ emergency_contact: contact }) })
  ).body.data;
  const patch = (body: object, version: number) =>
    school.request(office, 'PATCH', `/api/students/${id}`, { body, headers: { 'if-match': `"${version}"` } });
  const changed = await patch({ emergency_contact: { relation: 'Aunt' } }, 1);
  assert.deepEqual(changed.body.data.emergency_contact, { ...contact, relation: 'Aunt' });
  assert.equal((await patch({ emergency_contact: null }, 2)).body.data.emergency_contact, null);
});

test('the template has the contact’s columns; an import reads them and reports problems by column', async () => {
  const { office } = school.people;
  const template = await school.request(office, 'GET', '/api/students/import/template');
  assert.match(template.text, /emergency_contact_name,emergency_contact_telephone,emergency_contact_relation/);
  const send = (row: string, query: string) =>
    school.request(office, 'POST', `/api/students/import${query}`, {
      body: `legal_family_name,birth_date,Emergency contact,Emergency phone\n${row}\n`,
    });
  const bad = await send('Importedosei,2008-03-09,Ama Osei,555', '?dry_run=true');
  const [{ field, code }] = bad.body.problems;
  assert.deepEqual([field, code], ['emergency_contact_telephone', 'phone_length']);
  assert.equal((await send('Importedosei,2008-03-09,Ama Osei,416 555 0199', '')).status, 200);
  const { rows } = await sql<object>`
    SELECT emergency_contact_name AS name, emergency_contact_telephone AS telephone, emergency_contact_relation AS relation
    FROM students WHERE legal_family_name = 'Importedosei'`.execute(school.database.kysely);
  assert.deepEqual(rows, [{ ...contact, relation: null }]);
});

test('a copy from an earlier release is shown without a contact', () => {
  const local = new DatabaseSync(':memory:');
  const copies = new StudentCopies(local);
  const { schoolId, student } = aRecord({ emergency_contact: contact });
  copies.keep({ schoolId, student, asOf: Temporal.Instant.from('2026-03-15T16:00:00Z') });
  local.exec(`UPDATE student_copies SET body = json_remove(body, '$.emergency_contact')`);
  assert.deepEqual(copies.find(student.id)?.student, { ...student, emergency_contact: null });
});
