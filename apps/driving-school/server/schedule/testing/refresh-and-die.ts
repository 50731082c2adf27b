// Replaces a standby copy again and again until it is killed: refresh-and-die.ts FILE. Each copy is as large as that of a school
// with 4,500 lessons, and all its days carry the same mark. Prints a line when the first one is written.
import { DatabaseSync } from 'node:sqlite';
import { addDays } from '../../../contract/parsers.ts';
import { StandbyStore } from '../standby-store.ts';

const local = new DatabaseSync(process.argv[2] ?? '');
local.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
const store = new StandbyStore(local);
const from = '2026-03-09';
for (let mark = 1; ; mark += 1) {
  const lessons = JSON.stringify(Array.from({ length: 300 }, () => ({ id: mark, notes: 'x'.repeat(1_000) })));
  const days = new Map(Array.from({ length: 15 }, (_, index) => [addDays(from, index), lessons] as const));
  store.replace({
    schoolId: 'school',
    asOf: Temporal.Instant.fromEpochMilliseconds(mark),
    period: { from, to: addDays(from, 14) },
    days,
    frame: JSON.stringify({ locations: [], instructors: [], vehicles: [], away: [], closed_days: [] }),
    lessonCount: mark,
  });
  if (mark === 1) process.stdout.write('written\n');
}
