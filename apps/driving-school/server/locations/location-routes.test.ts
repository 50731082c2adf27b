import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, testPlaces, type TestPlaces } from '../calendar/testing/test-places.ts';

let school: TestPlaces;
before(async () => {
  school = await testPlaces();
});
after(() => school[Symbol.asyncDispose]());

const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  school.request(school.people.office, 'POST', '/api/locations', { body, headers });
const get = (id: string): Promise<Answer> => school.request(school.people.office, 'GET', `/api/locations/${id}`);
const patch = (id: string, version: number, body: unknown): Promise<Answer> =>
  school.request(school.people.office, 'PATCH', `/api/locations/${id}`, {
    body,
    headers: { 'if-match': `"${version}"` },
  });
const act = (id: string, action: string, version: number): Promise<Answer> =>
  school.request(school.people.office, 'POST', `/api/locations/${id}/${action}`, {
    headers: { 'if-match': `"${version}"` },
  });
const pointers = ({ body }: Answer): string[] => body.errors.map(({ pointer }: { pointer: string }) => pointer);

test('B1: a location in a zone of Ontario is added; a zone elsewhere is a problem of the field', async () => {
  const added = await post({ name: 'Main', time_zone: 'America/Toronto', buffer_minutes: 15 });
  assert.equal(added.status, 201, added.text);
  const { id } = added.body.data;
  assert.deepEqual(
    [added.headers['location'], added.headers['etag'], added.headers['x-data-source']],
    [`/api/locations/${id}`, '"1"', 'live'],
  );
  assert.deepEqual(
    [added.body.data.name, added.body.data.time_zone, added.body.data.buffer_minutes, added.body.stale],
    ['Main', 'America/Toronto', 15, false],
  );
  const read = await get(id);
  assert.deepEqual([read.status, read.body, read.headers['etag']], [200, added.body, '"1"']);

  const refused = await post({ name: 'Paris', time_zone: 'Europe/Paris' });
  assert.deepEqual([refused.status, refused.body.code, pointers(refused)], [422, 'invalid_request', ['/time_zone']]);
});

test('a location has a buffer of 15 minutes and Toronto’s zone by default, and may have an address and a telephone', async () => {
  const { body } = await post({ name: ' Branch  two ' });
  assert.deepEqual(
    [body.data.name, body.data.time_zone, body.data.buffer_minutes, body.data.address, body.data.phone],
    ['Branch two', 'America/Toronto', 15, null, null],
  );
  const address = { street: '1 Example Street', city: 'Kenora', postal_code: 'p9n1a1' };
  const kenora = await post({ name: 'Kenora', time_zone: 'America/Winnipeg', address, phone: '(807) 555-0123' });
  assert.deepEqual(kenora.body.data.address, { ...address, postal_code: 'P9N 1A1' });
  assert.equal(kenora.body.data.phone, '+18075550123');
});

test('all problems of a location are reported together', async () => {
  const refused = await post({ name: '', buffer_minutes: 241, phone: '555', address: { postal_code: 'x' }, rooms: 3 });
  assert.equal(refused.status, 422);
  assert.deepEqual(pointers(refused).toSorted(), [
    '/address/postal_code',
    '/buffer_minutes',
    '/name',
    '/phone',
    '/rooms',
  ]);
  for (const buffer_minutes of [-1, 7.5, '15', true]) {
    assert.deepEqual(pointers(await post({ name: 'x', buffer_minutes })), ['/buffer_minutes']);
  }
});

test('two active locations can’t have one name; an archived one can be restored once its name is free', async () => {
  const id = await school.addLocation({ name: 'North' });
  const taken = await post({ name: 'NORTH' });
  assert.deepEqual([taken.status, taken.body.code, pointers(taken)], [409, 'location_name_taken', ['/name']]);
  assert.equal((await act(id, 'archive', 1)).body.data.status, 'archived');
  const second = await post({ name: 'North' });
  assert.equal(second.status, 201);
  assert.equal((await act(id, 'restore', 2)).body.code, 'location_name_taken');
  assert.equal((await act(second.body.data.id, 'archive', 1)).status, 200);
  assert.equal((await act(id, 'restore', 2)).body.data.status, 'active');
});

test('a patch keeps other fields, needs If-Match, and is refused after someone else’s change', async () => {
  const id = await school.addLocation({ name: 'South', phone: '416-555-0123' });
  const changed = await patch(id, 1, { buffer_minutes: 30, address: { city: 'Toronto' } });
  assert.deepEqual(
    [changed.status, changed.body.data.buffer_minutes, changed.body.data.phone, changed.headers['etag']],
    [200, 30, '+14165550123', '"2"'],
  );
  assert.equal(changed.body.data.updated_by_name, 'Otto Office');
  const without = await school.request(school.people.office, 'PATCH', `/api/locations/${id}`, { body: {} });
  assert.deepEqual([without.status, without.body.code], [428, 'precondition_required']);
  const late = await patch(id, 1, { buffer_minutes: 0 });
  assert.deepEqual([late.status, late.body.code, late.body.current_version], [412, 'location_changed', 2]);
  assert.equal((await patch(id, 2, [])).status, 422);
  assert.equal((await patch('00000000-0000-4000-8000-000000000001', 1, {})).body.code, 'location_not_found');
});

test('a location with booked lessons ahead is not archived and keeps its time zone', async () => {
  const id = await school.addLocation({ name: 'Busy' });
  await school.addLesson({ locationId: id, startsAt: '2026-03-02T13:00:00Z' });
  await school.addLesson({ locationId: id, startsAt: '2026-03-09T13:00:00Z', status: 'cancelled' });
  const lesson = await school.addLesson({ locationId: id, startsAt: '2026-03-10T13:00:00Z' });
  const archived = await act(id, 'archive', 1);
  assert.deepEqual(
    [archived.status, archived.body.code, archived.body.lessons],
    [409, 'location_has_lessons', [lesson]],
  );
  assert.match(archived.body.detail, /^One lesson is still booked at this location, so it can’t be archived\. Move or/);
  const moved = await patch(id, 1, { time_zone: 'America/Winnipeg' });
  assert.deepEqual([moved.status, moved.body.code], [409, 'location_has_lessons']);
  assert.equal((await patch(id, 1, { name: 'Busier' })).status, 200);
  school.wallClock.set('2026-03-10T13:00:01Z');
  assert.equal((await act(id, 'archive', 2)).body.data.status, 'archived');
  school.wallClock.set('2026-03-02T14:00:00Z');
});

test('the list has the active locations, the oldest first, and archived ones on request', async () => {
  const { office, instructor } = school.people;
  const list = await school.request(instructor, 'GET', '/api/locations');
  const names = list.body.data.map(({ name }: { name: string }) => name);
  assert.deepEqual([list.status, names[0], list.body.complete, list.body.next_cursor], [200, 'Main', true, null]);
  assert.ok(!names.includes('Busier'));
  const archived = await school.request(office, 'GET', '/api/locations?status=archived');
  assert.ok(archived.body.data.every(({ status }: { status: string }) => status === 'archived'));
  assert.equal((await school.request(office, 'GET', '/api/locations?status=gone')).status, 422);
});

test('another school sees and changes nothing of it', async () => {
  const id = await school.addLocation({ name: 'Private' });
  const { stranger } = school.people;
  assert.deepEqual((await school.request(stranger, 'GET', '/api/locations?status=all')).body.data, []);
  assert.equal((await school.request(stranger, 'GET', `/api/locations/${id}`)).status, 404);
  const change = { body: { name: 'Mine' }, headers: { 'if-match': '"1"' } };
  assert.equal((await school.request(stranger, 'PATCH', `/api/locations/${id}`, change)).status, 404);
  assert.equal((await get(id)).body.data.name, 'Private');
  assert.equal((await school.request(stranger, 'POST', '/api/locations', { body: { name: 'Private' } })).status, 201);
});

test('a repeated request with one key adds one location and gets the first answer', async () => {
  const headers = { 'idempotency-key': 'one-location' };
  const first = await post({ name: 'Once' }, headers);
  school.wallClock.advance({ minutes: 1 });
  const second = await post({ name: 'Once' }, headers);
  assert.deepEqual([second.status, second.text], [201, first.text]);
  const other = await post({ name: 'Twice' }, headers);
  assert.deepEqual([other.status, other.body.code], [422, 'idempotency_key_reused']);
});
