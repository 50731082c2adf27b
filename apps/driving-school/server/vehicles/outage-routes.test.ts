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

const add = (vehicleId: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  school.request(school.people.office, 'POST', `/api/vehicles/${vehicleId}/outages`, { body, headers });
const list = (vehicleId: string): Promise<Answer> =>
  school.request(school.people.instructor, 'GET', `/api/vehicles/${vehicleId}/outages`);
const remove = (vehicleId: string, outageId: string, actor = school.people.office): Promise<Answer> =>
  school.request(actor, 'DELETE', `/api/vehicles/${vehicleId}/outages/${outageId}`);
const pointers = ({ body }: Answer): string[] => body.errors.map(({ pointer }: { pointer: string }) => pointer);

test('an outage is added in wall time or with an offset, listed, read and removed', async () => {
  const car = await school.addVehicle();
  const added = await add(car, { from: '2026-03-09T08:00', to: '2026-03-10T17:30', reason: ' Brakes ' });
  assert.equal(added.status, 201, added.text);
  const { id } = added.body.data;
  assert.deepEqual(added.body.data, {
    id,
    vehicle_id: car,
    from: '2026-03-09T12:00:00.000Z',
    to: '2026-03-10T21:30:00.000Z',
    local_from: '2026-03-09T08:00',
    local_to: '2026-03-10T17:30',
    time_zone: 'America/Toronto',
    reason: 'Brakes',
    version: 1,
  });
  assert.deepEqual(
    [added.body.cancelled_lessons, added.headers['location']],
    [[], `/api/vehicles/${car}/outages/${id}`],
  );
  const read = await school.request(school.people.office, 'GET', String(added.headers['location']));
  assert.deepEqual([read.status, read.body.data, read.headers['etag']], [200, added.body.data, '"1"']);
  const second = await add(car, { from: '2026-04-01T08:00:00-04:00', to: '2026-04-01T13:00:00Z' });
  assert.deepEqual([second.body.data.local_to, second.body.data.reason], ['2026-04-01T09:00', null]);
  assert.deepEqual(
    (await list(car)).body.data.map((outage: { local_from: string }) => outage.local_from),
    ['2026-04-01T08:00', '2026-03-09T08:00'],
  );
  assert.equal((await remove(car, id)).status, 204);
  assert.deepEqual([(await remove(car, id)).status, (await list(car)).body.data.length], [404, 1]);
});

test('times are those of the car’s usual location', async () => {
  const kenora = await school.addLocation({ name: 'Kenora', time_zone: 'America/Winnipeg' });
  const car = await school.addVehicle({ location_id: kenora });
  const { body } = await add(car, { from: '2026-03-09T08:00', to: '2026-03-09T09:00' });
  assert.deepEqual([body.data.from, body.data.time_zone], ['2026-03-09T13:00:00.000Z', 'America/Winnipeg']);
});

test('wrong times are problems of their fields; the hours of a clock change have their own answers', async () => {
  const car = await school.addVehicle();
  assert.deepEqual(pointers(await add(car, { from: 'tomorrow' })), ['/to']);
  assert.deepEqual(pointers(await add(car, { from: 'tomorrow', to: '2026-03-09' })), ['/from', '/to']);
  assert.deepEqual(pointers(await add(car, { from: '2026-03-09T09:00', to: '2026-03-09T09:00' })), ['/to']);
  assert.deepEqual(pointers(await add(car, { from: '2026-03-09T09:00', to: '2026-03-10T09:00', why: 'x' })), ['/why']);
  const skipped = await add(car, { from: '2026-03-08T02:30', to: '2026-03-08T09:00' });
  assert.deepEqual(
    [skipped.status, skipped.body.code, skipped.body.nearest, pointers(skipped)],
    [422, 'time_does_not_exist', '2026-03-08T03:00:00-04:00', ['/from']],
  );
  const twice = await add(car, { from: '2026-10-31T09:00', to: '2026-11-01T01:30' });
  assert.deepEqual([twice.body.code, pointers(twice)], ['time_ambiguous', ['/to']]);
  assert.deepEqual(twice.body.choices, ['2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00']);
});

test('an outage over booked lessons is refused with their IDs; touching ones, with the buffer, are not in the way', async () => {
  const car = await school.addVehicle();
  const at = (startsAt: string) => school.addLesson({ locationId, vehicleId: car, startsAt });
  // 09:00 to 10:00, and 15 minutes of buffer.
  await at('2026-03-16T13:00:00Z');
  const inside = await at('2026-03-16T15:00:00Z');
  await at('2026-03-16T17:00:00Z');
  const refused = await add(car, { from: '2026-03-16T10:15', to: '2026-03-16T13:00' });
  assert.deepEqual([refused.status, refused.body.code, refused.body.lessons], [409, 'outage_has_lessons', [inside]]);
  assert.deepEqual((await list(car)).body.data, []);
  const early = await add(car, { from: '2026-03-16T10:14', to: '2026-03-16T13:00' });
  assert.equal(early.body.lessons.length, 2);
});

test('with and_cancel, the lessons are cancelled and the outage is added in one transaction', async () => {
  const car = await school.addVehicle();
  const startsAt = '2026-03-17T13:00:00Z';
  const lesson = await school.addLesson({ locationId, vehicleId: car, startsAt });
  const other = await school.addLesson({ locationId, vehicleId: await school.addVehicle(), startsAt });
  const period = { from: '2026-03-17T08:00', to: '2026-03-17T12:00' };
  const wrong = await add(car, { ...period, and_cancel: { reason: 'broken' } });
  assert.deepEqual([wrong.status, pointers(wrong)], [422, ['/and_cancel/reason']]);
  assert.deepEqual(await school.lessonState(lesson), { status: 'booked', activeClaims: 3 });

  const body = { ...period, and_cancel: { reason: 'instructor' } };
  const added = await add(car, body, { 'idempotency-key': 'cancel-once' });
  assert.deepEqual([added.status, added.body.cancelled_lessons], [201, [lesson]], added.text);
  assert.deepEqual(await school.lessonState(lesson), { status: 'cancelled', activeClaims: 0 });
  assert.deepEqual(await school.lessonState(other), { status: 'booked', activeClaims: 3 });
  assert.equal((await add(car, body, { 'idempotency-key': 'cancel-once' })).text, added.text);
  // The car is taken now.
  await assert.rejects(school.addLesson({ locationId, vehicleId: car, startsAt }), { code: '23P01' });
  await remove(car, added.body.data.id);
  await school.addLesson({ locationId, vehicleId: car, startsAt });
});

test('when an outage can’t be added, no lesson is cancelled', async () => {
  const car = await school.addVehicle();
  await add(car, { from: '2026-03-18T08:00', to: '2026-03-18T09:00' });
  const lesson = await school.addLesson({ locationId, vehicleId: car, startsAt: '2026-03-18T13:00:00Z' });
  const refused = await add(car, {
    from: '2026-03-18T08:30',
    to: '2026-03-18T12:00',
    and_cancel: { reason: 'instructor' },
  });
  assert.deepEqual([refused.status, refused.body.code], [409, 'outage_overlaps']);
  assert.deepEqual(await school.lessonState(lesson), { status: 'booked', activeClaims: 3 });
  assert.equal((await list(car)).body.data.length, 1);
  assert.equal((await add(car, { from: '2026-03-18T07:00', to: '2026-03-18T08:00' })).status, 201);
});

test('another school and unknown cars: 404, and nothing is removed', async () => {
  const car = await school.addVehicle();
  const period = { from: '2026-03-09T08:00', to: '2026-03-09T09:00' };
  const { id } = (await add(car, period)).body.data;
  const { stranger } = school.people;
  assert.equal((await remove(car, id, stranger)).status, 404);
  assert.equal((await school.request(stranger, 'GET', `/api/vehicles/${car}/outages`)).status, 404);
  assert.equal((await school.request(stranger, 'GET', `/api/vehicles/${car}/outages/${id}`)).status, 404);
  assert.equal((await school.request(stranger, 'POST', `/api/vehicles/${car}/outages`, { body: period })).status, 404);
  const otherCar = await school.addVehicle();
  assert.equal((await remove(otherCar, id)).body.code, 'outage_not_found');
  assert.equal((await list(car)).body.data.length, 1);
});
