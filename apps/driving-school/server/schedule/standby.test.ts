import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { sql } from 'kysely';
import { ManualClock } from 'dualbrake/testing';
import type { CalendarRow } from '../../contract/calendar.ts';
import { testDatabase } from '../platform/database/testing/test-database.ts';
import { until } from '../platform/database/testing/until.ts';
import { copyAhead, standbyFindings } from './schedule.ts';
import { StandbyStore } from './standby-store.ts';
import { scheduleSchool, type ScheduleSchool } from './testing/schedule-school.ts';

const today = '2026-03-15';
const lastDay = '2026-03-29';

/** A school whose database can be stopped, as the kill of an external server. */
async function mortalSchool() {
  const behind = await testDatabase();
  const socket = encodeURIComponent(join(behind.dataDirectory, 'run'));
  const database = await testDatabase({ url: `postgres://postgres@localhost/postgres?host=${socket}` });
  const clock = new ManualClock();
  const there = await scheduleSchool({ database, options: { clock, random: () => 0.5 } });
  return {
    ...there,
    clock,
    stop: () => behind.stop(),
    async [Symbol.asyncDispose]() {
      await there.schedule.standby.stop();
      await there[Symbol.asyncDispose]();
      await behind[Symbol.asyncDispose]();
    },
  };
}

const idsOf = (rows: readonly CalendarRow[]): string[] => rows.flatMap(({ lessons }) => lessons.map(({ id }) => id));

test('while the database is down, calendar and day sheets of copied days are complete, also for days that nobody has opened', async () => {
  await using there = await mortalSchool();
  const { owner, instructor, otherInstructor, operator, stranger } = there.school.people;
  const enrolment = await there.addEnrolment(there.studentId);
  const first = await there.addLesson({ startsAt: '2026-03-16T09:00', enrolmentId: enrolment, notes: 'Bring glasses' });
  const second = await there.addLesson({ startsAt: '2026-03-29T11:00', enrolmentId: enrolment });
  const other = await there.addLesson({
    startsAt: '2026-03-16T09:00',
    instructorId: otherInstructor.userId,
    vehicleId: null,
    studentId: await there.addStudent('Ann'),
  });
  await there.addLesson({ startsAt: '2026-03-30T11:00' });
  const calendar = `/api/calendar?from=${today}&to=${lastDay}`;
  const live = await there.get(owner, calendar);
  const liveSheet = await there.get(owner, '/api/day-sheets/2026-03-29');
  assert.deepEqual(liveSheet.body.data.lessons[0].course, {
    booked_minutes: 60,
    required_minutes: 600,
    deadline_on: '2027-02-28',
  });
  await there.schedule.standby.refresh();
  there.school.wallClock.advance({ minutes: 4 });
  await there.stop();

  const copy = await there.get(owner, calendar);
  assert.equal(copy.status, 200, copy.text);
  assert.deepEqual([copy.body.stale, copy.body.complete, copy.body.as_of], [true, true, live.body.as_of]);
  assert.deepEqual([copy.headers['x-data-source'], copy.headers['x-data-as-of']], ['copy', live.body.as_of]);
  const { copy_age_seconds, ...contents } = copy.body;
  assert.equal(copy_age_seconds, 240);
  assert.deepEqual({ ...contents, stale: false }, live.body);
  assert.deepEqual(idsOf(copy.body.data), [first, second, other]);
  const sheet = await there.get(owner, '/api/day-sheets/2026-03-29');
  assert.equal(sheet.status, 200);
  assert.deepEqual(sheet.body.data, liveSheet.body.data);

  assert.deepEqual(idsOf((await there.get(instructor, calendar)).body.data), [first, second]);
  const own = await there.get(otherInstructor, '/api/day-sheets/2026-03-16');
  assert.deepEqual(
    own.body.data.lessons.map(({ id }: { id: string }) => id),
    [other],
  );
  assert.equal((await there.get(operator, calendar)).status, 403);
  // The copy of the other school, which is empty.
  const foreign = await there.get(stranger, calendar);
  assert.deepEqual([foreign.status, foreign.body.data], [200, []]);

  const partly = await there.get(owner, '/api/calendar?from=2026-03-29&to=2026-03-31');
  assert.deepEqual([partly.status, partly.body.complete, idsOf(partly.body.data)], [200, false, [second]]);
  for (const url of ['/api/calendar?from=2026-03-30&to=2026-03-31', '/api/day-sheets/2026-03-14']) {
    const outside = await there.get(owner, url);
    assert.deepEqual([outside.status, outside.body.code], [503, 'unavailable'], url);
    assert.ok(Number(outside.headers['retry-after']) >= 1);
    assert.match(outside.body.detail, /no copy/);
  }
});

test('with an open breaker, copies of a full week are served without waiting for the database', async () => {
  await using there = await mortalSchool();
  const { owner } = there.school.people;
  await there.addLesson({ startsAt: '2026-03-16T09:00' });
  await there.schedule.standby.refresh();
  await there.stop();
  there.registry.control('database-read', 'database', 'isolate', { reason: 'test', forMs: 600_000 });

  const startedAt = performance.now();
  const { status, body } = await there.get(owner, '/api/calendar?from=2026-03-16&to=2026-03-22');
  const tookMs = performance.now() - startedAt;
  assert.deepEqual([status, body.stale, body.complete], [200, true, true]);
  assert.match(body.isolated_until, /Z$/);
  assert.ok(tookMs < 500, `${tookMs} ms`);
});

test('a refresh that an open breaker refuses does not make the copies late', async () => {
  await using there = await scheduleSchool();
  const { standby } = there.schedule;
  await standby.refresh();
  there.registry.control('database-read', 'database', 'isolate', { reason: 'test', forMs: 600_000 });
  await assert.rejects(standby.refresh());
  const report = standby.service.report?.(0) ?? {};
  assert.deepEqual([report['state'], report['Last error'] === 'none'], ['up', false]);
});

test('a refresh replaces the copy: moved lessons are where they are now, and past days are removed', async () => {
  await using there = await scheduleSchool();
  const { database, local, schoolId, wallClock } = there.school;
  const { standby } = there.schedule;
  const past = await there.addLesson({ startsAt: `${today}T09:00` });
  const moved = await there.addLesson({ startsAt: '2026-03-16T09:00' });
  await standby.refresh();
  const store = new StandbyStore(local);
  const copied = () =>
    store
      .find(schoolId, { from: '2026-01-01', to: '2026-12-31' })
      ?.schedule.lessons.map(({ id, local_date }) => [id, local_date]);
  assert.deepEqual(copied(), [
    [past, today],
    [moved, '2026-03-16'],
  ]);
  await sql`UPDATE lessons SET starts_at = starts_at + interval '2 days', ends_at = ends_at + interval '2 days',
    local_date = '2026-03-18' WHERE id = ${moved}`.execute(database.kysely);
  wallClock.set('2026-03-16T04:30:00Z');
  await standby.refresh();

  assert.deepEqual(copied(), [[moved, '2026-03-18']]);
  assert.deepEqual(
    store
      .facts()
      .filter((facts) => facts.schoolId === schoolId)
      .map(({ period, lessonCount }) => [period, lessonCount]),
    [[{ from: '2026-03-16', to: '2026-03-30' }, 1]],
  );
});

test('with locations in two time zones, today begins with the first and ends with the last', async () => {
  await using there = await scheduleSchool();
  await there.addLocation('Kenora', 'America/Winnipeg');
  // Midnight has passed in Toronto, not in Kenora.
  there.school.wallClock.set('2026-03-16T04:30:00Z');
  await there.schedule.standby.refresh();

  const [facts] = new StandbyStore(there.school.local)
    .facts()
    .filter(({ schoolId }) => schoolId === there.school.schoolId);
  assert.deepEqual(facts?.period, { from: '2026-03-15', to: '2026-03-30' });
});

test('each school has its own copy, which goes with the school’s last user', async () => {
  await using there = await scheduleSchool();
  const { database, local, people, schoolId } = there.school;
  const { stranger } = people;
  await there.schedule.standby.refresh();
  const schools = () => new StandbyStore(local).facts().map((facts) => facts.schoolId);
  assert.deepEqual(schools().toSorted(), [schoolId, stranger.schoolId].toSorted());
  await sql`DELETE FROM users WHERE school_id = ${stranger.schoolId}`.execute(database.kysely);
  await there.schedule.standby.refresh();
  assert.deepEqual(schools(), [schoolId]);
});

test('copies of another release’s shape are ignored and then replaced', async () => {
  await using there = await scheduleSchool();
  const { local } = there.school;
  await there.schedule.standby.refresh();
  local.exec(`UPDATE standby_schools SET shape = 0, frame = '?'`);
  assert.deepEqual(new StandbyStore(local).facts(), []);
  assert.equal(new StandbyStore(local).find(there.school.schoolId, { from: today, to: today }), undefined);
  assert.equal((await there.schedule.standby.refresh()).schools, 2);
});

interface Timed extends ScheduleSchool {
  readonly clock: ManualClock;
  /** The refreshes so far. */
  refreshes(): number;
  settle(): Promise<void>;
}

/** A school whose time is moved by hand. */
async function timedSchool(): Promise<Timed> {
  const clock = new ManualClock();
  const there = await scheduleSchool({ options: { clock, random: () => 0.5 } });
  let refreshes = 0;
  const { standby } = there.schedule;
  const refresh = standby.refresh.bind(standby);
  let last: Promise<unknown> = Promise.resolve();
  standby.refresh = () => {
    refreshes += 1;
    const run = refresh();
    last = run.catch(() => undefined);
    return run;
  };
  return {
    ...there,
    clock,
    refreshes: () => refreshes,
    settle: async () => void (await last),
    async [Symbol.asyncDispose]() {
      await standby.stop();
      await there[Symbol.asyncDispose]();
    },
  };
}

test('copies are refreshed every 60 to 120 seconds, at once when the database is ready, and soon after a change', async () => {
  await using there = await timedSchool();
  const { clock, schedule } = there;
  const { standby } = schedule;
  const advance = async (ms: number): Promise<number> => {
    await clock.advance(ms);
    await there.settle();
    return there.refreshes();
  };
  standby.start();
  assert.equal(await advance(89_999), 0, 'with a chance of 0.5, the interval is 90 s');
  assert.equal(await advance(1), 1);
  assert.equal(await advance(89_999), 1);
  standby.databaseReady();
  assert.equal(await advance(0), 2);
  assert.equal(await advance(89_999), 2, 'the interval begins again');
  assert.equal(await advance(1), 3);

  standby.changed();
  assert.equal(await advance(1_000), 3);
  standby.changed();
  assert.equal(await advance(1_499), 3, 'another change begins the wait again');
  assert.equal(await advance(1), 4);
  assert.equal(await advance(80_000), 4);

  await standby.stop();
  standby.changed();
  standby.databaseReady();
  assert.equal(await advance(600_000), 4, 'after the stop there are no more refreshes');
  assert.equal(clock.pending, 0);
});

test('every successful change through the API is copied soon; reads and refusals are not', async () => {
  await using there = await timedSchool();
  const { school, clock, schedule } = there;
  const { office } = school.people;
  schedule.standby.start();
  const body = { legal_family_name: 'Roy', birth_date: '2005-03-09' };
  await school.request(office, 'GET', '/api/students');
  await school.request(office, 'POST', '/api/students', { body: {} });
  await school.request(office, 'POST', '/api/students/search', { body: { q: 'roy' } });
  await clock.advance(5_000);
  assert.equal(there.refreshes(), 0);
  assert.equal((await school.request(office, 'POST', '/api/students', { body })).status, 201);
  await clock.advance(1_500);
  await until('it is copied', () => there.refreshes() === 1);
  await there.settle();
});

test('a standby that fails keeps its copies, tries again, and says so to operators at once', async () => {
  await using there = await mortalSchool();
  const { standby } = there.schedule;
  const report = () => standby.service.report?.(there.clock.now()) ?? {};
  assert.equal(report()['state'], 'starting');
  await there.addLesson({ startsAt: '2026-03-16T09:00' });
  await standby.refresh();
  assert.deepEqual([report()['state'], report()['Lessons'], report()['Last error']], ['up', 1, 'none']);
  await there.stop();
  await assert.rejects(standby.refresh());
  assert.deepEqual([report()['state'], report()['sinceMs'], report()['Lessons']], ['late', there.clock.now(), 1]);
  assert.match(String(report()['reason']), /^the copies are less than a minute old; the last refresh failed: /);
  assert.match(String(report()['Last error']), /./);
  there.school.wallClock.advance({ minutes: 5, seconds: 1 });
  assert.deepEqual([report()['state'], report()['Lessons']], ['late', 1]);
  assert.match(String(report()['reason']), /^the copies are 5 min old; the last refresh failed: /);
  assert.equal(standby.state().ageSeconds, 301);
});

test('findings: lessons that are missing, only copied or different, without those of the last five minutes', async () => {
  await using there = await scheduleSchool();
  const { database, wallClock } = there.school;
  const { standby, findings } = there.schedule;
  const at = (minutesAgo: number) => new Date(wallClock.now().epochMilliseconds - minutesAgo * 60_000);
  const change = (id: string, minutesAgo: number) =>
    sql`UPDATE lessons SET notes = 'changed', updated_at = ${at(minutesAgo)} WHERE id = ${id}`.execute(database.kysely);
  const kept = await there.addLesson({ startsAt: '2026-03-16T09:00' });
  const removed = await there.addLesson({ startsAt: '2026-03-16T11:00' });
  assert.equal(await findings(), 2, 'nothing has been copied');
  await standby.refresh();
  assert.equal(await findings(), 0);

  await change(kept, 1);
  assert.equal(await findings(), 0, 'the next refresh will copy it');
  await change(kept, 6);
  assert.equal(await findings(), 1);
  await sql`DELETE FROM lessons WHERE id = ${removed}`.execute(database.kysely);
  assert.equal(await findings(), 2);
  const added = await there.addLesson({ startsAt: '2026-03-17T11:00' });
  await change(added, 1);
  assert.equal(await findings(), 2);
  wallClock.advance({ minutes: 6 });
  assert.equal(await findings(), 3, 'an old copy has no excuse');
  await standby.refresh();
  assert.equal(await findings(), 0);
  wallClock.set('2026-03-16T04:01:00Z');
  await there.addLesson({ startsAt: '2026-03-30T11:00' });
  assert.equal(await findings(), 1, 'yesterday’s copy lacks the new last day');
});

test('a command can copy ahead and compare while the program does not run', async () => {
  await using there = await scheduleSchool();
  const { database, wallClock, schoolId } = there.school;
  await there.addLesson({ startsAt: '2026-03-16T09:00' });
  const folder = mkdtempSync(join(tmpdir(), 'standby-'));
  const local = new DatabaseSync(join(folder, 'local.sqlite'));
  const parts = { database: database.kysely, local, wallClock };
  assert.equal(await standbyFindings(parts), 1);
  const copies = await copyAhead(parts);
  assert.deepEqual(
    copies.filter((copy) => copy.schoolId === schoolId).map(({ lessonCount }) => lessonCount),
    [1],
  );
  assert.equal(await standbyFindings(parts), 0);
  local.close();
  rmSync(folder, { recursive: true });
});
