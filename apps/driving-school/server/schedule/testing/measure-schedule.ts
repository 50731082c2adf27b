// Measures the calendar of a week with 50 instructors (2,100 lessons), and a refresh of the standby (4,500 lessons), on
// the embedded database, in milliseconds. Also how long they block the event loop.
// node --conditions=source --import tsx apps/driving-school/server/schedule/testing/measure-schedule.ts
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { addLargeBook } from '../../testing/large-book.ts';
import { scheduleSchool } from './schedule-school.ts';

async function measure(name: string, action: () => Promise<unknown>, rounds = 7): Promise<void> {
  const times: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await action();
  delay.enable();
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await action();
    times.push(performance.now() - startedAt);
  }
  delay.disable();
  times.sort((one, other) => one - other);
  process.stdout.write(
    `${name}: median ${times[Math.floor(rounds / 2)]?.toFixed(0)} ms, worst ${times.at(-1)?.toFixed(0)} ms, ` +
      `event loop blocked at most ${(delay.max / 1e6).toFixed(0)} ms\n`,
  );
}

await using there = await scheduleSchool();
const { database, schoolId } = there.school;
await addLargeBook(database.kysely, {
  schoolId,
  locationId: there.locationId,
  from: '2026-03-15',
  days: 15,
  instructors: 50,
  lessonsADay: 6,
});
const { owner, instructor } = there.school.people;
const week = '/api/calendar?from=2026-03-16&to=2026-03-22';
await measure('week, live', () => there.get(owner, week));
await measure('week of one instructor, live', () => there.get(instructor, week));
await measure('day sheets of all, live', () => there.get(owner, '/api/day-sheets/2026-03-17'));
await measure('refresh', () => there.schedule.standby.refresh());
for (const group of ['database-read'])
  there.registry.control(group, 'database', 'isolate', { reason: 'measure', forMs: 600_000 });
await measure('week, copy', () => there.get(owner, week));
await measure('day sheets of all, copy', () => there.get(owner, '/api/day-sheets/2026-03-17'));
