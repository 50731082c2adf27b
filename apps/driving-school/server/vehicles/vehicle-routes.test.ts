import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, testPlaces, type TestPlaces } from '../calendar/testing/test-places.ts';

let school: TestPlaces;
let locationId: string;
before(async () => {
  school = await testPlaces();
  locationId = await school.addLocation({ name: 'Main' });
});
after(() => school[Symbol.asyncDispose]());

const post = (body: unknown): Promise<Answer> =>
  school.request(school.people.office, 'POST', '/api/vehicles', { body });
const get = (id: string): Promise<Answer> => school.request(school.people.instructor, 'GET', `/api/vehicles/${id}`);
const patch = (id: string, version: number | undefined, body: unknown, query = ''): Promise<Answer> =>
  school.request(school.people.office, 'PATCH', `/api/vehicles/${id}${query}`, {
    body,
    headers: version === undefined ? {} : { 'if-match': `"${version}"` },
  });
const act = (id: string, action: string, version: number): Promise<Answer> =>
  school.request(school.people.office, 'POST', `/api/vehicles/${id}/${action}`, {
    headers: { 'if-match': `"${version}"` },
  });
const pointers = ({ body }: Answer): string[] => body.errors.map(({ pointer }: { pointer: string }) => pointer);
const states = ({ body }: Answer): Record<string, string> =>
  Object.fromEntries(body.data.papers.map((paper: { field: string; state: string }) => [paper.field, paper.state]));

test('B2: a car is added with its plate, brake and papers, and is read back with its ETag', async () => {
  const added = await post({
    plate: 'abcd 123',
    transmission: 'manual',
    dual_brake: true,
    insurance_expires_on: '2026-12-31',
    registration_expires_on: '2026-03-20',
  });
  assert.equal(added.status, 201, added.text);
  const { data } = added.body;
  assert.deepEqual(
    [data.plate, data.transmission, data.dual_brake, data.insurance_6d, data.insurance_expires_on, data.status],
    ['ABCD 123', 'manual', true, false, '2026-12-31', 'active'],
  );
  assert.deepEqual([added.headers['location'], added.headers['etag']], [`/api/vehicles/${data.id}`, '"1"']);
  const read = await get(data.id);
  assert.deepEqual([read.status, read.body, read.headers['etag']], [200, added.body, '"1"']);
});

test('all problems of a car are reported together; flags must be true or false', async () => {
  const refused = await post({ plate: 'A*B', dual_brake: 'yes', transmission: 'tiptronic', safety_expires_on: 'soon' });
  assert.equal(refused.status, 422);
  assert.deepEqual(pointers(refused), ['/plate', '/transmission', '/dual_brake', '/safety_expires_on']);
  const unknown = await post({ plate: 'X 1', location_id: '00000000-0000-4000-8000-000000000001' });
  assert.deepEqual([unknown.status, pointers(unknown)], [422, ['/location_id']]);
  const placed = await post({ plate: 'PLACED', location_id: locationId });
  assert.deepEqual([placed.status, placed.body.data.location_name], [201, 'Main']);
});

test('two active cars can’t have one plate, however it is spelled; an archived car frees it', async () => {
  const id = await school.addVehicle({ plate: 'SAME 01' });
  const taken = await post({ plate: 'same-01' });
  assert.deepEqual([taken.status, taken.body.code, pointers(taken)], [409, 'plate_taken', ['/plate']]);
  assert.equal((await act(id, 'archive', 1)).body.data.status, 'archived');
  const second = await post({ plate: 'SAME01' });
  assert.equal(second.status, 201);
  assert.equal((await act(id, 'restore', 2)).body.code, 'plate_taken');
});

test('papers are marked on the school’s day: expired after their last day, soon within 30 days, missing when not recorded', async () => {
  const id = await school.addVehicle({
    insurance_expires_on: '2026-03-02',
    registration_expires_on: null,
    safety_expires_on: '2026-04-02',
  });
  const field = (state: string, registration = 'missing', safety = 'valid') => ({
    insurance_expires_on: state,
    registration_expires_on: registration,
    safety_expires_on: safety,
  });
  assert.deepEqual(states(await get(id)), field('soon'));
  // Midnight in Toronto, not in UTC.
  school.wallClock.set('2026-03-03T04:59:59Z');
  assert.deepEqual(states(await get(id)), field('soon'));
  school.wallClock.set('2026-03-03T05:00:00Z');
  assert.deepEqual(states(await get(id)), field('expired', 'missing', 'soon'));
  school.wallClock.set('2026-03-02T14:00:00Z');
  await patch(id, 1, { safety_expires_on: null });
  assert.deepEqual(states(await get(id)), field('soon', 'missing', 'not_required'));
});

test('B9: changing a date answers exactly the booked lessons after it; a preview answers the same and saves nothing', async () => {
  const id = await school.addVehicle();
  const lesson = (startsAt: string, status: 'booked' | 'cancelled' = 'booked') =>
    school.addLesson({ locationId, vehicleId: id, startsAt, status });
  await lesson('2026-03-02T10:00:00Z');
  // The evening of 20 March in Toronto is the 21st in UTC.
  await lesson('2026-03-21T01:00:00Z');
  const later = await lesson('2026-03-21T13:00:00Z');
  const last = await lesson('2026-04-01T13:00:00Z');
  await lesson('2026-04-02T13:00:00Z', 'cancelled');
  await school.addLesson({ locationId, vehicleId: await school.addVehicle(), startsAt: '2026-03-22T13:00:00Z' });

  const preview = await patch(id, 1, { insurance_expires_on: '2026-03-20', notes: 'x' }, '?preview=true');
  assert.equal(preview.status, 200, preview.text);
  assert.deepEqual(preview.body.affected_lessons, [later, last]);
  assert.deepEqual(preview.body.affected[0], {
    id: later,
    local_date: '2026-03-21',
    starts_at: '2026-03-21T13:00:00.000Z',
    ends_at: '2026-03-21T14:00:00.000Z',
  });
  assert.deepEqual(
    [preview.body.data.insurance_expires_on, preview.body.data.notes, preview.body.data.version],
    ['2026-03-20', 'x', 1],
  );
  const unchanged = await get(id);
  assert.deepEqual([unchanged.body.data.insurance_expires_on, unchanged.body.data.version], ['2030-12-31', 1]);

  const saved = await patch(id, 1, { insurance_expires_on: '2026-03-20' });
  assert.deepEqual([saved.status, saved.body.affected_lessons], [200, [later, last]]);
  assert.equal((await school.lessonState(later)).status, 'booked');
  assert.deepEqual((await patch(id, 2, { registration_expires_on: '2026-03-31' })).body.affected_lessons, [last]);
  // The other dates are not part of this change.
  assert.deepEqual((await patch(id, 3, { notes: 'y' })).body.affected_lessons, []);
  assert.deepEqual((await patch(id, 4, { safety_expires_on: null })).body.affected_lessons, []);
  const cleared = await patch(id, 5, { insurance_expires_on: null }, '?preview=true');
  assert.equal(cleared.body.affected_lessons.length, 3);
});

test('a preview needs no If-Match, refuses what saving would refuse, and notices a newer version', async () => {
  const id = await school.addVehicle();
  const preview = (version: number | undefined, body: unknown) => patch(id, version, body, '?preview=true');
  assert.equal((await preview(undefined, { notes: 'x' })).status, 200);
  assert.deepEqual(pointers(await preview(undefined, { insurance_expires_on: 'soon' })), ['/insurance_expires_on']);
  assert.equal((await preview(7, {})).body.code, 'vehicle_changed');
  assert.equal((await patch(id, undefined, { notes: 'x' })).body.code, 'precondition_required');
  assert.equal((await patch(id, 7, { notes: 'x' })).body.current_version, 1);
  assert.equal((await patch(id, 1, {}, '?preview=perhaps')).status, 422);
  const missing = await patch('00000000-0000-4000-8000-000000000001', undefined, {}, '?preview=true');
  assert.deepEqual([missing.status, missing.body.code], [404, 'vehicle_not_found']);
});

test('a car with booked lessons ahead is not archived', async () => {
  const id = await school.addVehicle();
  const lesson = await school.addLesson({ locationId, vehicleId: id, startsAt: '2026-03-09T13:00:00Z' });
  const refused = await act(id, 'archive', 1);
  assert.deepEqual([refused.status, refused.body.code, refused.body.lessons], [409, 'vehicle_has_lessons', [lesson]]);
  assert.match(refused.body.detail, /^One lesson is still booked with this car\. Move or cancel them first\./);
});

test('the list is sorted by plate; another school sees and changes nothing', async () => {
  const { instructor, stranger } = school.people;
  const list = await school.request(instructor, 'GET', '/api/vehicles');
  const plates = list.body.data.map(({ plate }: { plate: string }) => plate);
  assert.deepEqual(plates, plates.toSorted());
  assert.ok(plates.length > 3);
  assert.deepEqual((await school.request(stranger, 'GET', '/api/vehicles?status=all')).body.data, []);
  const { id } = list.body.data[0];
  assert.equal((await school.request(stranger, 'GET', `/api/vehicles/${id}`)).status, 404);
  const headers = { 'if-match': '"1"' };
  assert.equal((await school.request(stranger, 'POST', `/api/vehicles/${id}/archive`, { headers })).status, 404);
  const preview = await school.request(stranger, 'PATCH', `/api/vehicles/${id}?preview=true`, { body: {} });
  assert.equal(preview.status, 404);
  // A location of another school.
  const foreign = await school.request(stranger, 'POST', '/api/vehicles', {
    body: { plate: 'X', location_id: locationId },
  });
  assert.deepEqual(pointers(foreign), ['/location_id']);
});
