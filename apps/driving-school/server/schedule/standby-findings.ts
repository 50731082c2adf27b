import { type Lesson, lessonSchema } from '../../contract/lessons.ts';
import { lessonsChangedSince } from '../lessons/lessons.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { ScheduledLesson } from './schedule-data.ts';
import { readComingDays, schoolIds } from './standby-copying.ts';
import type { StandbyStore } from './standby-store.ts';

/** A copy may lack the changes of this time. */
const graceMinutes = 5;

/** The parts of `standbyFindings`. */
export interface FindingsParts {
  readonly database: DatabaseHandle;
  readonly store: StandbyStore;
  readonly wallClock: WallClock;
}

/**
 * Compares the copies with the database: counts the lessons of the coming days that are missing from a copy, are only in
 * a copy, or differ. Lessons that have changed within the last five minutes don't count, unless the copy is older than
 * that.
 */
export async function standbyFindings({ database, store, wallClock }: FindingsParts): Promise<number> {
  let found = 0;
  for (const schoolId of await schoolIds(database)) {
    const graceFrom = wallClock.now().subtract({ minutes: graceMinutes });
    // Before the database, so that a refresh in between can't hide a difference.
    const copy = store.find(schoolId, always);
    const { schedule, period } = await readComingDays(database, schoolId, wallClock);
    const isOld = copy === undefined || Temporal.Instant.compare(copy.asOf, graceFrom) < 0;
    const excused = isOld ? new Set<string>() : await lessonsChangedSince(database, schoolId, graceFrom);
    // After midnight the copy has a day too many and lacks one, until the next refresh.
    const days = isOld ? period : { from: period.from, to: copy.period.to };
    const isDue = ({ id, local_date }: Lesson): boolean =>
      local_date >= days.from && local_date <= days.to && !excused.has(id);
    const copied = new Map((copy?.schedule.lessons ?? []).filter(isDue).map((lesson) => [lesson.id, lesson]));
    for (const lesson of schedule.lessons.filter(isDue)) {
      const other = copied.get(lesson.id);
      copied.delete(lesson.id);
      if (other === undefined || !isSame(lesson, other)) found += 1;
    }
    found += copied.size;
  }
  return found;
}

/** Names are not compared: a change of a name does not change the lesson. */
function isSame(one: ScheduledLesson, other: ScheduledLesson): boolean {
  return lessonMembers.every((member) => JSON.stringify(one[member]) === JSON.stringify(other[member]));
}

const lessonMembers = lessonSchema.keyof().options;

const always = { from: '0000-01-01', to: '9999-12-31' };
