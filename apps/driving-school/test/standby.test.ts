import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { Browser } from 'playwright-core';
import type { Calendar, DaySheet } from '../contract/calendar.ts';
import { addDays } from '../contract/parsers.ts';
import { type TestDatabase, testDatabase } from '../server/platform/database/testing/test-database.ts';
import { type ScheduleRows, scheduleRows } from '../server/schedule/testing/schedule-rows.ts';
import { accessibilityProblems } from './axe.ts';
import { launch, missing, release } from './chromium.ts';
import { printedPages } from './pages.ts';
import { picture } from './pictures.ts';
import { Client, Program, signInAsOwner, until } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

let browser: Browser | undefined;

before(async () => {
  if (missing === undefined) browser = await launch();
});
after(() => release(browser));

/** A program with a database of its own that stays dead once it is killed. */
interface Mortal extends AsyncDisposable {
  readonly program: Program;
  readonly client: Client;
  readonly database: TestDatabase;
  readonly rows: ScheduleRows;
  /** Tomorrow, when all lessons are. */
  readonly day: string;
  killDatabase(): Promise<void>;
  /** Ends the program and starts it again with the same data folder. */
  restart(): Promise<{ readonly program: Program; readonly client: Client }>;
}

/** The school’s clock starts here, so that lessons have known days. */
const schoolNow = '2026-03-09T15:30:00Z';

async function mortalProgram(): Promise<Mortal> {
  await using started = new AsyncDisposableStack();
  const database = started.use(await testDatabase());
  const socket = encodeURIComponent(join(database.dataDirectory, 'run'));
  const environment = {
    DATABASE_URL: `postgres://postgres@localhost/postgres?host=${socket}`,
    SCHOOL_NOW: schoolNow,
    ALLOW_TEST_HANDLES: 'yes',
  };
  const program = started.use(await Program.start({ pages: missing === undefined, environment }));
  const client = await signInAsOwner(program);
  const { rows: schools } = await sql<{ id: string }>`SELECT id FROM schools`.execute(database.kysely);
  const schoolId = schools[0]?.id ?? '';
  const instructorId = crypto.randomUUID();
  await sql`INSERT INTO users (id, school_id, role, name, email)
    VALUES (${instructorId}, ${schoolId}, 'instructor', 'Ines Instructor', 'ines@example.com')`.execute(
    database.kysely,
  );
  const rows = await scheduleRows(database.kysely, { schoolId, instructorId });
  const day = '2026-03-10';
  const ivan = await rows.addInstructor('Ivan Instructor');
  const zoe = rows.studentId;
  const enrolmentId = await rows.addEnrolment(zoe);
  const car = await rows.addVehicle('CARS 002');
  for (let index = 0; index < 10; index += 1) {
    const hour = String(8 + index).padStart(2, '0');
    await rows.addLesson({
      startsAt: `${day}T${hour}:00`,
      studentId: index === 0 ? zoe : await rows.addStudent(`Student${'abcdefghij'[index]}`),
      enrolmentId: index === 0 ? enrolmentId : null,
      pickup: `${index + 1} Bloor Street West, Toronto`,
      ...(index % 3 === 0 ? { notes: 'Nervous on the highway. Practise merging and lane changes.' } : {}),
    });
    if (index < 8) {
      await rows.addLesson({ startsAt: `${day}T${hour}:00`, instructorId: ivan.userId, vehicleId: car });
    }
  }
  await rows.addLesson({ startsAt: `${addDays(day, 12)}T10:00`, enrolmentId });
  const everything = started.move();
  const running = { program, client };
  return {
    get program() {
      return running.program;
    },
    get client() {
      return running.client;
    },
    database,
    rows,
    day,
    async killDatabase() {
      database.kill();
      await database.stop();
    },
    async restart() {
      await running.program.stop();
      const next = await Program.launch({ dataDirectory: program.dataDirectory, environment });
      await next.line(/Ready: http/);
      everything.use(next);
      running.program = next;
      running.client = new Client(next.address, client.cookie);
      return running;
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** Copies ahead now, as `npm run -s school -- standby` does. */
async function copyAhead({ program }: Mortal): Promise<{ readonly lessons: number }> {
  const { readFileSync } = await import('node:fs');
  const token = readFileSync(join(program.dataDirectory, 'console-token'), 'utf8').trim();
  const answer = await fetch(`${program.address}/api/standby/refresh`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as { data: { lessons: number } }).data;
}

const bodyOf = async <Body>(answer: Response): Promise<Body> => {
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()) as Body;
};

test(
  'B14: after kill -9 of the database, calendar and day sheets of a day that nobody has opened are complete copies; nothing can be booked; the sheets print on one page each; also after a restart of the program',
  options,
  async (context) => {
    await using there = await mortalProgram();
    const { client, day, rows } = there;
    assert.equal((await copyAhead(there)).lessons, 19);
    const live = await bodyOf<Calendar>(await client.fetch(`/api/calendar?from=${day}&to=${day}&by=instructor`));
    assert.deepEqual([live.stale, live.complete], [false, true]);
    await there.killDatabase();

    const check = async (current: Client): Promise<void> => {
      const startedAt = performance.now();
      const calendar = await bodyOf<Calendar>(
        await current.fetch(`/api/calendar?from=2026-03-09&to=2026-03-23&by=instructor`),
      );
      context.diagnostic(`the calendar of 15 days took ${Math.round(performance.now() - startedAt)} ms`);
      assert.deepEqual([calendar.stale, calendar.complete], [true, true]);
      assert.equal(calendar.data.flatMap(({ lessons }) => lessons).length, 19);
      assert.ok((calendar.copy_age_seconds ?? 301) <= 300);
      const sheet = await bodyOf<DaySheet>(await current.fetch(`/api/day-sheets/${addDays(day, 12)}`));
      assert.deepEqual([sheet.stale, sheet.complete, sheet.data.lessons.length], [true, true, 1]);
      assert.equal(sheet.data.lessons[0]?.student.phone, '+14165550123');
      assert.equal(sheet.data.lessons[0]?.course?.booked_minutes, 60);
      const outside = await current.fetch(`/api/day-sheets/${addDays(day, 30)}`);
      assert.equal(outside.status, 503);
    };
    await check(client);
    const booking = await client.post('/api/lessons', {
      student_id: rows.studentId,
      instructor_id: live.data[0]?.instructor_id,
      location_id: rows.locationId,
      type: 'private',
      starts_at: `${day}T20:00`,
      minutes: 60,
    });
    const refusal = (await booking.json()) as { readonly code: string };
    assert.deepEqual([booking.status, refusal.code], [503, 'unavailable']);

    await check((await there.restart()).client);

    const page = await (browser as Browser).newPage({ viewport: { width: 1_280, height: 900 } });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    const [name = '', value = ''] = there.client.cookie.split('=');
    await page.context().addCookies([{ name, value, url: there.program.address }]);
    await page.goto(`${there.program.address}/day-sheet/${day}`);
    await page.waitForSelector('.sheet-lesson');
    assert.equal(await page.locator('.sheet').count(), 2);
    assert.match(
      (await page.locator('.sheet-source').first().textContent()) ?? '',
      /^Copy from Mon, Mar 9, 2026, 11:3/,
    );
    for (const format of ['A4', 'Letter'] as const) {
      assert.equal(await printedPages(page, format), 2, `${format}: a page for each instructor`);
    }
    await picture(page, 'day-sheet-outage-1280', { fullPage: true });
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 718, height: 1_047 });
    await picture(page, 'day-sheet-print', { fullPage: true });

    // The list of instructors is not copied: their names come from the copy of the calendar.
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize({ width: 1_280, height: 900 });
    await page.goto(`${there.program.address}/calendar?view=week&date=${day}`);
    await page.waitForSelector('.lesson');
    assert.deepEqual(await page.getByLabel('Instructor').locator('option').allTextContents(), [
      'Ines Instructor',
      'Ivan Instructor',
    ]);
    assert.deepEqual(errors, []);
    await page.close();
  },
);

test(
  'the day sheet page: tomorrow after 15:00, one click to print, other days and instructors; fits and is accessible',
  options,
  async () => {
    await using there = await mortalProgram();
    const context = await (browser as Browser).newContext({ viewport: { width: 1_440, height: 900 } });
    const page = await context.newPage();
    const [name = '', value = ''] = there.client.cookie.split('=');
    await context.addCookies([{ name, value, url: there.program.address }]);
    await page.addInitScript('globalThis.printed = 0; globalThis.print = () => { globalThis.printed += 1; }');
    await page.goto(there.program.address);
    await page.click('nav >> text=Day sheet');
    // It is 11:30 in Toronto.
    await page.waitForSelector('text=No lessons on this day');
    await page.click('text=Next day');
    await page.waitForSelector('.sheet-lesson');
    await page.click('main >> text=Print');
    assert.equal(await page.evaluate('globalThis.printed'), 1);
    assert.equal(new URL(page.url()).pathname, `/day-sheet/${there.day}`);
    assert.deepEqual(await page.locator('.sheet h2').allTextContents(), ['Ines Instructor', 'Ivan Instructor']);

    await page.selectOption('select', { label: 'Ivan Instructor' });
    await until(
      'only his sheet is shown',
      async () => (await page.locator('.sheet h2').allTextContents()).join() === 'Ivan Instructor',
    );
    assert.match(page.url(), /\?instructor_id=/);
    await page.reload();
    await page.waitForSelector('.sheet-lesson');
    assert.equal(await page.locator('.sheet').count(), 1);
    await page.selectOption('select', { label: 'All instructors' });
    await until('both are shown', async () => (await page.locator('.sheet').count()) === 2);

    for (const width of [320, 390, 768, 1_440]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await picture(page, `day-sheet-${width}-${colorScheme}`, { fullPage: true });
        assert.deepEqual(await accessibilityProblems(page, 'all'), [], `${width} ${colorScheme}`);
      }
      const surplus = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.ok(Number(surplus) <= 0, `${width} px: ${Number(surplus)} px too wide`);
    }
    await context.close();
  },
);
