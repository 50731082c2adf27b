import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { CircuitBreaker } from 'dualbrake';
import { sharedDatabase, type TestDatabase } from '../platform/database/testing/test-database.ts';
import { bookNow, openBook, type Book } from '../testing/book.ts';
import type { Answer } from '../testing/requests.ts';
import { parseCalendar } from './testing/parse-calendar.ts';

let database: TestDatabase;
let book: Book;
let studentId: string;
before(async () => {
  database = await sharedDatabase();
  book = await openBook(database);
  studentId = await book.addStudent({
    legal_given_names: 'Zoé Marie',
    legal_family_name: 'Tremblay',
    phone: '416-555-0123',
    licence_number: 'T6706-40706-56216',
  });
});
after(async () => {
  await book[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  book.setDown(false);
  book.wallClock.set(bookNow);
  for (const table of ['resource_claims', 'lessons', 'calendar_feeds']) await book.sql.deleteFrom(table).execute();
});

/** Creates a link for the instructor. */
async function link(by = book.people.office): Promise<{ id: string; path: string; token: string }> {
  const body = { instructor_id: book.people.instructor.userId };
  const { status, body: answer } = await book.request(by, 'POST', '/api/calendar-feeds', { body });
  assert.equal(status, 201);
  const { pathname } = new URL(answer.data.url);
  return { id: answer.data.id, path: pathname, token: pathname.slice('/calendar/'.length, -'.ics'.length) };
}

const read = (path: string, headers: Record<string, string> = {}, remoteAddress = '203.0.113.1'): Promise<Answer> =>
  book.request(undefined, 'GET', path, { headers, remoteAddress });

describe('B15: the calendar file', () => {
  test('B15: has all lessons of the instructor, without a session, in lines of at most 75 bytes', async () => {
    const { instructor, otherInstructor } = book.people;
    await book.addLesson({
      studentId,
      startsAt: '2026-03-09T13:00:00Z',
      columns: {
        pickup: '12 Main Street, Apartment 1204, Thornhill; ring twice, then wait at the side door',
        notes: 'Shy',
      },
    });
    await book.addLesson({
      studentId,
      startsAt: '2026-03-09T13:00:00Z',
      instructorId: otherInstructor.userId,
      columns: { vehicle_id: null },
      withClaims: false,
    });
    const { path } = await link();

    const { status, headers, text } = await read(path);

    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/calendar; charset=utf-8');
    assert.match(String(headers['cache-control']), /^private/);
    for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
    assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\r\n]/);
    const { properties, events } = parseCalendar(text);
    assert.equal(properties['X-WR-CALNAME'], `Driving lessons (${instructor.name})`);
    assert.equal(events.length, 1);
    assert.match(events[0]?.['DTSTART'] ?? '', /^\d{8}T\d{6}Z$/);
    assert.equal(events[0]?.['SUMMARY'], 'Zoé T., private lesson');
    assert.match(events[0]?.['LOCATION'] ?? '', /^12 Main Street, Apartment 1204/);
    // Neither the surname nor the telephone, licence number or notes.
    assert.doesNotMatch(text.replaceAll('\r\n ', ''), /Tremblay|0123|T6706|56216|Shy|Marie/);
    assert.equal((await read(path)).text, text, 'the same bytes twice');
  });

  test('B15: the UID stays and SEQUENCE grows when a lesson is moved; a cancelled lesson stays as STATUS:CANCELLED', async () => {
    const id = await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z' });
    const { path } = await link();
    const event = async () => parseCalendar((await read(path)).text).events[0] ?? assert.fail('no event');
    const booked = await event();

    await book.sql
      .updateTable('lessons')
      .set({ starts_at: new Date('2026-03-10T13:00:00Z'), ends_at: new Date('2026-03-10T14:00:00Z'), ics_sequence: 1 })
      .where('id', '=', id)
      .execute();
    const moved = await event();
    await book.sql.updateTable('lessons').set({ status: 'cancelled', ics_sequence: 2 }).where('id', '=', id).execute();
    const cancelled = await event();

    assert.equal(booked['UID'], `${id}@lessons.driving-school`);
    assert.deepEqual([moved['UID'], cancelled['UID']], [booked['UID'], booked['UID']]);
    assert.deepEqual([booked['SEQUENCE'], moved['SEQUENCE'], cancelled['SEQUENCE']], ['0', '1', '2']);
    assert.deepEqual([booked['STATUS'], cancelled['STATUS']], ['CONFIRMED', 'CANCELLED']);
  });

  test('has the lessons from 30 days back to 180 days ahead, by the calendar days of the school', async () => {
    const at = async (startsAt: string): Promise<string> => book.addLesson({ studentId, startsAt, minutes: 30 });
    // The clock says March 2; the 30th day before is January 31, whose midnight in Toronto is 05:00 UTC.
    await at('2026-01-31T04:00:00Z');
    const first = await at('2026-01-31T05:00:00Z');
    // 180 days later is August 29; its last hour begins at 03:00 UTC of the next day.
    const last = await at('2026-08-30T03:00:00Z');
    await at('2026-08-30T04:00:00Z');
    const { path } = await link();

    const { events } = parseCalendar((await read(path)).text);

    assert.deepEqual(
      events.map(({ UID }) => UID?.split('@')[0]),
      [first, last],
    );
  });

  test('is answered with 304 to a program that has it, and with its own ETag after a change', async () => {
    const id = await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z' });
    const { path } = await link();
    const first = await read(path);
    const etag = String(first.headers['etag']);
    const modified = String(first.headers['last-modified']);

    const same = await read(path, { 'if-none-match': `"other", W/${etag}` });
    assert.deepEqual([same.status, same.text, same.headers['etag']], [304, '', etag]);
    assert.equal((await read(path, { 'if-modified-since': modified })).status, 304);
    assert.equal((await read(path, { 'if-modified-since': modified, 'if-none-match': '"other"' })).status, 200);

    await book.sql.updateTable('lessons').set({ ics_sequence: 1 }).where('id', '=', id).execute();
    // Changed in the same second.
    const changed = await read(path, { 'if-modified-since': modified });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers['etag'], etag);
    book.wallClock.advance({ minutes: 10 });
    const later = await read(path);
    assert.equal(later.headers['last-modified'], changed.headers['last-modified'], 'unchanged content keeps its date');
  });
});

describe('calendar links', () => {
  test('only the digest of the token is stored, and a repeated request gets the same link', async () => {
    const send = () =>
      book.request(book.people.office, 'POST', '/api/calendar-feeds', {
        body: { instructor_id: book.people.instructor.userId },
        headers: { 'idempotency-key': 'calendar-link-1' },
      });
    const first = await send();
    const again = await send();

    assert.deepEqual([again.status, again.body], [201, first.body]);
    const token = String(first.body.data.url).slice(-47, -4);
    assert.equal(Buffer.from(token, 'base64url').length, 32);
    const rows = await book.sql.selectFrom('calendar_feeds').select('token_hash').execute();
    assert.deepEqual(
      rows.map(({ token_hash }) => token_hash),
      [createHash('sha256').update(token).digest()],
    );
    const kept = await book.sql.selectFrom('idempotency_keys').selectAll().execute();
    assert.doesNotMatch(JSON.stringify(kept), new RegExp(token));
    assert.equal((await read(new URL(first.body.data.url).pathname)).status, 200);
    const location = String(first.headers['location']);
    assert.equal((await book.request(book.people.owner, 'GET', location)).body.data.id, first.body.data.id);
  });

  test('are listed without their addresses, with the time at which they were last read', async () => {
    const { id, path } = await link();
    const list = () =>
      book.request(book.people.office, 'GET', `/api/calendar-feeds?instructor_id=${book.people.instructor.userId}`);
    const unread = (await list()).body;
    assert.deepEqual(unread.data, [
      {
        id,
        instructor_id: book.people.instructor.userId,
        instructor_name: 'Ines Instructor',
        created_at: '2026-03-02T17:00:00.000Z',
        last_read_at: null,
      },
    ]);
    assert.deepEqual([unread.next_cursor, unread.stale, unread.complete], [null, false, true]);

    book.wallClock.advance({ hours: 2 });
    await read(path);
    assert.equal((await list()).body.data[0].last_read_at, '2026-03-02T19:00:00.000Z');
  });

  test('B15: a revoked link is answered like one that never existed, also on the next outage', async () => {
    const { id, path } = await link();
    assert.equal((await read(path)).status, 200);
    const revoke = () => book.request(book.people.office, 'DELETE', `/api/calendar-feeds/${id}`);
    assert.equal((await revoke()).status, 204);

    const revoked = await read(path);
    const unknown = await read(`/calendar/${randomBytes(32).toString('base64url')}.ics`);
    assert.deepEqual([revoked.status, revoked.body.code], [404, 'feed_unknown']);
    assert.deepEqual([unknown.status, unknown.body.detail], [404, revoked.body.detail]);
    assert.equal((await revoke()).status, 204, 'a repeated request');
    book.setDown(true);
    assert.equal((await read(path)).status, 503);
  });

  test('a link stops working when its instructor is disabled', async () => {
    const { path } = await link();
    assert.equal((await read(path)).status, 200);
    const { userId } = book.people.instructor;
    const disable = (disabled: boolean) =>
      book.sql.updateTable('users').set({ disabled }).where('id', '=', userId).execute();
    await disable(true);
    try {
      assert.equal((await read(path)).status, 404);
      book.setDown(true);
      assert.equal((await read(path)).status, 503, 'the last good file is gone as well');
    } finally {
      await disable(false);
    }
  });

  test('an instructor has links of their own only; other schools see none', async () => {
    const { instructor, otherInstructor, stranger } = book.people;
    const { id, path } = await link(instructor);
    assert.equal((await read(path)).status, 200);
    const body = { instructor_id: instructor.userId };

    const foreign = await book.request(otherInstructor, 'POST', '/api/calendar-feeds', { body });
    assert.deepEqual([foreign.status, foreign.body.code], [403, 'not_permitted']);
    const listed = await book.request(otherInstructor, 'GET', '/api/calendar-feeds');
    assert.deepEqual([listed.headers['x-data-source'], listed.headers['x-data-as-of']], ['live', listed.body.as_of]);
    assert.deepEqual(listed.body.data, []);
    const query = `?instructor_id=${instructor.userId}`;
    assert.equal((await book.request(otherInstructor, 'GET', `/api/calendar-feeds${query}`)).status, 403);
    assert.equal((await book.request(otherInstructor, 'DELETE', `/api/calendar-feeds/${id}`)).status, 404);
    assert.equal((await book.request(stranger, 'DELETE', `/api/calendar-feeds/${id}`)).status, 404);
    const unknown = await book.request(stranger, 'POST', '/api/calendar-feeds', { body });
    assert.deepEqual([unknown.status, unknown.body.errors[0].pointer], [422, '/instructor_id']);
    assert.equal((await book.request(instructor, 'DELETE', `/api/calendar-feeds/${id}`)).status, 204);
  });

  test('an instructor can have 20 links', async () => {
    for (let count = 0; count < 20; count += 1) await link();
    const body = { instructor_id: book.people.instructor.userId };

    const answer = await book.request(book.people.office, 'POST', '/api/calendar-feeds', { body });

    assert.deepEqual([answer.status, answer.body.code], [409, 'too_many_feeds']);
  });

  test('creating and revoking a link is recorded in the audit log, without the token', async () => {
    const { id, token } = await link();
    await book.request(book.people.office, 'DELETE', `/api/calendar-feeds/${id}`);

    const rows = await book.sql
      .selectFrom('audit_entries')
      .selectAll()
      .where('action', 'like', 'calendar_feed.%')
      .orderBy('id', 'desc')
      .limit(2)
      .execute();

    assert.deepEqual(
      rows.map(({ action, subject_id, actor_id }) => [action, subject_id, actor_id]),
      [
        ['calendar_feed.revoked', book.people.instructor.userId, book.people.office.userId],
        ['calendar_feed.created', book.people.instructor.userId, book.people.office.userId],
      ],
    );
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(token));
  });
});

describe('while the database is down', () => {
  test('B15: the last good file is answered, also after a restart', async () => {
    await book.addLesson({ studentId, startsAt: '2026-03-09T13:00:00Z' });
    const { path } = await link();
    const live = await read(path);
    book.setDown(true);
    book.wallClock.advance({ hours: 5 });

    const copy = await read(path);

    assert.deepEqual([copy.status, copy.text, copy.headers['etag']], [200, live.text, live.headers['etag']]);
    assert.deepEqual(
      [copy.headers['x-data-source'], copy.headers['x-data-as-of']],
      ['copy', '2026-03-02T17:00:00.000Z'],
    );
    assert.equal((await read(path, { 'if-none-match': String(live.headers['etag']) })).status, 304);
  });

  test('a link that was never read is answered with 503, never with 404', async () => {
    const { path } = await link();
    book.setDown(true);

    const { status, headers } = await read(path);

    assert.equal(status, 503);
    assert.match(String(headers['retry-after']), /^\d+$/);
  });

  test('links are neither created nor revoked', async () => {
    const { id } = await link();
    book.setDown(true);
    const body = { instructor_id: book.people.instructor.userId };

    assert.equal((await book.request(book.people.office, 'POST', '/api/calendar-feeds', { body })).status, 503);
    assert.equal((await book.request(book.people.office, 'DELETE', `/api/calendar-feeds/${id}`)).status, 503);
    assert.equal((await book.request(book.people.office, 'GET', '/api/calendar-feeds')).status, 503);
  });
});

describe('guesses', () => {
  const guess = (address: string) => read(`/calendar/${randomBytes(32).toString('base64url')}.ics`, {}, address);

  test('are slowed down per address before they reach the database; links that were read before are not', async () => {
    const { path } = await link();
    const address = '198.51.100.7';
    await read(path, {}, address);
    for (let count = 0; count < 20; count += 1) assert.equal((await guess(address)).status, 404);

    const earlier = book.statements();
    const refused = await guess(address);

    assert.deepEqual([refused.status, refused.body.code], [429, 'too_many_attempts']);
    assert.match(String(refused.headers['retry-after']), /^\d+$/);
    assert.equal(book.statements(), earlier, 'no statement');
    assert.equal((await read(path, {}, address)).status, 200, 'a known link from the same address');
    assert.equal((await guess('198.51.100.8')).status, 404, 'another address');
  });

  test('that can’t be a token never reach the database', async () => {
    const earlier = book.statements();

    for (const name of ['x', 'a'.repeat(42), `${'a'.repeat(43)}%00`, '%27%20OR%201', 'a'.repeat(150)]) {
      assert.equal((await read(`/calendar/${name}.ics`)).status, 404, name);
    }
    assert.equal(book.statements(), earlier);
  });

  test('use the pipeline of anonymous clients, whose failures don’t count for signed-in users', async () => {
    book.setDown(true);

    for (let count = 0; count < 12; count += 1) await guess(`192.0.2.${count}`);

    const breakers = book.application.registry.members().filter((member) => member instanceof CircuitBreaker);
    assert.ok(breakers.length > 0);
    assert.deepEqual(
      breakers.map(({ state }) => state),
      breakers.map(() => 'closed'),
    );
  });
});
