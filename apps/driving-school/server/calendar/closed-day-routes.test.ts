import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, testPlaces, type TestPlaces } from './testing/test-places.ts';

let school: TestPlaces;
let locationId: string;
before(async () => {
  school = await testPlaces();
  locationId = await school.addLocation({ name: 'Main' });
});
after(() => school[Symbol.asyncDispose]());

const post = (body: unknown, path = ''): Promise<Answer> =>
  school.request(school.people.office, 'POST', `/api/closed-days${path}`, { body });
const days = async (query: string, actor = school.people.instructor): Promise<string[]> => {
  const { body } = await school.request(actor, 'GET', `/api/closed-days${query}`);
  return body.data.map((closed: { day: string; name: string; location_name: string | null }) =>
    [closed.day, closed.name, closed.location_name].filter((part) => part !== null).join(' '),
  );
};
const pointers = ({ body }: Answer): string[] => body.errors.map(({ pointer }: { pointer: string }) => pointer);

test('a closed day is added for all locations or for one; the answer lists the lessons booked on it, which stay booked', async () => {
  const other = await school.addLocation({ name: 'Other' });
  const here = await school.addLesson({ locationId, startsAt: '2026-05-04T13:00:00Z' });
  const there = await school.addLesson({ locationId: other, startsAt: '2026-05-04T14:00:00Z' });
  // The evening of 4 May in Toronto.
  const late = await school.addLesson({ locationId, startsAt: '2026-05-05T01:00:00Z' });
  await school.addLesson({ locationId, startsAt: '2026-05-04T16:00:00Z', status: 'cancelled' });
  await school.addLesson({ locationId, startsAt: '2026-05-05T13:00:00Z' });

  const one = await post({ day: '2026-05-04', name: 'Painting', location_id: locationId });
  assert.deepEqual([one.status, one.body.lessons], [201, [here, late]], one.text);
  assert.equal(one.body.data.location_name, 'Main');
  const all = await post({ day: '2026-05-04', name: ' Staff  training ' });
  assert.deepEqual([all.status, all.body.data.name, all.body.lessons], [201, 'Staff training', [here, there, late]]);
  assert.equal((await school.lessonState(here)).status, 'booked');
  const read = await school.request(school.people.office, 'GET', String(all.headers['location']));
  assert.deepEqual([read.status, read.body.data], [200, all.body.data]);
  assert.deepEqual(await days('?from=2026-05-04&to=2026-05-04'), [
    '2026-05-04 Staff training',
    '2026-05-04 Painting Main',
  ]);
});

test('a day is closed once for all locations and once for each', async () => {
  const body = { day: '2026-06-01', name: 'First' };
  assert.equal((await post(body)).status, 201);
  const again = await post({ ...body, name: 'Second' });
  assert.deepEqual([again.status, again.body.code, pointers(again)], [409, 'closed_day_exists', ['/day']]);
  assert.equal((await post({ ...body, location_id: locationId })).status, 201);
  assert.equal((await post({ ...body, location_id: locationId })).status, 409);
});

test('problems of a closed day are reported together', async () => {
  assert.deepEqual(pointers(await post({ day: '2026-02-30', location_id: 'x' })), ['/day', '/name', '/location_id']);
  const unknown = await post({ day: '2026-06-02', name: 'x', location_id: '00000000-0000-4000-8000-000000000001' });
  assert.deepEqual(pointers(unknown), ['/location_id']);
});

test('the holidays of a year are added once; days that are closed already keep their names', async () => {
  await post({ day: '2027-12-24', name: 'Christmas Eve' });
  await post({ day: '2027-12-25', name: 'Christmas party' });
  const lesson = await school.addLesson({ locationId, startsAt: '2027-07-01T13:00:00Z' });
  const added = await post({ year: 2027 }, '/ontario-holidays');
  assert.deepEqual([added.status, added.body.data.length, added.body.lessons], [200, 8, [lesson]], added.text);
  const again = await post({ year: 2027 }, '/ontario-holidays');
  assert.deepEqual([again.status, again.body.data, again.body.lessons], [200, [], []]);
  assert.deepEqual(await days('?from=2027-01-01&to=2027-12-31'), [
    '2027-01-01 New Year’s Day',
    '2027-02-15 Family Day',
    '2027-03-26 Good Friday',
    '2027-05-24 Victoria Day',
    '2027-07-01 Canada Day',
    '2027-09-06 Labour Day',
    '2027-10-11 Thanksgiving',
    '2027-12-24 Christmas Eve',
    '2027-12-25 Christmas party',
    '2027-12-26 Boxing Day',
  ]);
  for (const year of [2007, 2200, 2027.5, '2027']) {
    assert.deepEqual(pointers(await post({ year }, '/ontario-holidays')), ['/year']);
  }
});

test('the list has the current year by default, both days included', async () => {
  await post({ day: '2026-01-01', name: 'First day' });
  await post({ day: '2026-12-31', name: 'Last day' });
  const current = await days('');
  assert.deepEqual([current.at(0), current.at(-1)], ['2026-01-01 First day', '2026-12-31 Last day']);
  assert.deepEqual(await days('?from=2026-12-31&to=2027-01-01'), ['2026-12-31 Last day', '2027-01-01 New Year’s Day']);
  assert.deepEqual(await days('?to=2026-01-01'), ['2026-01-01 First day']);
  const wrong = await school.request(school.people.office, 'GET', '/api/closed-days?from=yesterday');
  assert.equal(wrong.status, 422);
});

test('a closed day is removed once, and only by its school', async () => {
  const { id } = (await post({ day: '2026-08-03', name: 'Civic Holiday' })).body.data;
  const { stranger, office } = school.people;
  assert.deepEqual(await days('?from=2026-08-03&to=2026-08-03', stranger), []);
  assert.equal((await school.request(stranger, 'DELETE', `/api/closed-days/${id}`)).status, 404);
  assert.equal((await school.request(office, 'DELETE', `/api/closed-days/${id}`)).status, 204);
  const again = await school.request(office, 'DELETE', `/api/closed-days/${id}`);
  assert.deepEqual([again.status, again.body.code], [404, 'closed_day_not_found']);
  assert.deepEqual(await days('?from=2026-08-03&to=2026-08-03'), []);
});
